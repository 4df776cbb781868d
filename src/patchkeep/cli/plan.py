"""`patchkeep plan`: made from the last look, kept in the database and, with -o, in a file; nothing is changed in AWS.

What is planned is decided in `work/plan`; here it is shown, with the command that carries it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._only import only_of, only_option, refuse_unmatched
from patchkeep.cli._options import FILE, format_option, opened, policy_option, save, writable
from patchkeep.cli._plans import again, schedule, unscanned
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from patchkeep.domain.asset import Asset
    from patchkeep.domain.plan import Plan, Ring


@click.command(epilog="Example: patchkeep plan -o plan.json   then   patchkeep apply plan.json")
@policy_option
@format_option
@only_option
@click.option("-o", "--output", metavar="FILE", type=FILE, callback=writable, help="Save the plan for `apply` and `rollout start`.")
@click.option("--calls/--no-calls", default=False, show_default=True, help="Show each setting with its exact AWS calls, place by place.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, only: str, output: str | None, calls: bool) -> None:
    """Show what would be changed, and with which calls. Changes nothing.

    Made from the latest snapshot: run `patchkeep discover` first.
    Exit status 3 when settings would change or assets would be patched, 0 when there is nothing to do.
    """
    from patchkeep.cli import show
    from patchkeep.work.plan import plan

    chosen = only_of(only)
    with opened(ctx, policy) as house:
        assessment = latest(house)
        refuse_unmatched(chosen, assessment)
        made = plan(assessment, house.services, house.aws.caller().arn, chosen, house.store.rollouts.all())
        house.store.plans.save(made)
        scans = schedule(house.policy.scan_schedule)
    if output or form == "json":
        written = show.document("plan", {"plan": show.plain(made)})
        if output:
            save(output, written + "\n", private=True)
        if form == "json":
            click.echo(written)
    if form == "human":
        unknown = unscanned(made, assessment.assets)
        told(made, unknown, {asset.id: asset for asset in assessment.assets}, calls=calls)
        _next(made, output, unknown, scans)
    ctx.exit(3 if made.writable or any(ring.changes for ring in made.rings) else 0)


def told(made: Plan, unknown: Collection[str], assets: Mapping[str, Asset], *, calls: bool) -> None:
    """The whole plan. `unknown`: its machines that were never scanned; `assets`: all that it was planned on, by id."""
    from patchkeep.cli import _costs, _managed, _settings, show
    from patchkeep.cli._words import brief, plural, refusal

    show.heading(f"Plan {made.id}")
    show.paragraph(f"made {made.made_at:%Y-%m-%d %H:%M %Z} by {brief(made.author)} from snapshot {made.snapshot_id[:12]}")
    if made.only:
        show.paragraph(f"covers only {', '.join(made.only)}")
    blocked = len(made.settings) - len(made.writable)
    held = f" ({blocked} blocked)" if blocked else ""
    left_out = f"{plural(len(made.skips), 'asset')} left out"
    show.paragraph(f"{plural(len(made.writable), 'setting')} to change{held}, {_patched(made, unknown)}, {left_out}")
    _settings.every(made.settings) if calls else _settings.grouped(made.settings)
    _rings(made.rings, unknown)
    _managed.changes(made.rings, assets)
    _skips(made)
    _costs.monthly(made)
    for note in made.notes:
        show.paragraph(f"note: {brief(note)}", hang=2)
    for gap in made.gaps:
        show.paragraph(f"not looked at: {gap.target.account} {gap.target.region or 'all regions'}: {refusal(gap)}", hang=2)


def _patched(made: Plan, unknown: Collection[str]) -> str:
    from patchkeep.cli._words import plural

    changes = [change for ring in made.rings for change in ring.changes]
    assets, updates = plural(len(changes), "asset"), plural(sum(len(change.updates) for change in changes), "update")
    if not unknown:
        return f"{assets} to patch with {updates}"
    if len(unknown) == len(changes):
        return f"{assets} to patch, not scanned yet (what they lack is not known)"
    return f"{assets} to patch with {updates} ({len(unknown)} of them not scanned yet)"


def _next(made: Plan, output: str | None, unknown: Collection[str], scans: str) -> None:
    """The commands that carry it out; where no machine of it was ever scanned, those that find out first what there is to patch."""
    from patchkeep.cli import show

    patches = sum(len(ring.changes) for ring in made.rings)
    if not made.writable and not patches:
        show.say("\nNothing to do.")
        return
    if not output:
        show.say("\nNot saved.")
        show.following(again(made, "plan.json"), first="To carry it out")
        return
    show.say(f"\nSaved as {output}.")
    steps = [f"patchkeep apply {output}"] if made.writable else []
    if patches and len(unknown) < patches:
        show.following(*steps, f"patchkeep rollout start {output}")
    elif steps:
        show.following(*steps)
    if patches and len(unknown) == patches:
        settings = "these settings" if made.writable else "the settings that stand"
        show.after_the_scan(f"No machine in a ring was scanned yet; {settings} scan them {scans}.", again(made, output))


def _rings(rings: tuple[Ring, ...], unknown: Collection[str]) -> None:
    from patchkeep.cli import show

    show.heading("\nRings, in this order")
    rows = []
    for ring in rings:
        people = max((approval.people for approval in ring.approvals), default=0)
        size = len(ring.changes)
        updates = _updates(ring, unknown)
        limits = (ring.at_once.of(size, least=1), ring.may_fail.of(size)) if size else ("-", "-")
        bake = f"{ring.bake_seconds / 3600:g} h" if ring.bake_seconds else "-"
        rows.append(
            (ring.name, size, updates, *limits, bake, f"{people} people" if people > 1 else people or "-", ring.window or "any time")
        )
    show.table(("ring", "assets", "updates", "at once", "may fail", "bake", "approval", "window"), rows, numbers=(1, 2, 3, 4, 5, 6))


def _updates(ring: Ring, unknown: Collection[str]) -> str:
    """How many; "?" where nobody has looked yet."""
    known = sum(len(change.updates) for change in ring.changes)
    blank = sum(change.asset in unknown for change in ring.changes)
    return str(known) if not blank else "?" if blank == len(ring.changes) else f"{known}+?"


def _skips(made: Plan) -> None:
    """What is left out, by reason, with the better way."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief, gist, listing

    if not made.skips:
        return
    reasons: dict[tuple[str, str], list[str]] = {}
    for skip in made.skips:
        reasons.setdefault((gist(skip.reason), gist(skip.better)), []).append(skip.name)
    better = {gist(skip.better): brief(skip.better) for skip in reversed(made.skips)}
    show.heading(f"\nLeft out: {len(made.skips)}")
    for (reason, way), names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        show.paragraph(f"{len(names):>3}  {reason}: {listing(names, 2)}", indent=1, hang=6)
        if way:
            show.paragraph(f"-> {better[way]}", indent=6, hang=9)
