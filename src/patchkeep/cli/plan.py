"""`patchkeep plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import format_option, only_of, only_option, opened, policy_option
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from patchkeep.domain.plan import Plan
    from patchkeep.domain.setting import Setting


@click.command(epilog="Example: patchkeep plan -o plan.json   then   patchkeep apply plan.json")
@policy_option
@format_option
@only_option
@click.option("-o", "--output", metavar="FILE", help="Save the plan for `apply` and `rollout start`.")
@click.option("--calls/--no-calls", default=True, show_default=True, help="Show the exact AWS calls.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, only: str, output: str | None, calls: bool) -> None:
    """Show what would be changed, and with which calls. Changes nothing.

    Made from the latest snapshot: run `patchkeep discover` first.
    Exit status 3 when settings would change or assets would be patched, 0 when there is nothing to do.
    """
    from patchkeep.doors.store import to_json
    from patchkeep.work.plan import plan

    with opened(ctx, policy) as house:
        made = plan(latest(house), house.services, house.aws.caller().arn, only_of(only))
        house.store.plans.save(made)
    if output:
        Path(output).write_bytes(to_json(made))
    _show(made, form, output, calls=calls)
    ctx.exit(3 if made.settings or any(ring.changes for ring in made.rings) else 0)


def _show(made: Plan, form: str, output: str | None, *, calls: bool) -> None:
    from patchkeep.cli import show

    if form == "json":
        show.as_json("plan", {"plan": show.plain(made)})
        return
    show.heading(f"Plan {made.id}, made {made.made_at:%Y-%m-%d %H:%M %Z} by {made.author}")
    if made.only:
        show.say(f"covers only {', '.join(made.only)}")
    _settings(made, calls=calls)
    _rings(made)
    _skips(made)
    for note in made.notes:
        show.say(f"note: {note}")
    for gap in made.gaps:
        show.say(f"not looked at: {gap.target}: {gap.reason}")
    if output:
        show.say(f"\nSaved as {output}. Next: patchkeep apply {output}")


def _settings(made: Plan, *, calls: bool) -> None:
    from patchkeep.cli import show

    show.heading(f"\nSettings: {len(made.settings)} to change" if made.settings else "\nSettings: no changes")
    place = None
    for setting in made.settings:
        if setting.target != place:
            place = setting.target
            show.say(f"\n{place}")
        _one_setting(setting, calls=calls)


def _one_setting(setting: Setting, *, calls: bool) -> None:
    from patchkeep.cli import show

    show.say(f"  {setting.action:<7} {setting.kind} {setting.name}")
    for key in setting.becomes:
        was = f"{_brief(setting.was[key])} -> " if key in setting.was and setting.action == "change" else ""
        show.say(f"            {key}: {was}{_brief(setting.becomes[key])}")
    for note in setting.notes:
        show.say(f"            note: {note}")
    for call in setting.calls if calls else ():
        show.say(f"            $ aws {call.service} {call.operation.replace('_', '-')} {_brief(call.params, 400)}")


def _brief(value: object, most: int = 160) -> str:
    """A value on one line, cut where it is long: the plan file has it whole."""
    import json

    from patchkeep.domain.frozen import thaw

    text = value if isinstance(value, str) else json.dumps(thaw(value), ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _rings(made: Plan) -> None:
    from patchkeep.cli import show

    show.heading("\nRings, in this order:")
    rows = []
    for ring in made.rings:
        people = max((approval.people for approval in ring.approvals), default=0)
        updates = sum(len(change.updates) for change in ring.changes)
        size = len(ring.changes)
        limits = (ring.at_once.of(size, least=1) if size else 0, ring.may_fail.of(size))
        rows.append((ring.name, size, updates, *limits, f"{ring.bake_seconds / 3600:g} h", ring.window or "any time", people or "-"))
    show.table(("ring", "assets", "updates", "at once", "may fail", "bake", "window", "approvals"), rows, numbers=(1, 2, 3, 4, 5))


def _skips(made: Plan) -> None:
    from patchkeep.cli import show

    if not made.skips:
        return
    reasons: dict[tuple[str, str], list[str]] = {}
    for skip in made.skips:
        reasons.setdefault((skip.reason, skip.better), []).append(skip.name)
    show.heading(f"\nLeft out: {len(made.skips)}")
    rows = [
        (len(names), reason, better, ", ".join(names[:2]) + (", …" if len(names) > 2 else ""))
        for (reason, better), names in reasons.items()
    ]
    show.table(("assets", "because", "better", "such as"), sorted(rows, key=lambda row: -row[0]), numbers=(0,))
