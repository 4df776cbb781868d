"""Why is this asset not patchable, or not seen? Every reason with its cure. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from patchkeep.work.assess import Assessment


@dataclass(frozen=True, slots=True)
class Row:
    """One reason about one thing: an asset, or a place that could not be looked at."""

    cause: str
    name: str
    account: str
    region: str
    owner: str
    why: str
    fix: str
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share a cause, an owner or an account."""

    key: str
    rows: tuple[Row, ...]


def doctor(assessment: Assessment) -> tuple[Row, ...]:
    """All rows: about assets, about places, about the policy."""
    return (*_gaps(assessment), *_mismatches(assessment), *_strays(assessment), *_obstacles(assessment), *_unscanned(assessment))


def grouped(rows: Iterable[Row], by: str) -> tuple[Group, ...]:
    """Rows by "cause", "owner" or "account", the largest group first."""
    keyed: dict[str, list[Row]] = {}
    for row in rows:
        key = {"cause": row.cause, "owner": row.owner or "no owner", "account": row.account or "no account"}[by]
        keyed.setdefault(key, []).append(row)
    return tuple(Group(key, tuple(found)) for key, found in sorted(keyed.items(), key=lambda item: (-len(item[1]), item[0])))


def _gaps(assessment: Assessment) -> Iterator[Row]:
    contacts = {account.id: account.contact for account in assessment.snapshot.accounts}
    names = {account.id: account.name for account in assessment.snapshot.accounts}
    for gap in assessment.snapshot.gaps:
        account, region = gap.target.account, gap.target.region
        why = f"{gap.operation or gap.service}: {gap.reason}"
        yield Row(f"not looked at: {gap.cause}", names.get(account, account), account, region, contacts.get(account, ""), why, gap.fix)


def _mismatches(assessment: Assessment) -> Iterator[Row]:
    for mismatch in assessment.mismatches:
        yield Row(mismatch.cause, mismatch.environment, "", "", "", mismatch.why, mismatch.fix)


def _strays(assessment: Assessment) -> Iterator[Row]:
    by_id = {asset.id: asset for asset in assessment.assets}
    for skip in assessment.strays:
        asset = by_id[skip.asset]
        cause = "in several environments" if "environments at once" in skip.reason else "in no environment"
        yield Row(cause, asset.name, asset.target.account, asset.target.region, asset.owner, skip.reason, skip.better, asset.id)


def _obstacles(assessment: Assessment) -> Iterator[Row]:
    for asset in assessment.assets:
        for obstacle in asset.obstacles:
            target = asset.target
            yield Row(obstacle.cause, asset.name, target.account, target.region, asset.owner, obstacle.why, obstacle.fix, asset.id)


def _unscanned(assessment: Assessment) -> Iterator[Row]:
    """Managed, reachable, and yet never scanned, or long ago: nobody's schedule reaches it."""
    for asset in assessment.assets:
        if any(obstacle.stops_seeing for obstacle in asset.obstacles) or asset.unread:
            continue
        age = assessment.now - asset.scan.at if asset.scan else None
        if age is not None and age <= assessment.policy.freshness.scan:
            continue
        cause = "never scanned" if age is None else "stale scan"
        why = "no scan has ever been recorded" if age is None else f"the last scan is {age.total_seconds() / 3600:.0f} h old"
        fix = "apply the policy's settings: they scan its environment daily"
        yield Row(cause, asset.name, asset.target.account, asset.target.region, asset.owner, why, fix, asset.id)
