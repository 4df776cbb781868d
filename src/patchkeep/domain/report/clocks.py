"""How long updates stood open, whether that is longer than the SLA allows, and how long a fix takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from patchkeep.domain.exposure import Exposure, deadline, overdue
from patchkeep.domain.look import Look
from patchkeep.domain.policy import Policy, Sla
from patchkeep.domain.report.evidence import Evidence
from patchkeep.domain.report.measures import Spread, spread
from patchkeep.domain.report.pictures import open_at
from patchkeep.domain.report.timings import AgeBucket, CveRow, Exposures, OpenWindow, Remediation, SeverityRow, SlaRow
from patchkeep.domain.report.values import NO_ENVIRONMENT
from patchkeep.domain.severity import gravity

BUCKETS = (0, 1, 3, 7, 14, 30, 60, 90)
LISTED = 15
DATES = {"release": "release date", "disclosed": "date of disclosure", "kev": "date of known exploitation"}


def exposures(evidence: Evidence, policy: Policy, now: datetime) -> Exposures:
    """Of the snapshot's assets; open windows of assets that are not in it are only counted as gone."""
    names = {asset.id: asset.name for asset in evidence.snapshot.assets}
    ours = [window for window in evidence.exposures if window.asset in names]
    standing = sorted((w for w in ours if w.resolved_at is None), key=lambda w: (w.first_seen, gravity(w.severity), w.asset, w.update))
    return Exposures(
        open=spread(window.lasted(now) for window in standing),
        severities=_severities(standing, policy, now),
        ages=_buckets(ours, now),
        oldest=tuple(_open_window(window, names, evidence, policy, now) for window in standing[:LISTED]),
        cves=_cves(standing),
        gone=sum(window.resolved_at is None and window.asset not in names for window in evidence.exposures),
    )


def _severities(standing: list[Exposure], policy: Policy, now: datetime) -> tuple[SeverityRow, ...]:
    grouped: dict[str, list[Exposure]] = {}
    for window in standing:
        grouped.setdefault(window.severity, []).append(window)
    return tuple(
        SeverityRow(
            severity,
            len(windows),
            len({window.asset for window in windows}),
            spread(window.lasted(now) for window in windows),
            covered=any(sla.severity == severity for sla in policy.slas),
        )
        for severity, windows in sorted(grouped.items(), key=lambda item: gravity(item[0]))
    )


def _buckets(windows: Iterable[Exposure], now: datetime) -> tuple[AgeBucket, ...]:
    counted: Counter[tuple[int, bool]] = Counter()
    for window in windows:
        days = window.lasted(now) / timedelta(days=1)
        counted[max((bucket for bucket in BUCKETS if bucket <= days), default=0), window.resolved_at is None] += 1
    return tuple(AgeBucket(bucket, counted[bucket, True], counted[bucket, False]) for bucket in BUCKETS)


def _open_window(window: Exposure, names: Mapping[str, str], evidence: Evidence, policy: Policy, now: datetime) -> OpenWindow:
    return OpenWindow(
        window.asset,
        names[window.asset],
        evidence.environments.get(window.asset, NO_ENVIRONMENT),
        window.update.partition("|")[0],
        window.severity,
        window.cves,
        window.first_seen,
        window.lasted(now),
        deadline(window, policy.slas),
        overdue(window, policy.slas, now),
    )


def _cves(standing: Iterable[Exposure]) -> tuple[CveRow, ...]:
    """Those that concern most assets, the gravest first among equals."""
    grouped: dict[str, list[Exposure]] = {}
    for window in standing:
        for cve in window.cves:
            grouped.setdefault(cve, []).append(window)
    rows = (
        CveRow(cve, min((w.severity for w in windows), key=gravity), len({w.asset for w in windows}), min(w.first_seen for w in windows))
        for cve, windows in grouped.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.assets, gravity(row.severity), row.cve))[:LISTED])


def slas(evidence: Evidence, policy: Policy, now: datetime, *, known: bool) -> tuple[SlaRow, ...]:
    """One row per deadline of the policy, in its order. `known`: whether anything is known of what stands open now."""
    ids = {asset.id for asset in evidence.snapshot.assets}
    ours = [window for window in evidence.exposures if window.asset in ids]
    rows = tuple(_sla(sla, ours, now) for sla in policy.slas)
    unread = "UNKNOWN: no asset's updates are known"
    return rows if known or ours else tuple(SlaRow(row.severity, row.within, row.start, row.unknown or unread) for row in rows)


def _sla(sla: Sla, windows: Iterable[Exposure], now: datetime) -> SlaRow:
    if sla.start != "first_seen":
        return SlaRow(sla.severity, sla.within, sla.start, unknown=f"UNKNOWN: no {DATES.get(sla.start, sla.start)} known")
    if sla.severity == "known_exploited":
        return SlaRow(sla.severity, sla.within, sla.start, unknown="UNKNOWN: not known which updates are exploited")
    mine = [(window, window.first_seen + sla.within) for window in windows if window.severity == sla.severity]
    ended = Counter(window.resolved_at <= due for window, due in mine if window.resolved_at is not None)
    waiting = [due for window, due in mine if window.resolved_at is None]
    return SlaRow(
        sla.severity,
        sla.within,
        sla.start,
        open_in_time=sum(due >= now for due in waiting),
        overdue=sum(due < now for due in waiting),
        closed_in_time=ended[True],
        closed_late=ended[False],
        next_due=min((due for due in waiting if due >= now), default=None),
    )


def remediation(evidence: Evidence, first: Look | None, last: Look, now: datetime) -> Remediation:
    """Before: the ages of what stood open then (now, where nothing was changed). Since: from our first change, or first sight."""
    changed = evidence.changed_at
    if changed is None:
        return Remediation(_ages(evidence, last), spread(()), 0, spread(()), 0, spread(()))
    present = {asset.id for asset in evidence.snapshot.assets}
    ours = [window for window in evidence.exposures if window.resolved_at or window.asset in present]
    backlog = [window for window in ours if open_at(window, changed)]
    fresh = [window for window in ours if window.first_seen > changed]
    return Remediation(
        before=_ages(evidence, first) if first else spread(()),
        backlog=spread(window.resolved_at - changed for window in backlog if window.resolved_at),
        backlog_open=sum(window.resolved_at is None for window in backlog),
        fresh=spread(window.lasted(now) for window in fresh if window.resolved_at),
        fresh_open=sum(window.resolved_at is None for window in fresh),
        whole=spread(window.lasted(now) for window in ours if window.resolved_at and window.resolved_at > changed),
    )


def _ages(evidence: Evidence, look: Look) -> Spread:
    """How old what stood open at a look was then."""
    stood = (window for window in evidence.exposures if window.asset in look.verdicts and open_at(window, look.at))
    return spread(look.at - window.first_seen for window in stood)
