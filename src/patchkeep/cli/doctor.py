"""`patchkeep doctor`."""

from __future__ import annotations

import click

from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._seen import latest


@click.command(epilog="Example: patchkeep doctor --group-by owner")
@policy_option
@format_option
@click.option("--group-by", "by", type=click.Choice(["cause", "owner", "account"]), default="cause", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Name every asset instead of the first three of each group.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, by: str, everything: bool) -> None:
    """List why things cannot be seen or patched, with the cure."""
    from patchkeep.cli import show
    from patchkeep.work.doctor import doctor, grouped

    with opened(ctx, policy) as house:
        rows = doctor(latest(house))
    if form == "json":
        show.as_json("doctor", {"rows": [show.plain(row) for row in rows]})
        return
    for group in grouped(rows, by):
        show.heading(f"{group.key}: {len(group.rows)}")
        for row in group.rows if everything else group.rows[:3]:
            cause = "" if by == "cause" else f"{row.cause}: "
            show.say(f"  {row.name} ({row.account}/{row.region or 'all regions'}): {cause}{row.why}")
        if len(group.rows) > 3 and not everything:
            show.say(f"  and {len(group.rows) - 3} more (--all)")
        for fix in dict.fromkeys(row.fix for row in group.rows if row.fix):
            show.say(f"  -> {fix}")
    if not rows:
        show.say("Nothing stands in the way of what was looked at.")
