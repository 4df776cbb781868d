"""`patchkeep verify`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._plans import read_plan
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from patchkeep.work.verify import Verified


@click.command(epilog="Example: patchkeep discover && patchkeep verify plan.json")
@click.argument("file", metavar="FILE")
@policy_option
@format_option
@click.pass_context
def command(ctx: click.Context, file: str, policy: str, form: str) -> None:
    """Compare the versions seen with the versions planned. FILE: a plan. Judges the latest snapshot.

    Exit status 1 when anything planned is not seen, or not known.
    """
    from patchkeep.work.verify import verify

    plan = read_plan(file)
    with opened(ctx, policy) as house:
        rows = verify(plan, latest(house).snapshot)
    _show(rows, form)
    ctx.exit(0 if all(row.proof == "patched" for row in rows) else 1)


def _show(rows: tuple[Verified, ...], form: str) -> None:
    from patchkeep.cli import show

    if form == "json":
        changes = [_row(row) for row in rows]
        show.as_json("verify", {"changes": changes})
        return
    counts = Counter(str(row.proof) for row in rows)
    show.heading(", ".join(f"{number} {word}" for word, number in counts.most_common()) or "The plan changes nothing.")
    bad = [(row.change.name, row.proof, row.why) for row in rows if row.proof != "patched"]
    if bad:
        show.table(("asset", "proof", "why"), bad)


def _row(row: Verified) -> dict[str, object]:
    planned = [update.key for update in row.change.updates]
    return {"asset": row.change.asset, "planned": planned, "proof": row.proof, "open": row.open, "why": row.why}
