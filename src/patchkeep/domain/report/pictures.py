"""The estate at each look: how many assets of each environment are what, and what stood open then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from patchkeep.domain.compliance import STALE_SINCE, Compliance, Status
from patchkeep.domain.exposure import Exposure, deadline
from patchkeep.domain.look import Look
from patchkeep.domain.policy import Freshness, Policy, Sla
from patchkeep.domain.report.evidence import Evidence
from patchkeep.domain.report.values import NO_ENVIRONMENT, Picture, Row

FEW = 60  # looks that a trend shows one by one; of more, the last of each day


def looks(evidence: Evidence, freshness: Freshness, now: datetime) -> tuple[Look, ...]:
    """Every look of the history, oldest first, and the snapshot's own last.

    In that one an asset without a verdict is UNKNOWN, and so is one that was COMPLIANT by a scan that has grown stale since.
    """
    by_time = {(look.at, look.snapshot_id): look for look in evidence.history}
    ordered = sorted(by_time)
    latest = next((key for key in reversed(ordered) if key[1] == evidence.snapshot.id), None)
    judged: Mapping[str, Compliance] = by_time[latest].verdicts if latest else {}
    at = latest[0] if latest else evidence.snapshot.taken_at
    verdicts = {asset.id: _today(asset.id, judged.get(asset.id), freshness, now - at) for asset in evidence.snapshot.assets}
    return (*(by_time[key] for key in ordered if key != latest and key[0] <= at), Look(at, evidence.snapshot.id, verdicts))


def _today(asset: str, verdict: Compliance | None, freshness: Freshness, since: timedelta) -> Compliance:
    """The verdict of the last look as it holds now; its age is that of now, too."""
    if verdict is None:
        return Compliance(asset, Status.UNKNOWN, ("not assessed",))
    age = None if verdict.age is None else verdict.age + since
    if verdict.status is Status.COMPLIANT and age is not None and age > freshness.scan:
        return replace(verdict, status=Status.UNKNOWN, reasons=(STALE_SINCE.why,), age=age, doubt=STALE_SINCE)
    return replace(verdict, age=age)


def before(seen: tuple[Look, ...], changed_at: datetime | None) -> Look | None:
    """The last look before our first change; where nothing was changed yet, the first of several."""
    if changed_at is not None:
        return next((look for look in reversed(seen) if look.at <= changed_at), None)
    return seen[0] if len(seen) > 1 else None


def thinned(seen: tuple[Look, ...], kept: Iterable[Look]) -> tuple[Look, ...]:
    """Few looks as they are; of many the last of each day, and those that must be kept."""
    if len(seen) <= FEW:
        return seen
    days = {look.at.date(): look.at for look in seen}
    wanted = {*days.values(), *(look.at for look in kept)}
    return tuple(look for look in seen if look.at in wanted)


def picture(look: Look, exposures: Iterable[Exposure], evidence: Evidence, policy: Policy) -> Picture:
    """Rows of one look; an open window counts where its asset was among those looked at."""
    named = {asset: evidence.environments.get(asset, NO_ENVIRONMENT) for asset in look.verdicts}
    statuses = Counter((named[asset], verdict.status) for asset, verdict in look.verdicts.items())
    standing = [window for window in exposures if window.asset in named and open_at(window, look.at)]
    opened = Counter(named[window.asset] for window in standing)
    blind = Counter(named[window.asset] for window in standing if look.verdicts[window.asset].status is Status.UNKNOWN)
    late = Counter(named[window.asset] for window in standing if _late(window, policy, look.at))
    known = {named[asset] for asset, verdict in look.verdicts.items() if verdict.status is not Status.UNKNOWN} | opened.keys()
    measured = measurable(policy.slas)
    rows = tuple(
        Row(
            name,
            compliant=statuses[name, Status.COMPLIANT],
            non_compliant=statuses[name, Status.NON_COMPLIANT],
            waived=statuses[name, Status.WAIVED],
            unknown=statuses[name, Status.UNKNOWN],
            open_updates=opened[name] if name in known else None,
            open_on_unknown=blind[name] if name in known else None,
            overdue=late[name] if measured and name in known else None,
        )
        for name in _names(policy, named.values())
    )
    return Picture(look.at, rows, _total(rows))


def _names(policy: Policy, used: Iterable[str]) -> tuple[str, ...]:
    """The policy's environments in its order, then others that assets are in, then none at all where there are such assets."""
    declared = [environment.name for environment in policy.environments]
    others = sorted({*used} - {*declared})
    return (*declared, *sorted(others, key=lambda name: name == NO_ENVIRONMENT))


def _late(window: Exposure, policy: Policy, moment: datetime) -> bool:
    due = deadline(window, policy.slas)
    return due is not None and due < moment


def open_at(window: Exposure, moment: datetime) -> bool:
    return window.first_seen <= moment and (window.resolved_at is None or window.resolved_at > moment)


def measurable(slas: Iterable[Sla]) -> bool:
    """Whether at least one deadline counts from a date that is known."""
    return any(sla.start == "first_seen" for sla in slas)


def _total(rows: tuple[Row, ...]) -> Row:
    return Row(
        "all",
        sum(row.compliant for row in rows),
        sum(row.non_compliant for row in rows),
        sum(row.waived for row in rows),
        sum(row.unknown for row in rows),
        _sum(row.open_updates for row in rows),
        _sum(row.open_on_unknown for row in rows),
        _sum(row.overdue for row in rows),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """Of what is known; None where nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
