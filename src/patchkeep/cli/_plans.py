"""Plan files: read back, or refused with what is wrong; and what of a plan decides which command comes next.

A file counts only as what `patchkeep plan -o` wrote: format, version and the hash of its content are held against it here.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from patchkeep.domain.asset import Asset
    from patchkeep.domain.plan import Plan
    from patchkeep.wire import House

FORMAT, VERSION = "patchkeep.plan", 1
_ID = re.compile(r"plan-[0-9a-f]{16}")
_DAILY = re.compile(r"cron\((\d+) (\d+) \* \* \? \*\)")


def read_plan(path: str) -> Plan:
    """The plan that `patchkeep plan -o` saved, or click's error with what is wrong with the file."""
    from patchkeep.domain.plan import Plan, plan_id
    from patchkeep.doors.store import CodecError, from_json

    content = _document(path)
    try:
        plan = from_json(Plan, json.dumps(content["plan"]).encode())
    except (CodecError, KeyError) as error:
        raise _refused(f"{path} is damaged ({error}): plan again with `patchkeep plan -o {path}`") from error
    if plan_id(plan) != plan.id:
        raise _refused(f"{path} was altered after it was made: plan again with `patchkeep plan -o {path}`")
    return plan


def plan_called(called: str, house: House) -> Plan:
    """The plan in a file, or, by its id, one that this database holds: who resumes a rollout may have no file of it."""
    if _ID.fullmatch(called) and not Path(called).exists():
        stored = house.store.plans.get(called)
        if stored is None:
            raise _refused(f"{called} is not in this database: give the file that `patchkeep plan -o FILE` saved")
        return stored
    return read_plan(called)


@contextmanager
def naming(file: str) -> Iterator[None]:
    """In what goes wrong with a plan inside the block, commands name its file: who finds it wrong doesn't know what it is called."""
    from patchkeep.work.apply import StalePlan

    try:
        yield
    except StalePlan as error:
        raise StalePlan(re.sub(r"(patchkeep (?:apply|plan -o)) FILE\b", lambda found: f"{found[1]} {file}", str(error))) from error


def again(plan: Plan, file: str) -> str:
    """The command that makes such a plan anew, into the same file."""
    only = f" --only {shlex.quote(','.join(plan.only))}" if plan.only else ""
    return f"patchkeep plan{only} -o {file}"


def unscanned(plan: Plan, assets: Iterable[Asset]) -> frozenset[str]:
    """Ids of the machines in its rings of which no scan was ever recorded: what they lack is not known. `assets`: as it was planned on."""
    never = {asset.id for asset in assets if asset.is_node and asset.scan is None}
    return frozenset(change.asset for ring in plan.rings for change in ring.changes if change.asset in never)


def schedule(cron: str) -> str:
    """When our associations scan, in words where that is once a day."""
    daily = _DAILY.fullmatch(cron)
    return f"daily at {int(daily[2]):02}:{int(daily[1]):02} UTC" if daily else f"by {cron} in UTC"


def _document(path: str) -> dict[str, Any]:
    """The file's JSON, where it is that of a plan."""
    try:
        content = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _refused(f"{path} is not JSON: give the file that `patchkeep plan -o FILE` saved") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        what = f"holds {found}" if found else "is JSON of something else"
        raise _refused(f"{path} {what}, not a plan: give the file that `patchkeep plan -o FILE` saved")
    if content.get("version") != VERSION:
        raise _refused(f"{path} is a plan of version {content.get('version')}, and this patchkeep reads version {VERSION}: plan again")
    assert isinstance(content, dict)  # noqa: S101 - narrows the type
    return content


def _refused(why: str) -> click.BadParameter:
    return click.BadParameter(why, param_hint="FILE")


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless --yes; refuses where nobody can answer."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody can answer here: say --yes.")
    click.confirm(question, abort=True, err=True)
