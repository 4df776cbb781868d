"""An organization described in YAML -> a `World`: accounts, roles, machines, and what ran there before Patchkeep came.

`load("snowy")`, "small", "live" and "databases" are ours (orgs/*.yaml, good examples to copy); anything else is a path. The same
file gives the same ids, packages and misbehaviour everywhere. A bad file raises `OrgFileError` with every problem found.

    organization: {name, seed, starts (with a zone), management, external_id, roles: [PatchkeepRead, PatchkeepWrite],
                   policies: {PatchkeepRead: an IAM policy}}   # what a member role may do; one not named may do everything
    ous: [Sandbox]                              # only those no account is in
    accounts:
      - id: "111122223333"                      # a string: quote it
        name, ou: Workloads/Dev, email, tags, regions: [enabled beside us-east-1], contacts: {SECURITY: x@y}, suspended,
        support: business | basic               # basic: AWS Health and Support refuse their APIs
        lacks: [PatchkeepWrite]                 # member roles that were never made here
        refuses: {PatchkeepRead: ["ssm:DescribeInstancePatches"]}
        scans: host-management | none           # who scans daily before Patchkeep does
        estate: [{kind: baseline, ...}]         # further objects of AWS that were there before (form: below), in each region with machines
        fleets:
          - {name, count, os: {ubuntu-22.04: 3, debian-12: 1}, regions: {eu-central-1: 2, us-east-1: 1}, environment: dev,
             patch_group: dev, tags, behind: 20d..90d, share: {stopped: 10%, unmanaged: 2}, hybrid: true, live: true}

        resources:                              # managed services, in the order in which they are made
          - {kind: db-instance, name: orders, count, region, engine: postgres, version: "15.4", window: sun:03:00-sun:04:00,
             environment: prod, stack: a CloudFormation stack, tags, traits: [upgrade-fails], settings: {what the kind declares}}

Numbers under `os` and `regions` are weights. The shares of a fleet are disjoint; the words are those of `orgschema.Oddity`.
`live: true` asks `AGENTS["live"]` for the machine's agent; who offers live nodes puts a factory there.

What existed before Patchkeep and belongs to SSM is left as plain wishes, in order, in the list `site.kept["estate"]`, for SSM's code
to make real when the world begins. Each is a dict with `kind`, the rest in AWS's own request shape:

    {"kind": "baseline", ...CreatePatchBaseline, "PatchGroups": [names to register it for], "Default": whether it is the default}
    {"kind": "association", ...CreateAssociation}
    {"kind": "window", ...CreateMaintenanceWindow, "Targets": [...RegisterTargetWithMaintenanceWindow without WindowId],
                        "Tasks": [...RegisterTaskWithMaintenanceWindow without WindowId; it is for all targets of the window]}
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.generate.accounts import account_of, ous_of
from patchkeep.sandbox.generate.agents import AGENTS, AgentFactory, MachineOrder
from patchkeep.sandbox.generate.intentions import intentions, leave, wishes_of
from patchkeep.sandbox.generate.nodes import nodes
from patchkeep.sandbox.generate.resources import plant
from patchkeep.sandbox.generate.unattended import schedule_unattended
from patchkeep.sandbox.orgproblem import OrgFileError, Problem, problems_of
from patchkeep.sandbox.orgschema import AccountEntry, Organization, OrgFile
from patchkeep.sandbox.world import Site, World

__all__ = ["AGENTS", "AgentFactory", "MachineOrder", "OrgFileError", "Problem", "build", "load", "parse", "wishes_of"]
OURS = ("snowy", "small", "live", "databases")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: str | Path) -> World:
    """The world that the file (or the name of one of ours) describes. Raises `OrgFileError`."""
    return build(described(path))


def described(path: str | Path) -> OrgFile:
    """What the file (or one of ours) says, before anything is made of it. Raises `OrgFileError`."""
    if str(path) in OURS:
        return parse(files("patchkeep.sandbox").joinpath("orgs", f"{path}.yaml").read_text(encoding="utf-8"))
    try:
        return parse(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        what = f"cannot be read ({error.strerror}); write the path of a YAML file, or one of {', '.join(OURS)}"
        raise OrgFileError((Problem(str(path), what),)) from error


def parse(text: str) -> OrgFile:
    """Read and check the text of an organization file. Raises `OrgFileError`."""
    try:
        return OrgFile.model_validate(yaml.load(text, _LOADER))  # noqa: S506 - a safe loader, in C where there is one
    except yaml.YAMLError as error:
        raise OrgFileError((Problem("", f"is not YAML: {error}"),)) from error
    except ValidationError as error:
        raise OrgFileError(problems_of(error)) from error


def build(file: OrgFile) -> World:
    """Make the world: no randomness but the seed, no time but `starts`. Raises `OrgFileError` where nobody offers live nodes."""
    entry = file.organization
    world = World(VirtualClock(entry.starts), entry.seed, f"o-{settled(entry.seed, entry.name, 'organization')[:10]}", entry.management)
    world.ous = ous_of(file)
    for account in file.accounts:
        _must_be_offered(account)
        world.accounts[account.id] = account_of(entry, account)
        for region in account.regions:
            _settle(entry, account, world.site(account.id, region))
        plant(world, account)
    schedule_unattended(world)
    return world


def _settle(entry: Organization, account: AccountEntry, site: Site) -> None:
    for fleet in account.fleets:
        site.nodes.update((node.id, node) for node in nodes(entry, account, fleet, site.region))
    leave(site, intentions(entry, account, site))


def _must_be_offered(account: AccountEntry) -> None:
    wanting = [fleet.name for fleet in account.fleets if fleet.live and "live" not in AGENTS]
    if wanting:
        what = "wants live machines, which nobody offers here; write live: false"
        raise OrgFileError((Problem(f"fleet {wanting[0]} of {account.id}", what),))
