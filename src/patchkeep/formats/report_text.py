"""The report as plain text, 80 columns wide: readable in a terminal, in a pipe and in a mail."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from patchkeep.domain.call import Gap
from patchkeep.domain.compliance import Status
from patchkeep.domain.owners import OpenWork
from patchkeep.domain.plan import Skip
from patchkeep.domain.report import AssetRow, OpenWindow, Report, Row, SlaRow
from patchkeep.domain.wording import counted, printable, without_arns
from patchkeep.formats._columns import Column, table
from patchkeep.formats._headline import accounts_looked_at, compared, headline, summary
from patchkeep.formats._words import UNKNOWN, day, number, percent, span, when

WIDTH = 80
FEW = 10  # rows of a list that text shows before it refers to the other formats


def render(report: Report) -> str:
    """The whole report, with a line feed at its end and no escape sequences."""
    sections = (
        _opening(report),
        _pictures(report),
        _slas(report.slas),
        _severities(report),
        _oldest(report),
        _cves(report),
        _deferred(report.assets),
        _owners(report.owners),
        _coverage(report),
        _gaps(report.gaps),
        _skips(report.skips),
        _against(report.assets),
        _section("Read it right", *(f"- {note}." for note in report.notes)) if report.notes else "",
    )
    return "\n".join(section for section in sections if section)


def _opening(report: Report) -> str:
    columns: tuple[Column, ...] = (("", "left"), ("before", "right"), ("now", "right"), ("", "wrap"))
    rows = ((figure.label, figure.was, figure.value, figure.detail) for figure in headline(report))
    made = f"Made {when(report.made_at)} from snapshot {report.snapshot_id[:12]}."
    return _section("PATCH REPORT", f"{summary(report)} {made}") + "\n" + _table(columns, rows)


def _pictures(report: Report) -> str:
    """Two lines per environment, so that before and after stand under each other."""
    columns: tuple[Column, ...] = (
        ("", "wrap"),
        ("", "left"),
        *((title, "right") for title in ("com-\npliant", "non-com-\npliant", "waived", UNKNOWN, "total", "ratio", "open", "over-\ndue")),
    )
    rows: list[Sequence[str]] = []
    for was, row in compared(report):
        rows.append((row.name, "before", *(_counts(was) if was else [UNKNOWN, *[""] * 7])))
        rows.append(("", "after", *_counts(row)))
    taken = f"before: {when(report.before.at) if report.before else UNKNOWN}; after: {when(report.after.at)}"
    return _section("Compliance", f"{taken}; ratio: compliant among all, UNKNOWN counted in.") + "\n" + _table(columns, rows, gap=1)


def _counts(row: Row) -> list[str]:
    counted = (row.compliant, row.non_compliant, row.waived, row.unknown, row.total)
    return [*map(str, counted), percent(row.ratio), number(row.open_updates), number(row.overdue)]


def _slas(rows: Iterable[SlaRow]) -> str:
    """A line for each deadline that can be measured, a sentence for each that cannot."""
    columns: tuple[Column, ...] = (
        ("severity", "wrap"),
        ("within", "left"),
        *((title, "right") for title in ("open\nin time", "overdue", "fixed\nin time", "fixed\nlate")),
        ("next due", "left"),
    )
    lines, unknown = [], []
    for row in rows:
        severity, within = row.severity.replace("_", " "), f"{span(row.within)} from {row.start.replace('_', ' ')}"
        if row.unknown:
            unknown.append(f"{severity}, {within}: {row.unknown}")
        else:
            counts = (row.open_in_time, row.overdue, row.closed_in_time, row.closed_late)
            lines.append((severity, within, *map(number, counts), day(row.next_due) if row.next_due else "none"))
    sentences = unknown or ([] if lines else ["The policy sets none."])
    between = "\n" if lines and sentences else ""
    return _section("Deadlines (SLA)", *sentences) + between + (_table(columns, lines) if lines else "")


def _severities(report: Report) -> str:
    columns: tuple[Column, ...] = (("severity", "left"), *((t, "right") for t in ("open", "assets", "mean", "median", "p90", "longest")))
    rows = [
        (
            row.severity or "unspecified",
            str(row.open),
            str(row.assets),
            *map(span, (row.age.mean, row.age.median, row.age.p90, row.age.longest)),
        )
        for row in report.exposures.severities
    ]
    return _section("Exposure: how long open updates have been missing") + _table(columns, rows) if rows else ""


def _oldest(report: Report) -> str:
    columns: tuple[Column, ...] = (
        ("asset", "wrap"),
        ("environment", "wrap"),
        ("update", "wrap"),
        ("severity", "left"),
        ("open for", "right"),
        ("due", "left"),
    )
    deferred = {row.id for row in report.assets if row.deferral}
    rows = [
        (
            w.name or w.asset,
            w.environment,
            w.update,
            w.severity or "unspecified",
            span(w.age),
            f"{_due(w)}{' deferred' if w.asset in deferred else ''}",
        )
        for w in report.exposures.oldest[:FEW]
    ]
    return _section("Longest open") + _table(columns, rows) if rows else ""


def _due(window: OpenWindow) -> str:
    if window.due is None:
        return "-"
    return f"{day(window.due)}{' LATE' if window.overdue else ''}"


def _deferred(assets: Iterable[AssetRow]) -> str:
    """Postponed by somebody: nothing about them is better for that."""
    columns: tuple[Column, ...] = (
        *((title, "wrap") for title in ("asset", "until", "by, ticket, why")),
        *((title, "right") for title in ("open", "over-\ndue", "open for")),
    )
    found = sorted(((row.deferral, row) for row in assets if row.deferral), key=lambda pair: (pair[0].until, pair[1].id))
    rows = [
        (
            row.name or row.id,
            day(deferral.until),
            f"{without_arns(deferral.by)}, {deferral.ticket}: {deferral.why}",
            number(row.open_updates),
            number(row.overdue),
            span(row.oldest) if row.oldest else "-",
        )
        for deferral, row in found
    ]
    return _section(f"Deferred: {len(rows)}, and their clocks go on") + _table(columns, rows) if rows else ""


def _cves(report: Report) -> str:
    columns: tuple[Column, ...] = (("CVE", "left"), ("severity", "left"), ("assets", "right"), ("seen since", "left"))
    rows = [(row.cve, row.severity or "unspecified", str(row.assets), day(row.since)) for row in report.exposures.cves[:FEW]]
    return _section("CVEs on most assets") + _table(columns, rows) if rows else ""


def _owners(owners: Sequence[OpenWork]) -> str:
    """Whose work it is, those with most of it first; who has none is left out."""
    columns: tuple[Column, ...] = (
        ("owner", "wrap"),
        *((title, "right") for title in ("assets", "non-com-\npliant", UNKNOWN, "open", "over-\ndue", "oldest")),
    )
    busy = [row for row in owners if row.open_updates or row.unknown or row.non_compliant]
    rows = [(row.owner, str(row.assets), *_work(row)) for row in busy[:FEW]]
    more = f"{len(busy) - FEW} more: --format json lists every owner.\n" if len(busy) > FEW else ""
    return _section("Open work by owner") + _table(columns, rows) + more if rows else ""


def _work(row: OpenWork) -> list[str]:
    return [
        str(row.non_compliant),
        str(row.unknown),
        number(row.open_updates),
        number(row.overdue),
        span(row.oldest) if row.oldest else "-",
    ]


def _coverage(report: Report) -> str:
    seen = report.coverage
    sentence = (
        f"{counted(seen.assets, 'asset')}. {accounts_looked_at(seen)} Scanned in time and read: {seen.fresh} ({percent(seen.ratio)}); "
        f"never scanned: {seen.assets - seen.scanned}."
    )
    columns: tuple[Column, ...] = (("assets", "right"), ("UNKNOWN because", "wrap"), ("fix", "wrap"))
    rows = [(str(reason.assets), reason.why, reason.fix or "-") for reason in seen.reasons]
    return _section("Coverage", sentence) + ("\n" + _table(columns, rows) if rows else "")


def _gaps(gaps: Sequence[Gap]) -> str:
    """Each in a few words: what AWS said in full is in JSON and on the page."""
    columns: tuple[Column, ...] = (("where", "left"), ("cause", "left"), ("asked", "wrap"), ("fix", "wrap"))
    rows = [(str(gap.target).rstrip("/"), str(gap.cause), _asked(gap), without_arns(gap.fix) or "-") for gap in gaps]
    return _section(f"Gaps: {counted(len(gaps), 'place')} could not be looked at") + _table(columns, rows) if rows else ""


def _asked(gap: Gap) -> str:
    """The operation and AWS's code where it answered with one; else our own sentence."""
    return f"{gap.operation or gap.service} {gap.code}" if gap.code else without_arns(gap.reason)


