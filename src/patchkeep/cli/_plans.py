"""Plan files: read back, or refused with what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from patchkeep.domain.plan import Plan

FORMAT, VERSION = "patchkeep.plan", 1


def read_plan(path: str) -> Plan:
    """The plan that `patchkeep plan -o` saved, or click's error with what is wrong with the file."""
    from patchkeep.domain.plan import Plan, plan_id
    from patchkeep.doors.store import CodecError, from_json

    content = _document(path)
    try:
        plan = from_json(Plan, json.dumps(content["plan"]).encode())
    except (CodecError, KeyError) as error:
        raise _refused(f"{path} is damaged ({error}): plan again with `patchkeep plan -o FILE`") from error
    if plan_id(plan) != plan.id:
        raise _refused(f"{path} was altered after it was made: plan again with `patchkeep plan -o FILE`")
    return plan


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
