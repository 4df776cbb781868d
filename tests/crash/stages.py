"""Hours of an organization's life, each ready to be lived through again and again: before a look, an apply, a rollout.

Those of the small one, and one of an account with a managed resource of each kind, before the rollout that changes them all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.server import serving
from patchkeep.sandbox.world import World
from tests.crash.processes import Seat, served
from tests.crash.resources import POLICY as OF_RESOURCES
from tests.crash.resources import RESOURCES, feeds, organization
from tests.e2e.desk import PLAN, POLICY, Desk, apply, at_desk

# Of the small organization's policy: no window and no approval, so that a rollout comes to its end by itself.
RINGS = """rings:
  - {name: canary, select: {env: dev}, count: 1, may_fail: 100%, bake: 1h}
  - {name: rest, select: {env: [dev, prod]}, rest: true, may_fail: 100%}
"""
CRASHING = POLICY[: POLICY.index("\nwindows:") + 1] + RINGS + POLICY[POLICY.index("\nsla:") :]
TINY = """
organization: {name: Tiny, seed: 3, starts: 2026-09-01T06:00:00Z, management: "110000000001", external_id: tiny}
accounts:
  - {id: "110000000001", name: tiny-management, regions: [eu-central-1]}
  - id: "120000000002"
    name: tiny-web
    regions: [eu-central-1]
    fleets: [{name: web, count: 2, os: {ubuntu-22.04: 1}, environment: web, behind: 30d}]
"""
OF_TINY = """
name: tiny
organization: {roles: {read: PatchkeepRead, write: PatchkeepWrite}, external_id: env:PATCHKEEP_EXTERNAL_ID}
environments: {web: {match: {tags: {Environment: web}}}}
baselines: {apt: {os: [ubuntu, debian], approve: {security: now}}}
rings: [{name: web, select: {env: web}, rest: true, at_once: 1, may_fail: 100%}]
"""
ALONE = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
DATABASE = "PATCHKEEP_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Stage:
    """A world in which nothing moves, a folder with policy, plan and database, and the command that comes next."""

    name: str
    words: tuple[str, ...]
    world: World
    folder: Path
    variables: dict[str, str]

    @contextmanager
    def entered(self, database: str = "") -> Iterator[Seat]:
        """A copy of all of it, to be lived through. `database`: the address of a copy elsewhere, for a stage that keeps it there."""
        with tempfile.TemporaryDirectory(prefix="patchkeep-crash-") as place:
            folder = Path(place) / "desk"
            shutil.copytree(self.folder, folder)
            with served(self.world) as sandbox:
                address = database or f"sqlite:///{folder}/patchkeep.db"
                yield Seat(folder, sandbox, {**self.variables, "AWS_ENDPOINT_URL": sandbox.endpoint, DATABASE: address})


def _discover(desk: Desk) -> tuple[str, ...]:
    desk("discover")
    desk.days(1.1)  # not while machines are scanned: a look takes some seconds of virtual time
    return ("discover",)


def _apply(desk: Desk) -> tuple[str, ...]:
    desk("discover")
    desk("plan", "-o", PLAN, "--no-calls", status=3)
    return ("apply", PLAN, "--yes")


def _rollout(desk: Desk) -> tuple[str, ...]:
    _apply(desk)
    apply(desk)
    desk.days(1)
    _apply(desk)
    apply(desk)
    return ("rollout", "start", PLAN, "--yes", "--wait")


def _managed(desk: Desk) -> tuple[str, ...]:
    """The rollout has been approved, and carries nothing yet."""
    for number, text in enumerate(feeds()):
        (desk.folder / f"feed-{number}.json").write_text(text, encoding="utf-8")
        desk("feeds", "update", "--from", f"feed-{number}.json")
    _apply(desk)
    desk.try_out("rollout", "start", PLAN, "--yes")
    name = desk.json("rollout", "status")["rollouts"][0]["id"]
    desk("rollout", "approve", name, "--ring", "all")
    return ("rollout", "resume", name, "--wait")


PREPARED: dict[str, Callable[[Desk], tuple[str, ...]]] = {
    "discover": _discover,
    "apply": _apply,
    "rollout": _rollout,
    "managed": _managed,
}
VERBS = tuple(PREPARED)
SMALLER = "tiny "  # before a verb: two machines in one place


@cache
def _place() -> tempfile.TemporaryDirectory[str]:
    """Lasts as long as the process."""
    return tempfile.TemporaryDirectory(prefix="patchkeep-stages-")


def _scene(name: str) -> tuple[World, str, str]:
    """World, policy and external id of a stage."""
    if name == "managed":
        return orgfile.build(orgfile.parse(organization(RESOURCES))), OF_RESOURCES, ""
    if name.startswith(SMALLER):
        return orgfile.build(orgfile.parse(TINY)), OF_TINY, "tiny"
    return orgfile.load("small"), CRASHING, "patchkeep-small"


@cache
def stage(name: str, database: str = "") -> Stage:
    """The stage before a verb, prepared once by commands like a person's; with its database at an address, where one is given."""
    folder = Path(_place().name) / f"{name}{len(database) and '-elsewhere'}"
    folder.mkdir()
    world, policy, external_id = _scene(name)
    with serving(Sandbox(world, validate=False)) as running, at_desk(folder, running, policy, external_id) as desk:
        desk.variables.update(ALONE, **({DATABASE: database} if database else {}))
        desk.days(1)
        words = PREPARED[name.removeprefix(SMALLER)](desk)
        return Stage(name, words, world, folder, desk.variables)
