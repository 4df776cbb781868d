"""The calendar of a period: when things may change, when they must not, what others force on us and when, and where that collides. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from patchkeep.domain.calendar import dates, times
from patchkeep.domain.calendar.values import Calendar, Entry, Known, What, uid
from patchkeep.domain.window import Interval
from patchkeep.domain.wording import counted

__all__ = ["Calendar", "Entry", "Known", "What", "calendar"]


def calendar(known: Known, period: Interval) -> Calendar:
    """Everything with a date between `period.start` and `period.end`."""
    openings = dates.Openings(known)
    found = [
        *times.freezes(known, period),
        *times.windows(known, period),
        *times.aws_windows(known, period),
        *dates.updates(known, period, openings),
        *dates.support(known, period, openings),
        *dates.events(known, period),
        *_rollouts(known, period),
    ]
    order = {what: number for number, what in enumerate(What)}
    entries = sorted(found, key=lambda entry: (entry.start, order[entry.what], entry.title, entry.uid))
    return Calendar(period, known.now, tuple(entries), tuple(_notes(known, period)))


def _rollouts(known: Known, period: Interval) -> Iterator[Entry]:
    """From the start to the end, or to when it goes on; it ends no earlier than now while it is not over."""
    for rollout in known.rollouts:
        end = rollout.ended_at or max(known.now, rollout.next_at or known.now)
        if rollout.started_at < period.end and end >= period.start:
            title = f"{rollout.id} {rollout.status}: {rollout.why}" if rollout.why else f"{rollout.id} {rollout.status}"
            yield Entry(uid(What.ROLLOUT, rollout.id), What.ROLLOUT, title, rollout.started_at.astimezone(UTC), end.astimezone(UTC))


def _notes(known: Known, period: Interval) -> Iterator[str]:
    if not known.seen:
        yield "Nothing was discovered yet (`patchkeep discover`), so these are the policy's own times alone"
    if odd := times.not_understood(known, period):
        first = odd[0]
        yield f"The AWS window of {counted(len(odd), 'asset')} is not understood, such as {first.name}: {first.window}"
    if late := dates.passed(known):
        yield f"{counted(late, 'update')} should have been forced by AWS already: see `patchkeep assess`"
    ends = [window.intervals[-1].end for window in known.policy.windows if window.intervals]
    if ends and period.end > min(ends):
        yield f"The policy's windows are worked out until {min(ends):%Y-%m-%d} only"
