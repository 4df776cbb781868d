"""What people decided about managed resources: which updates go on, when, in what order, and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy.places import ANYTHING, NOWHERE, Match, Place


class Apply(StrEnum):
    """When an update of a managed resource goes on."""

    IN_RING = "in ring"  # when its ring's turn has come: AWS is told to do it now
    AWS_WINDOW = "aws window"  # in the resource's own next maintenance window: AWS is told to do it then


BASE_IMAGE_AGE = timedelta(days=7)  # of an image that nothing else is said of (RULES 22)


@dataclass(frozen=True, slots=True)
class ImageRule:
    """Machine images that may be used: by name (* and ? as EC2 has them), by owner, and only when they have been out for a while."""

    name: str = "*"
    owner: str = ""  # "amazon", "self", an account's id; "": the owner of the image in use
    min_age: timedelta = BASE_IMAGE_AGE


@dataclass(frozen=True, slots=True)
class ManagedRule:
    """What is done about some managed resources (databases, caches, domains): the first rule that takes one holds for it.

    `updates` are classifications of updates: "maintenance", "minor", "major". `settings` are those of AWS's own automation
    ("auto_minor", "window", "track"...): what is left out stays as it is. `images`: those that are approved, of machines that are
    replaced and not patched; none named: the newest of the same owner and name as the one in use.
    """

    name: str
    match: Match = ANYTHING
    environments: tuple[str, ...] = ()  # empty: all
    updates: tuple[str, ...] = ()
    apply: Apply = Apply.IN_RING
    snapshot: bool = True  # before what may lose data or cannot be undone
    in_place: bool = False  # also what a template elsewhere pins: it must be changed there, too (RULES 13)
    images: tuple[ImageRule, ...] = ()
    alarms: tuple[str, ...] = ()  # CloudWatch alarms that stop a replacement of machines
    read_code: bool = False  # look into what was deployed, for what it depends on
    settings: Frozen = NOTHING
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Gate:
    """A metric of an asset itself that must not be above a limit when a change of it begins; without data it stays shut."""

    name: str
    metric: str  # as CloudWatch names it: "ReplicaLag"
    of: Match
    above: float
    over_seconds: int = 300  # the highest one-minute average within this time counts


@dataclass(frozen=True, slots=True)
class Order:
    """Of assets that share a tag's value, those that `first` takes are changed before those that `then` takes."""

    first: Match
    then: Match
    same_tag: str = ""  # "": all of them in one account and region
