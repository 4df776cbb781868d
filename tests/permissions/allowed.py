"""The emulated AWS, near at hand, that holds every call against the policies computed for a policy file, and records what was used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from patchkeep.domain.call import Call, Target
from patchkeep.domain.frozen import thaw
from patchkeep.domain.policy import Policy
from patchkeep.doors.aws.refusals import operation_name
from patchkeep.permissions.roles import documents
from patchkeep.permissions.statements import Place
from patchkeep.sandbox.operation import Request
from patchkeep.sandbox.permissions.authority import authorise
from patchkeep.sandbox.permissions.documents import Document, document_of
from patchkeep.sandbox.permissions.needs import needs_of
from patchkeep.sandbox.world import Role
from patchkeep.services import By
from tests.work.near import NearAws

ROLES = {By.READ: "PatchkeepRead", By.WRITE: "PatchkeepWrite", By.CALLER: "operators"}


def without(*actions: str) -> Document:
    """A policy that takes some actions away, whatever else allows them."""
    return document_of({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": list(actions), "Resource": "*"}]})


@dataclass(slots=True)
class AllowedAws(NearAws):
    """`policy`: what the roles' policies are computed for. `taken`: actions that nobody may use."""

    policy: Policy | None = None
    taken: tuple[str, ...] = ()
    used: set[tuple[By, str]] = field(default_factory=set)
    _made: dict[tuple[str, By, str], tuple[Document, ...]] = field(default_factory=dict)

    def _perform(self, target: Target, call: Call, more: dict[str, str]) -> dict[str, Any]:
        account = target.account or self.world.management
        by = self._who(call, account, target)
        request = Request(self.world, account, target.region, self._arn(by, account), {**thaw(call.params), **more})
        name = operation_name(call).partition(":")[2]
        self.used |= {(by, need.action) for need in needs_of(call.service, name, request)}
        authorise(Role(ROLES[by], (), policies=self._policies(by, account)), call.service, name, request)
        return NearAws._perform(self, target, call, more)

    def _who(self, call: Call, account: str, target: Target) -> By:
        """As the door chooses: in the caller's own account reads are the caller's."""
        if not call.reads:
            return By.WRITE
        return By.CALLER if account == self.world.management or not target.account else By.READ

    def _arn(self, by: By, account: str) -> str:
        return f"arn:aws:sts::{account}:assumed-role/{ROLES[by]}/session"

    def _policies(self, by: By, account: str) -> tuple[Document, ...]:
        assert self.policy is not None
        key = (self.policy.hash, by, account)
        if key not in self._made:
            self._made[key] = tuple(document_of(one) for one in documents(self.policy, by, Place("aws", account)))
        return (*self._made[key], *([without(*self.taken)] if self.taken else []))


def of(near: NearAws, policy: Policy, taken: Iterable[str] = ()) -> AllowedAws:
    return AllowedAws(near.world, policy=policy, taken=tuple(taken))


def again(aws: AllowedAws, policy: Policy) -> AllowedAws:
    """The same, after the roles were given what another policy file needs."""
    return replace(aws, policy=policy)
