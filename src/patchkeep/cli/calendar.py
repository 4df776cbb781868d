"""`patchkeep calendar`: windows, freezes, forced dates, ends of support and rollouts of a period, and where they collide.

What goes into it is decided in `domain/calendar`; here it is asked for, and shown by day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import FILE, opened, policy_option, save, writable

if TYPE_CHECKING:
    from datetime import date, datetime

    from patchkeep.domain.calendar import Calendar, Entry
    from patchkeep.wire import House

DAYS = 28
LONGEST = 400  # days for which a policy's windows are worked out
DAY = click.DateTime(["%Y-%m-%d"])
KIND = 14  # characters of the longest kind
TIMES = 12  # "02:00-06:00 "
FEW = 4


@click.command(
    epilog="\b\nExamples:\n  patchkeep calendar\n  patchkeep calendar --from 2026-12-01 --until 2027-02-28\n"
    "  patchkeep calendar --format ics -o patchkeep.ics"
)
@policy_option
@click.option("--from", "first", type=DAY, metavar="DATE", help="First day; today by default.")
@click.option("--until", "last", type=DAY, metavar="DATE", help=f"Last day; {DAYS} days by default.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ics"]),
    default="text",
    show_default=True,
    help="ics: iCalendar, as Google Calendar and Outlook read it.",
)
@click.option("-o", "--output", metavar="FILE", type=FILE, callback=writable, help="Write into a file instead.")
@click.pass_context
def command(ctx: click.Context, policy: str, first: datetime | None, last: datetime | None, form: str, output: str | None) -> None:
    """Show what happens when: windows, freezes, AWS's own windows, dates that AWS forces, ends of support, rollouts.

    Marked with ! is what a person has to decide: AWS would act inside a freeze, or before the next window in which the policy lets the
    asset change. From the policy and the last look; nothing is asked of AWS. All times are in UTC.
    """
    from patchkeep.cli import show

    with opened(ctx, policy) as house:
        made = _made(house, first, last)
    if form == "ics":
        from patchkeep.formats.icalendar import render

        text = render(made, f"Patchkeep {house.policy.name}").decode()
    elif form == "json":
        text = f"{show.document('calendar', _document(made))}\n"
    else:
        text = "\n".join([*_lines(made), ""])
    if output:
        save(output, text)
        show.paragraph(f"{output}: {len(made.entries)} entries, {made.conflicts} conflicts.")
    else:
        click.echo(text, nl=False)


def _made(house: House, first: datetime | None, last: datetime | None) -> Calendar:
    from datetime import UTC, timedelta

    from patchkeep.cli._seen import latest
    from patchkeep.domain.calendar import Known, calendar
    from patchkeep.domain.window import Interval
    from patchkeep.work.seams import NotThere

    now = house.clock.now()
    start = (first or now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    end = last.replace(tzinfo=UTC) + timedelta(days=1) if last else start + timedelta(days=DAYS)
    if end <= start:
        raise click.BadParameter("it lies before the first day", param_hint="--until")
    if end - start > timedelta(days=LONGEST):
        raise click.BadParameter(f"a calendar has at most {LONGEST} days", param_hint="--until")
    rollouts = house.store.rollouts.all()
    try:
        seen = latest(house)
    except NotThere:
        return calendar(Known(house.policy, now, rollouts=rollouts, seen=False), Interval(start, end))
    known = Known(house.policy, now, seen.assets, seen.environments, seen.snapshot.objects, rollouts)
    return calendar(known, Interval(start, end))


def _document(made: Calendar) -> dict[str, object]:
    from patchkeep.cli import show

    period = {"from": made.period.start, "until": made.period.end, "made_at": made.made_at}
    return {**period, "conflicts": made.conflicts, "entries": [show.plain(entry) for entry in made.entries], "notes": made.notes}


def _lines(made: Calendar) -> list[str]:
    from datetime import timedelta

    from patchkeep.cli import show
    from patchkeep.domain.wording import counted

    last = made.period.end - timedelta(days=1)
    size = f"{len(made.entries):,} entr{'y' if len(made.entries) == 1 else 'ies'}, {counted(made.conflicts, 'conflict')}"
    lines = [f"{made.period.start:%Y-%m-%d} to {last:%Y-%m-%d}, UTC: {size}"]
    day: date | None = None
    for entry in made.entries:
        begins = max(entry.start, made.period.start)
        if begins.date() != day:
            day = begins.date()
            lines += ["", f"{begins:%a %Y-%m-%d}"]
        lines += _entry(entry, begins)
    if made.notes:
        lines.append("")
        lines += [line for note in made.notes for line in show.wrapped(show.here(f"note: {note}."), show.width(), "", "  ")]
    return lines


def _entry(entry: Entry, begins: datetime) -> list[str]:
    """When, what kind, and what; below it whom it concerns, and what it collides with."""
    from patchkeep.cli import show
    from patchkeep.cli._words import listing
    from patchkeep.domain.wording import printable

    head, further = f"  {_when(entry, begins):<{TIMES}}{entry.what:<{KIND}}", " " * (TIMES + KIND + 2)
    lines = show.wrapped(printable(entry.title) + _lasting(entry, begins), show.width(), head, further)
    if entry.names:
        lines += show.wrapped(printable(listing(entry.names, FEW)), show.width(), further, further)
    for conflict in entry.conflicts:
        lines += show.wrapped(f"! {printable(conflict)}", show.width(), further, f"{further}  ")
    return lines


def _when(entry: Entry, begins: datetime) -> str:
    if entry.whole_days:
        return "all day"
    if entry.end == entry.start:
        return f"{begins:%H:%M}"
    return f"{begins:%H:%M}-{entry.end:%H:%M}" if _short(entry, begins) else f"{begins:%H:%M}-"


def _short(entry: Entry, begins: datetime) -> bool:
    return (entry.end - begins).total_seconds() < 24 * 3600


def _lasting(entry: Entry, begins: datetime) -> str:
    """Until when, where that is another day."""
    from datetime import timedelta

    if entry.whole_days:
        last = entry.end.date() - timedelta(days=1)
        return f", until {last}" if last > begins.date() else ""
    return "" if entry.end == entry.start or _short(entry, begins) else f", until {entry.end:%Y-%m-%d %H:%M}"
