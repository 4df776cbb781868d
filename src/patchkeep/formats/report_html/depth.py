"""The page's second half: exposure, deadlines, what was not seen, what is left out, and which assets need a look."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

from patchkeep.domain.compliance import Status
from patchkeep.domain.report import AssetRow, Exposures, OpenWindow, Remediation, Report, SlaRow, Spread
from patchkeep.domain.wording import counted, stated
from patchkeep.formats._headline import accounts_looked_at
from patchkeep.formats._words import UNKNOWN, day, number, percent, span
from patchkeep.formats.report_html.charts import age_bars, age_names, sla_bar
from patchkeep.formats.report_html.elements import Child, el, section, table
from patchkeep.formats.report_html.standing import keys

MOST_ASSETS = 200  # on the page; CSV and JSON hold them all
SEVERITIES = ("severity", "open", "assets", "mean", "median", "p90", "longest")


def exposure(report: Report) -> Element:
    found = report.exposures
    about = (
        "An exposure window runs from the look that first saw an update missing until a scan proves it installed. "
        "What was already missing at the first look is counted from there, so its true age is at least the one shown."
    )
    chart = el(
        "figure", el("figcaption", "Exposure windows by length"), keys((("fixed", "fixed"), ("bad", "still open"))), age_bars(found.ages)
    )
    left = el("div", chart, _ages(found))
    right = el("div", el("h3", "Open updates by severity"), _severities(report))
    gone = f"{stated(found.gone, 'window', 'was', 'were')} open on assets that no longer exist: neither open nor fixed."
    return section(
        "Exposure",
        el("p", about),
        el("div", left, right, class_="halves"),
        el("h3", "Time to fix"),
        _remediation(report.remediation),
        el("p", gone) if found.gone else None,
        *_oldest(found),
        *_cves(found),
        name="exposure",
    )


def _ages(found: Exposures) -> Element:
    rows = [(name, str(bucket.closed), str(bucket.open)) for name, bucket in zip(age_names(found.ages), found.ages, strict=True)]
    whole = table("Exposure windows by length", ("length", "fixed", "still open"), rows, numbers=(1, 2))
    return el("details", el("summary", "The numbers behind this chart"), whole, class_="numbers")


def _severities(report: Report) -> Element:
    rows = [
        (_severity(r.severity), str(r.open), str(r.assets), *map(span, (r.age.mean, r.age.median, r.age.p90, r.age.longest)))
        for r in report.exposures.severities
    ]
    nothing = "Nothing is open." if report.after.total.open_updates is not None else f"{UNKNOWN}: no asset's updates are known."
    return table("Open updates by severity", SEVERITIES, rows, numbers=range(1, 7)) if rows else el("p", nothing)


def _remediation(fix: Remediation) -> Element:
    """Lower bounds before, measured since."""
    spreads = (
        ("before: age of what stood open, at least", fix.before, "-"),
        ("backlog: from our first write to AWS to the fix", fix.backlog, str(fix.backlog_open)),
        ("first seen since our first write to AWS", fix.fresh, str(fix.fresh_open)),
        ("all fixed since, from first sight", fix.whole, "-"),
    )
    rows = [(name, str(lasted.count), *_lasted(lasted), left) for name, lasted, left in spreads]
    return table("Time to fix", ("", "windows", "median", "p90", "not fixed"), rows, numbers=(1, 2, 3, 4))


def _lasted(lasted: Spread) -> tuple[str, str]:
    return span(lasted.median), span(lasted.p90)


def _oldest(found: Exposures) -> tuple[Child, ...]:
    rows = [(w.name or w.asset, w.environment, w.update, _severity(w.severity), span(w.age), _due(w)) for w in found.oldest]
    headers = ("asset", "environment", "update", "severity", "open for", "due")
    return (el("h3", "Longest open"), table("Longest open", headers, rows, numbers=(4,))) if rows else ()


def _due(window: OpenWindow) -> Child:
    if window.due is None:
        return "no deadline"
    return el("span", f"late since {day(window.due)}", class_="tag late") if window.overdue else day(window.due)


def _cves(found: Exposures) -> tuple[Child, ...]:
    rows = [(row.cve, _severity(row.severity), str(row.assets), day(row.since)) for row in found.cves]
    if not rows:
        return ()
    return (el("h3", "CVEs on most assets"), table("CVEs on most assets", ("CVE", "severity", "assets", "seen since"), rows, numbers=(2,)))


def deadlines(report: Report) -> Element:
    if not report.slas:
        return section("Deadlines", el("p", "The policy sets no SLA, so nothing can be late."), name="deadlines")
    headers = ("severity", "within", "", "fixed in time", "open in time", "fixed late", "overdue", "next due")
    legend = keys((("ok", "fixed in time"), ("opened", "open in time"), ("late", "fixed late"), ("bad", "overdue")))
    rows = [_sla(row) for row in report.slas]
    return section("Deadlines", legend, table("Deadlines by severity", headers, rows, numbers=range(3, 7)), name="deadlines")


def _sla(row: SlaRow) -> tuple[Child, ...]:
    within = el("span", f"{span(row.within)} from {row.start.replace('_', ' ')}", class_="keep")
    if row.unknown:
        return (_severity(row.severity), within, None, *[""] * 4, el("span", row.unknown, class_="doubt"))
    counts = (row.closed_in_time, row.open_in_time, row.closed_late, row.overdue)
    return (_severity(row.severity), within, sla_bar(row), *map(number, counts), day(row.next_due) if row.next_due else "none")


def owners(report: Report) -> Element | None:
    """Whose work it is, those with most of it first; who has none is left out."""
    busy = [row for row in report.owners if row.open_updates or row.unknown or row.non_compliant]
    if not busy:
        return None
    headers = ("owner", "assets", "non-compliant", UNKNOWN, "open updates", "overdue", "oldest open")
    rows = [
        (
            row.owner,
            *map(str, (row.assets, row.non_compliant, row.unknown)),
            *map(number, (row.open_updates, row.overdue)),
            span(row.oldest) if row.oldest else "-",
        )
        for row in busy
    ]
    return section("Open work by owner", table("Open work by owner", headers, rows, numbers=tuple(range(1, 7))), name="owners")


def coverage(report: Report) -> Element:
    seen = report.coverage
    sentence = (
        f"{counted(seen.assets, 'asset')}. {accounts_looked_at(seen)} Scanned in time and read: {seen.fresh} "
        f"({percent(seen.ratio)}); never scanned: {seen.assets - seen.scanned}."
    )
    reasons = [(reason.why, str(reason.assets), reason.fix or "-") for reason in seen.reasons]
    because = table(f"Why assets are {UNKNOWN}", ("because", "assets", "fix"), reasons, numbers=(1,)) if reasons else None
    gaps = [(str(g.target).rstrip("/"), g.service, str(g.cause), g.reason, g.fix or "-") for g in report.gaps]
    where = table("Places that could not be looked at", ("where", "what", "cause", "reason", "fix"), gaps) if gaps else None
    return section(
        "Coverage and gaps",
        el("p", sentence),
        el("h3", f"Why {stated(report.after.total.unknown, 'asset', 'is', 'are')} {UNKNOWN}") if reasons else None,
        because,
        el("h3", f"Places that could not be looked at: {len(gaps)}"),
        where if gaps else el("p", "None."),
        name="coverage",
    )


def deferred(report: Report) -> Element | None:
    """Postponed by somebody: status and clocks are as of any other asset."""
    found = sorted(((row.deferral, row) for row in report.assets if row.deferral), key=lambda pair: (pair[0].until, pair[1].id))
    if not found:
        return None
    headers = ("asset", "until", "by", "ticket", "why", "open", "overdue", "open for")
    rows = [
        (
            *(row.name or row.id, day(put_off.until), put_off.by.rpartition(":")[2], put_off.ticket, put_off.why),
            *(number(row.open_updates), number(row.overdue), span(row.oldest) if row.oldest else "-"),
        )
        for put_off, row in found
    ]
    about = el("p", "Their changes are postponed; their clocks go on.")
    return section("Deferred", about, table("Deferred", headers, rows, numbers=(5, 6, 7)), name="deferred")


def skips(report: Report) -> Element | None:
    grouped = Counter((skip.reason, skip.better or "-") for skip in report.skips)
    if not grouped:
        return None
    rows = [(reason, str(count), better) for (reason, better), count in grouped.most_common()]
    return section(
        "Left out of the plan", table("Left out of the plan", ("because", "assets", "better way"), rows, numbers=(1,)), name="skips"
    )


def assets(report: Report) -> Element | None:
    """Those that are not clean, those with most open updates first."""
    listed = [row for row in report.assets if row.verdict.status in {Status.NON_COMPLIANT, Status.UNKNOWN}]
    if not listed:
        return None
    listed.sort(key=lambda row: (-(row.open_updates or 0), row.id))
    headers = ("asset", "environment", "account and region", "status", "why", "open", "scan age")
    shown = table("Assets to look at", headers, [_asset(row) for row in listed[:MOST_ASSETS]], numbers=(5, 6))
    rest = len(listed) - MOST_ASSETS
    more = el("p", f"{rest} more {'is' if rest == 1 else 'are'} in the CSV and JSON reports.") if rest > 0 else None
    return section(
        "Assets to look at",
        el("details", el("summary", f"{stated(len(listed), 'asset', 'is', 'are')} not clean"), shown, more),
        name="assets",
    )


def _asset(row: AssetRow) -> tuple[Child, ...]:
    bad = row.verdict.status is Status.NON_COMPLIANT
    status = el("span", row.verdict.status.value.replace("_", "-"), class_="tag bad" if bad else "tag unknown")
    where = f"{row.account_name or row.account} {row.region}"
    age = span(row.verdict.age) if row.verdict.age is not None else "never"
    return (row.name or row.id, row.environment, where, status, "; ".join(row.verdict.reasons), number(row.open_updates), age)


def notes(report: Report) -> Element | None:
    if not report.notes:
        return None
    return section("Read it right", el("ul", *(el("li", f"{note}.") for note in report.notes), class_="notes"), name="notes")


def _severity(severity: str) -> str:
    return severity.replace("_", " ") or "unspecified"