def _skips(skips: Iterable[Skip]) -> str:
    columns: tuple[Column, ...] = (("assets", "right"), ("left out because", "wrap"), ("better way", "wrap"))
    grouped = Counter((skip.reason, skip.better or "-") for skip in skips)
    rows = [(str(count), *reason) for reason, count in grouped.most_common()]
    return _section("Not patched by the plan") + _table(columns, rows) if rows else ""


def _against(assets: Iterable[AssetRow]) -> str:
    """The assets that are not clean, those with most open updates first."""
    columns: tuple[Column, ...] = (("asset", "wrap"), ("environment", "wrap"), ("status", "left"), ("why", "wrap"))
    listed = sorted(
        (a for a in assets if a.verdict.status in {Status.NON_COMPLIANT, Status.UNKNOWN}), key=lambda a: (-(a.open_updates or 0), a.id)
    )
    rows = [(a.name or a.id, a.environment, a.verdict.status.value, "; ".join(a.verdict.reasons)) for a in listed[:FEW]]
    more = [f"{len(listed) - FEW} more: --format csv lists every asset."] if len(listed) > FEW else []
    return _section("Assets to look at") + _table(columns, rows) + "".join(f"{line}\n" for line in more) if rows else ""


def _section(title: str, *lines: str) -> str:
    wrapped = (part for line in lines for part in textwrap.wrap(printable(line), WIDTH, break_on_hyphens=False))
    return "".join(f"{line}\n" for line in (title, "-" * len(title), *wrapped))


def _table(columns: Sequence[Column], rows: Iterable[Sequence[str]], gap: int = 2) -> str:
    return table(columns, tuple(rows), WIDTH, gap)
