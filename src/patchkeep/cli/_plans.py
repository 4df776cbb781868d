"""Plan files: read back, or refused with what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from patchkeep.domain.plan import Plan


def read_plan(path: str) -> Plan:
    """The plan that `patchkeep plan -o` saved. Raises CodecError where the file is none, click's error where it can't be read."""
    from patchkeep.domain.plan import Plan, plan_id
    from patchkeep.doors.store import CodecError, from_json

    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint="FILE") from error
    plan = from_json(Plan, content)
    if plan_id(plan) != plan.id:
        raise CodecError(path, "this plan was altered after it was made: plan again")
    return plan


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless --yes; refuses where nobody can answer."""
    import sys

    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody can answer here: say --yes.")
    click.confirm(question, abort=True)
