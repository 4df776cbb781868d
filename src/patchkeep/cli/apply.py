"""`patchkeep apply`: the command that writes settings to AWS, and only those of a plan that was saved, is not stale and was agreed to.

What may be written is decided in `work/apply`; here it is asked for, and what became of each setting is shown with the next command.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from patchkeep.cli._interrupted import interruptible
from patchkeep.cli._options import FILE, format_option, opened, policy_option, progress
from patchkeep.cli._plans import again, confirm, naming, read_plan, schedule, unscanned
from patchkeep.domain.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchkeep.domain.plan import Plan
    from patchkeep.wire import House
    from patchkeep.work.apply import Applied, Applying

GOOD = frozenset({"applied", "already as wanted", "blocked"})


@click.command(epilog="Example: patchkeep apply plan.json")
@click.argument("file", metavar="FILE", type=FILE)
@policy_option
@format_option
@click.option("--yes", is_flag=True, help="Don't ask. It never stands for an approval.")
@click.pass_context
def command(ctx: click.Context, file: str, policy: str, form: str, yes: bool) -> None:
    """Carry out the settings of a plan that `plan -o FILE` saved.

    Refuses a stale plan. Touches only what bears Patchkeep's ownership. Doing it again does nothing twice.
    Exit status 0 when everything is as planned, 1 when something was refused or changed meanwhile.
    """
    from patchkeep.work.apply import apply, refuse_foreign, refuse_stale

    plan = read_plan(file)
    with naming(file), opened(ctx, policy) as house:
        refuse_stale(plan, house.policy, house.clock.now())
        refuse_foreign(plan, house.store.plans)
        house.aws.ready()
        places = {setting.target for setting in plan.writable}
        confirm(
            f"Change {counted(len(plan.writable), 'setting')} in {counted(len(places), 'account-region')}?", yes=yes or not plan.writable
        )
        with progress("apply") as ticks, interruptible(f"What was written stays. To go on:\n  patchkeep apply {file}"):
            done = apply(_applying(house, plan), ticks)
        snapshot = house.store.snapshots.get(plan.snapshot_id)
        unknown = unscanned(plan, snapshot.assets if snapshot else ())
        scans = schedule(house.policy.scan_schedule)
    _show(plan, done, form)
    bad = [one for one in done if one.outcome not in GOOD]
    if form == "human":
        _next(plan, file, bad, f"These settings scan the machines {scans}." if len(unknown) == _size(plan) else "")
    ctx.exit(1 if bad else 0)


def _size(plan: Plan) -> int:
    return sum(len(ring.changes) for ring in plan.rings)


def _next(plan: Plan, file: str, bad: Sequence[Applied], first_scan: str) -> None:
    """`first_scan`: when the machines of the plan will be scanned for the first time; "" where there is something to patch already."""
    from patchkeep.cli import show

    if any(one.outcome == "failed" for one in bad):
        show.say("\nWhat was written stays. When what is said above is cured, the same again takes up the rest:")
        show.following(f"patchkeep apply {file}")
    elif bad:
        show.say("\nWhat was changed meanwhile is left as it is: look, and plan again.")
        show.following("patchkeep discover", again(plan, file))
    elif _size(plan) and not first_scan:
        show.following(f"patchkeep rollout start {file}")
    elif _size(plan):
        show.after_the_scan(first_scan, again(plan, file))
    elif plan.writable:
        show.following("patchkeep discover", again(plan, "plan.json"))


def _applying(house: House, plan: Plan) -> Applying:
    from patchkeep.work.apply import Applying, StalePlan
    from patchkeep.work.assess import assess

    snapshot = house.store.snapshots.get(plan.snapshot_id)
    if snapshot is None:
        raise StalePlan("The snapshot that this plan was made from is not in this database: plan again here.")
    estate = assess(snapshot, house.policy, house.services, plan.made_at).estate
    return Applying(plan, estate, house.aws, house.services, house.store.ledger, house.clock, house.aws.caller().arn)


def _show(plan: Plan, done: tuple[Applied, ...], form: str) -> None:
    from patchkeep.cli import show

    if form == "json":
        settings = [{"setting": show.plain(one.setting), "outcome": one.outcome, "why": one.why} for one in done]
        show.as_json("apply", {"plan": plan.id, "settings": settings})
        return
    counts = Counter(str(one.outcome) for one in done)
    show.heading(", ".join(f"{number} {word}" for word, number in counts.items()) or "Nothing to apply: the settings are as planned.")
    _troubles([one for one in done if one.why])


def _troubles(bad: list[Applied]) -> None:
    """What was not written, equal reasons once."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief, places

    alike: dict[tuple[str, str, str], list[Applied]] = {}
    for one in bad:
        alike.setdefault((one.outcome, f"{one.setting.kind} {one.setting.name}", brief(one.why)), []).append(one)
    for (outcome, name, why), those in alike.items():
        show.paragraph(f"{outcome}: {name}, {places(one.setting.target for one in those)}", indent=2, hang=4)
        show.paragraph(why, indent=4)
