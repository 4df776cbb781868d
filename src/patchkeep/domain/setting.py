"""AWS configuration as it should be against how it is, and the calls that close the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call, Target
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy import Policy

OWNER_TAG = "patchkeep:managed-by"  # value: <organization id>/<policy name>
GROUP_TAG = "PatchGroup"


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One configuration object as the policy wants it. `notes` say what AWS cannot do as written."""

    service: str
    kind: str
    target: Target
    name: str
    fields: Frozen
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One difference between wanted and existing, and the calls that close it, in order.

    `before` is the fingerprint of the object when the plan was made ("" where there was none): apply refuses when it moved.
    """

    id: str
    action: Action
    service: str
    kind: str
    target: Target
    name: str
    existing_id: str
    before: str
    was: Frozen = NOTHING
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

    @property
    def ownership(self) -> str:
        return f"{self.organization_id}/{self.policy.name}"

    def present(self, service: str, target: Target) -> tuple[Existing, ...]:
        return tuple(e for e in self.objects if e.service == service and e.target == target)


Differ = Callable[[Wanted, Existing | None, str], Sequence[Call]]
