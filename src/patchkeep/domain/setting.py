"""AWS configuration as it should be against how it is, and the calls that close the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call, Target
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy import Environment, Policy

OWNER_TAG = "patchkeep:managed-by"  # value: <organization id>/<policy name>
SERVES_TAG = "patchkeep:adopted-as"  # on what somebody else made: which object of the policy it is now
OWN_NAME = "OwnName"  # among the fields of what was adopted: the name it has in AWS, and keeps
MANAGED_BY = "ManagedBy"  # among the fields of what another tool manages: which
MARK = "patchkeep-"  # how the names of our objects begin
GROUP_TAG = "PatchGroup"  # by it Patch Manager finds a node's baseline
MEMBER_TAG = "patchkeep:environment"  # ours alone: a patch group may be shared with nodes that are none of our business


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    ADOPT = "adopt"  # somebody else made it: our tags are put on, nothing else is changed
    RELEASE = "release"  # and taken off again
    BLOCKED = "blocked"  # something that isn't ours stands there: it is left as it is


@dataclass(frozen=True, slots=True)
class Wanted:
    """One configuration object as the policy wants it. `notes` say what AWS cannot do as written."""

    kind: str
    target: Target
    name: str
    fields: Frozen
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One difference between wanted and existing, and the calls that close it, in order.

    `id` stays the same from plan to plan. `before` is the fingerprint of the object when the plan was made ("" where there
    was none): apply refuses when it moved.
    """

    id: str
    action: Action
    service: str
    kind: str
    target: Target
    name: str
    existing_id: str = ""
    before: str = ""
    was: Frozen = NOTHING  # only the fields that differ
    becomes: Frozen = NOTHING
    calls: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estate:
    """What planning looks at: the members of each environment, and the AWS objects there are.

    `members` holds, per environment name, only assets that settings may reach (not those to be left alone).
    """

    organization_id: str
    policy: Policy
    members: dict[str, tuple[Asset, ...]]
    objects: tuple[Existing, ...]
    now: datetime
    _at: Mapping[Target, tuple[Existing, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_at", by_target(self.objects))

    @property
    def places(self) -> tuple[tuple[Environment, Target, tuple[Asset, ...]], ...]:
        """Each environment in each account and region where it has machines, with those machines."""
        return self._places(nodes=True)

    @property
    def managed_places(self) -> tuple[tuple[Environment, Target, tuple[Asset, ...]], ...]:
        """The same of managed resources."""
        return self._places(nodes=False)

    def _places(self, *, nodes: bool) -> tuple[tuple[Environment, Target, tuple[Asset, ...]], ...]:
        found: list[tuple[Environment, Target, tuple[Asset, ...]]] = []
        for environment in self.policy.environments:
            members: dict[Target, list[Asset]] = {}
            for asset in self.members.get(environment.name, ()):
                if asset.is_node == nodes:
                    members.setdefault(asset.target, []).append(asset)
            found += [(environment, target, tuple(members[target])) for target in sorted(members)]
        return tuple(found)

    @property
    def ownership(self) -> str:
        return f"{self.organization_id}/{self.policy.name}"

    def at(self, target: Target) -> tuple[Existing, ...]:
        """What there is in one account and region."""
        return self._at.get(target, ())

    def present(self, service: str, target: Target) -> tuple[Existing, ...]:
        return tuple(existing for existing in self.at(target) if existing.service == service)


def by_target(objects: Iterable[Existing]) -> Mapping[Target, tuple[Existing, ...]]:
    """Objects by account and region: of thousands, each asset is held against the few at its own place."""
    found: dict[Target, list[Existing]] = {}
    for existing in objects:
        found.setdefault(existing.target, []).append(existing)
    return {target: tuple(there) for target, there in found.items()}


def member_of(policy: Policy, environment: Environment) -> str:
    """The value of our membership tag: by it our associations and windows find exactly an environment's members."""
    return f"{MARK}{policy.name}-{environment.name}"


def group_of(policy: Policy, environment: Environment) -> str:
    """The patch group of an environment's members: theirs where the policy names it, else one of ours."""
    return environment.patch_group or member_of(policy, environment)
