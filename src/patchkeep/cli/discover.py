"""`patchkeep discover`: reads the whole organization in AWS and stores what was seen as a snapshot, with what could not be looked at.

It changes nothing in AWS. It writes snapshot, census, verdicts, exposure windows and the ledger's refusals; other commands read those.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from patchkeep.cli._interrupted import interruptible
from patchkeep.cli._options import FILE, format_option, opened, policy_option, progress

if TYPE_CHECKING:
    from patchkeep.domain.policy import Organization
    from patchkeep.domain.snapshot import Snapshot


@click.command(epilog="Example: patchkeep discover --stats --trace reads.jsonl")
@policy_option
@format_option
@click.option("--stats", is_flag=True, help="Show calls, seconds and retries by operation.")
@click.option("--trace", metavar="FILE", type=FILE, help="Write each read to FILE, one JSON line each.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, stats: bool, trace: str | None) -> None:
    """Look at the whole organization and store what was seen.

    Only reads: it never starts a scan or anything else. What could not be looked at is a gap, shown below and never forgotten.
    Exit status 0, also with gaps; 1 when an answer of AWS was not understood.
    """
    from patchkeep.cli import show
    from patchkeep.cli._heartbeat import beat_with
    from patchkeep.domain.call import Cause
    from patchkeep.domain.census import census_of
    from patchkeep.work.assess import assess, remember
    from patchkeep.work.discover import Looking, discover, log_refusals

    with opened(ctx, policy, trace, first=True) as house, interruptible("Nothing was stored; nothing goes on."):
        house.aws.ready()
        with progress("discover") as ticks:
            previous = house.store.snapshots.latest()
            seen = discover(Looking(house.aws, house.services, house.policy, house.clock, previous, house.host), ticks)
        house.store.snapshots.save(seen)
        house.store.census.keep(seen.id, census_of(seen))
        log_refusals(seen, house.store.ledger, house.aws.caller().arn)
        assessment = assess(seen, house.policy, house.services, seen.taken_at, house.store.lifecycles.latest())
        remember(assessment, house.store.snapshots)
        beat_with(house, assessment)
        own = house.aws.caller().account
    if form == "json":
        show.as_json("discover", {"snapshot": show.plain(seen)})
    else:
        _show(seen, own, house.policy.organization, stats=stats)
    ctx.exit(1 if any(gap.cause is Cause.NOT_UNDERSTOOD for gap in seen.gaps) else 0)


def _show(seen: Snapshot, own: str, organization: Organization, *, stats: bool) -> None:
    """`own`: the account whose credentials are used, which is read without a role."""
    from patchkeep.cli import _gaps, show
    from patchkeep.cli._words import plural

    accounts = {target.account for target in seen.targets}
    looked = f"{plural(len(accounts), 'account')} and {plural(len(seen.targets), 'account-region')}"
    show.paragraph(f"{plural(len(seen.assets), 'asset')} in {looked}; snapshot {seen.id[:12]}, {seen.taken_at:%Y-%m-%d %H:%M %Z}")
    if seen.gaps:
        _gaps.told(seen, own, organization)
    if stats:
        show.heading("\nCalls")
        show.table(("operation", "calls", "seconds", "retries"), _totals(seen), numbers=(1, 2, 3))


def _totals(seen: Snapshot) -> list[tuple[str, int, str, int]]:
    calls, seconds, retries = Counter[str](), Counter[str](), Counter[str]()
    for read in seen.reads:
        calls[read.operation] += read.calls
        seconds[read.operation] += read.seconds  # type: ignore[assignment]
        retries[read.operation] += read.retries
    rows = [(name, number, f"{seconds[name]:.1f}", retries[name]) for name, number in calls.most_common()]
    return [*rows, ("all", calls.total(), f"{sum(seconds.values()):.1f}", retries.total())]
