"""The few figures that open every report, each with what it was before and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from patchkeep.domain.report import Coverage, Remediation, Report, Row
from patchkeep.domain.wording import counted
from patchkeep.formats._words import UNKNOWN, change, number, percent, span, when

GOOD, BAD, DOUBT = "good", "bad", "doubt"


@dataclass(frozen=True, slots=True)
class Figure:
    """`was` is "" where nothing is compared. `tone` says how to take it: good, bad, doubt; "" is neither."""

    label: str
    value: str
    was: str
    detail: str
    tone: str = ""


def headline(report: Report) -> tuple[Figure, ...]:
    total, coverage = report.after.total, report.coverage
    was = report.before.total if report.before else None
    return (
        _open_updates(report, was),
        Figure(
            "Proven compliant",
            percent(total.ratio),
            percent(was.ratio if was else None),
            f"{total.compliant} of {counted(total.total, 'asset')}, UNKNOWN ones counted in",
            _tone(total.ratio),
        ),
        _unknown(report, was),
        _time_to_remediate(report.remediation),
        Figure("Overdue", number(report.overdue), _overdue(was), "open updates past their deadline", _few(report.overdue)),
        Figure(
            "Freshly seen",
            percent(coverage.ratio),
            "",
            f"{coverage.fresh} of {counted(coverage.assets, 'asset')} seen in time and read",
            _tone(coverage.ratio),
        ),
    )


def summary(report: Report) -> str:
    """What the report is about, in one sentence."""
    changed = f"first write to AWS {when(report.changed_at)}" if report.changed_at else "nothing changed by us yet"
    return f"Organization {report.organization_id}, policy {report.policy}, last look {when(report.after.at)}, {changed}."


def compared(report: Report) -> tuple[tuple[Row | None, Row], ...]:
    """Each environment's row before (None: not known) and after, and last those of all together."""
    before = report.before
    pairs = tuple((before.row(row.name) if before else None, row) for row in report.after.rows)
    return (*pairs, (before.total if before else None, report.after.total))


def accounts_looked_at(seen: Coverage) -> str:
    """The organization's accounts, those looked at and the others apart."""
    others = ((seen.refused, "refused"), (seen.left_out, "left out by decision"))
    said = "".join(f", {count} {words}" for count, words in others if count)
    verb = "was" if seen.looked == 1 else "were"
    return f"{seen.looked} of {counted(seen.accounts, 'account')} {verb} looked at{said}; {counted(seen.targets, 'account-region')}."


def _unknown(report: Report, was: Row | None) -> Figure:
    """Where nothing was seen nobody knows how many there are; what a refused account holds is in no count."""
    total, refused = report.after.total, report.coverage.refused
    now = total.unknown if total.total else None
    detail = f"{'asset' if now == 1 else 'assets'} nobody can vouch for" if total.total else "nothing was seen"
    more = f", and all of {counted(refused, 'account')} that refused" if refused else ""
    earlier = number(was.unknown) if was and was.total else UNKNOWN
    return Figure("UNKNOWN", number(now), earlier, detail + more, _few(now) if now or not refused else BAD)


def _open_updates(report: Report, was: Row | None) -> Figure:
    now = report.after.total.open_updates
    tone = "" if report.drift is None else GOOD if report.drift < 0 else BAD if report.drift > 0 else ""
    return Figure("Open updates", number(now), number(was.open_updates if was else None), change(report.drift), tone)


def _time_to_remediate(remediation: Remediation) -> Figure:
    """Of what came up since our first write to AWS, else of the backlog from that change on; a median is known once half is fixed."""
    open_for = remediation.before.median
    was = f"at least {span(open_for)}" if open_for else UNKNOWN  # what was first seen at that very look has no age yet
    fresh, backlog = remediation.fresh, remediation.backlog
    if fresh.count and fresh.count >= remediation.fresh_open:
        return _fix_time(fresh.median, was, f"median of {fresh.count} first seen and fixed since", remediation.fresh_open)
    if backlog.count and backlog.count >= remediation.backlog_open:
        return _fix_time(backlog.median, was, f"median of {backlog.count} fixed, from our first write", remediation.backlog_open)
    fixed, left = fresh.count + backlog.count, remediation.fresh_open + remediation.backlog_open
    return _fix_time(None, was, f"{fixed} fixed since our first write" if fixed else "nothing fixed by us so far", left)


def _fix_time(median: timedelta | None, was: str, detail: str, left: int) -> Figure:
    tone = GOOD if median is not None and median <= timedelta(days=1) else ""
    return Figure("Time to remediate", span(median), was, f"{detail}, {left} still open" if left else detail, tone)


def _overdue(was: Row | None) -> str:
    return number(was.overdue) if was else UNKNOWN


def _tone(ratio: float | None) -> str:
    if ratio is None:
        return DOUBT
    return GOOD if ratio >= 0.95 else BAD if ratio < 0.5 else ""


def _few(count: int | None) -> str:
    if count is None:
        return DOUBT
    return BAD if count else GOOD
