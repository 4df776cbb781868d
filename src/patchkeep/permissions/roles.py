"""The statements of each role, from the calls in the code and from what the services say of their reach. Pure.

read    what `discover` and a rollout's looks ask in a member account
write   what `apply` and `rollout` change there, as far as this policy file has use for it; and removing what is ours is always of use
caller  whoever runs Patchkeep: the organization's tree, taking the member roles, and the reads in the account signed in to
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy import Policy
from patchkeep.permissions.actions import action, implied
from patchkeep.permissions.called import Called, called, of_use, reach
from patchkeep.permissions.statements import ANYWHERE, Place, Statement, document, split
from patchkeep.services import By, Grant, own

BROAD = {By.READ: "Look", By.WRITE: "Change", By.CALLER: "SeeAccounts"}  # the statement of what may be asked everywhere
GLOBAL = frozenset({"iam", "organizations", "account", "sts"})  # they answer in one region, whichever is looked at


class NoGrant(Exception):  # noqa: N818 - it says what is wrong
    """A call passes a role to AWS, and its service does not say which: it is never granted for all roles."""


def statements(policy: Policy, by: By, calls: tuple[Called, ...] | None = None, *, write: bool = True) -> tuple[Statement, ...]:
    """What one role is allowed, the broad statement first. `write`: the caller may change things, too."""
    needed = list(_needs(policy, called() if calls is None else calls))
    regions = policy.organization.regions if by is By.WRITE else ()
    mine = _merged((need for need in needed if need.by is by), regions)
    match by:
        case By.READ | By.WRITE:
            return mine
        case By.CALLER:
            here = _merged(need for need in needed if need.by is By.READ)
            return (*mine, _become(policy, write=write), *_secret(policy.organization.external_id), *here)


def documents(policy: Policy, by: By, place: Place = ANYWHERE, *, write: bool = True) -> tuple[dict[str, Any], ...]:
    """One role's policies, each small enough to be a managed policy of its own. Raises `TooLarge` and `NoGrant`."""
    return tuple(document(part, place) for part in split(statements(policy, by, write=write)))


@dataclass(frozen=True, slots=True)
class _Need:
    """One operation that a role must be allowed, and how far: None, as far as there is."""

    by: By
    service: str
    operation: str
    grant: Grant | None


def _needs(policy: Policy, calls: Iterable[Called]) -> Iterator[_Need]:
    for call in calls:
        if not of_use(call.module, policy):
            continue
        said = reach(call.module, policy)
        grants = said or ()
        found = list(_reach(call, (call.service, call.operation), grants))
        if not found and said is not None and not call.reads:
            continue  # this policy has no use for it
        yield from found or [_Need(_usual(call), call.service, call.operation, None)]
        for further in implied(call.service, call.operation):
            yield from list(_reach(call, further, grants)) or [_Need(_usual(call), *further, None)]
        if call.passes_role:
            passed = list(_reach(call, ("iam", "pass_role"), grants))
            if not passed:
                raise NoGrant(f"{call.module}: {call.operation} names a role, but `grants` has no iam pass_role with its ARN")
            yield from passed


def _reach(call: Called, operation: tuple[str, str], grants: Iterable[Grant]) -> Iterator[_Need]:
    """The grants that name an operation."""
    for grant in grants:
        if grant.service == operation[0] and operation[1] in grant.operations:
            yield _Need(grant.by or _usual(call), *operation, grant)


def _usual(call: Called) -> By:
    if call.service == "organizations":
        return By.CALLER
    return By.READ if call.reads else By.WRITE


def _merged(needs: Iterable[_Need], regions: tuple[str, ...] = ()) -> tuple[Statement, ...]:
    """One statement for all that reaches everywhere, and one for each grant; grants alike but for their resources share theirs.

    `regions`: where the policy names some, nothing is allowed in others.
    """
    broad: dict[str, set[str]] = {}
    narrow: dict[Grant, set[str]] = {}
    for need in needs:
        if need.grant is None:
            broad.setdefault(BROAD[need.by], set()).add(action(need.service, need.operation))
        else:
            narrow.setdefault(need.grant, set()).add(action(need.service, need.operation))
    everywhere = [Statement(sid, tuple(sorted(names)), conditions=_within(regions, NOTHING)) for sid, names in broad.items()]
    alike: dict[Statement, dict[str, None]] = {}
    for grant, names in narrow.items():
        free = grant.at_home or grant.service in GLOBAL
        conditions = grant.conditions if free else _within(regions, grant.conditions)
        bare = Statement(grant.sid, tuple(sorted(names)), (), conditions)
        alike.setdefault(bare, {}).update(dict.fromkeys(grant.resources))
    return (*everywhere, *(replace(statement, resources=tuple(resources)) for statement, resources in alike.items()))


def _within(regions: tuple[str, ...], conditions: Frozen) -> Frozen:
    if not regions:
        return conditions
    return Frozen({**conditions, "StringEquals": {**conditions.get("StringEquals", {}), "aws:RequestedRegion": regions}})


def _become(policy: Policy, *, write: bool) -> Statement:
    """Taking the member roles, with the person's name as SourceIdentity."""
    names = (policy.organization.read_role, *([policy.organization.write_role] if write else []))
    roles = tuple(f"arn:{{partition}}:iam::*:role/{name}" for name in names)
    return Statement("BecomeMemberRole", (action("sts", "assume_role"), action("sts", "set_source_identity")), roles)


def _secret(reference: str) -> Iterator[Statement]:
    """Reading the external id where it lies in AWS."""
    kind, _, name = reference.partition(":")
    match kind:
        case "ssm":
            yield Statement("ReadExternalId", (action("ssm", "get_parameter"),), own("ssm", f"parameter/{name.lstrip('/')}"))
        case "secretsmanager":
            there = (name,) if name.startswith("arn:") else own("secretsmanager", f"secret:{name}-*")
            yield Statement("ReadExternalId", (action("secretsmanager", "get_secret_value"),), there)
        case _:
            return
