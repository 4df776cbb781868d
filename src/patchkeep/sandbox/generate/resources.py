"""The managed resources of an account, made in the order of its file by the services that declare their kinds."""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.managed.service import Declared, Planting, kinds
from patchkeep.sandbox.orgproblem import OrgFileError, Problem
from patchkeep.sandbox.orgschema import AccountEntry, ResourceEntry
from patchkeep.sandbox.world import World

STACK_TAG = "aws:cloudformation:stack-name"


def plant(world: World, account: AccountEntry) -> None:
    """Raises `OrgFileError` for what its service says cannot be."""
    for entry in account.resources:
        site = world.site(account.id, entry.region or account.regions[0])
        for declared in unfolded(entry):
            try:
                kinds()[entry.kind].plant(Planting(world, site, declared))
            except ValueError as error:
                raise OrgFileError((Problem(f"resource {declared.name} of {account.id}", str(error)),)) from error


def unfolded(entry: ResourceEntry) -> Iterator[Declared]:
    """As many as its count says."""
    tags = {"Name": entry.name, **({"Environment": entry.environment} if entry.environment else {})}
    if entry.stack:
        tags |= {STACK_TAG: entry.stack, "aws:cloudformation:logical-id": entry.name.title().replace("-", "")}
    for number in range(1, entry.count + 1):
        name = f"{entry.name}-{number}" if entry.count > 1 else entry.name
        traits = frozenset(entry.traits)
        borne = {**tags, "Name": name, **entry.tags}
        yield Declared(entry.kind, name, entry.engine, entry.version, entry.window, borne, traits, entry.settings)
