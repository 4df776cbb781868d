"""`patchkeep verify`: holds the versions that the last look saw against those of a plan. Reads the database alone.

What counts as proof is decided in `work/verify`: that a command ended well never does.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import FILE, format_option, opened, policy_option
from patchkeep.cli._plans import plan_called
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from patchkeep.work.verify import Verified


FEW = 20
GOOD = {"patched", "taken back"}


@click.command(epilog="Example: patchkeep discover && patchkeep verify plan.json")
@click.argument("file", metavar="FILE", type=FILE)
@policy_option
@format_option
@click.option("--all", "everything", is_flag=True, help="List every asset, patched ones too.")
@click.pass_context
def command(ctx: click.Context, file: str, policy: str, form: str, everything: bool) -> None:
    """Compare the versions seen with the versions planned. FILE: a plan, or the id of one. Judges the latest snapshot.

    Exit status 1 when anything planned is not seen, or not known.
    """
    from patchkeep.work.verify import verify

    with opened(ctx, policy) as house:
        plan = plan_called(file, house)
        rows = verify(plan, latest(house))
    if form == "json":
        from patchkeep.cli import show

        show.as_json("verify", {"plan": plan.id, "changes": [_row(row) for row in rows]})
    else:
        _show(rows, everything=everything)
    ctx.exit(0 if all(row.proof in GOOD for row in rows) else 1)


def _show(rows: tuple[Verified, ...], *, everything: bool) -> None:
    from patchkeep.cli import show

    counts = Counter(str(row.proof) for row in rows)
    show.heading(", ".join(f"{number} {word}" for word, number in counts.most_common()) or "The plan patches nothing.")
    listed = [row for row in rows if everything or row.proof not in GOOD]
    if not listed:
        return
    shown = listed if everything else listed[:FEW]
    show.table(("asset", "proof", "why"), [(row.change.name, row.proof, row.why) for row in shown])
    if len(listed) > len(shown):
        show.say(f"{len(listed) - len(shown)} more (--all)")
    if any(row.unscanned for row in listed):
        show.say("Not scanned since: `patchkeep discover` looks again once a new scan ran.")


def _row(row: Verified) -> dict[str, object]:
    planned = [update.key for update in row.change.updates]
    return {"asset": row.change.asset, "planned": planned, "proof": row.proof, "open": row.open, "why": row.why}
