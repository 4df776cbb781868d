"""Why is this asset not patchable, or not seen? Every reason with its cure, its owner, and how many assets the cure frees. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patchkeep.domain.asset import Asset, Existing, Obstacle
from patchkeep.domain.call import Cause
from patchkeep.domain.lifecycle import ASK, CURE, ended, too_old
from patchkeep.domain.membership import environments_of
from patchkeep.domain.owners import CONTACTS, Owner, owners
from patchkeep.work.assess import Assessment


class Stops(StrEnum):
    """What a reason keeps us from."""

    LOOKING = "looking"  # a whole place: nobody knows how many assets it hides
    SEEING = "seeing"
    PATCHING = "patching"
    NOTHING = ""


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
    stops: Stops = Stops.NOTHING


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share a cause, an owner or an account. `frees`: assets that nothing else hinders once all of these are cured."""

    key: str
    rows: tuple[Row, ...]
    frees: int = 0

    @property
    def assets(self) -> int:
        """How many different assets it is about."""
        return len({row.asset for row in self.rows if row.asset})

    @property
    def stops(self) -> Stops:
        """The worst that any of its rows stops."""
        found = {row.stops for row in self.rows}
        return next((each for each in Stops if each in found), Stops.NOTHING)

    @property
    def owners(self) -> tuple[tuple[str, int], ...]:
        """Whose assets these are and how many rows each has, most first."""
        return tuple(sorted(Counter(row.owner for row in self.rows if row.owner).items(), key=lambda pair: (-pair[1], pair[0])))


def doctor(assessment: Assessment) -> tuple[Row, ...]:
    """All rows: about assets, about places, about the policy."""
    belongs = owners(assessment.snapshot, assessment.policy)
    return (
        *_gaps(assessment),
        *_mismatches(assessment),
        *_strays(assessment, belongs),
        *_obstacles(assessment, belongs),
        *_unscanned(assessment, belongs),
        *_unsupported(assessment, belongs),
        *_deferred(assessment, belongs),
        *_announced(assessment),
    )


def grouped(rows: Iterable[Row], by: str) -> tuple[Group, ...]:
    """Rows by "cause", "owner" or "account".

    Causes: places that were not looked at first, since nobody knows what they hide; then by how many assets a cure frees. Owners and
    accounts: those with most rows first.
    """
    rows = tuple(rows)
    keyed: dict[str, list[Row]] = {}
    for row in rows:
        key = {"cause": row.cause, "owner": row.owner or "no owner", "account": row.account or "no account"}[by]
        keyed.setdefault(key, []).append(row)
    hindered = _hindered(rows, by)
    groups = [Group(key, tuple(found), hindered[key]) for key, found in keyed.items()]
    if by == "cause":
        return tuple(sorted(groups, key=lambda g: (g.stops is not Stops.LOOKING, -g.frees, not g.stops, -g.assets, -len(g.rows), g.key)))
    return tuple(sorted(groups, key=lambda g: (-len(g.rows), g.key)))


def _hindered(rows: Iterable[Row], by: str) -> Counter[str]:
    """For each group, the assets that no reason outside it hinders."""
    inside: dict[str, set[str]] = {}
    for row in rows:
        if row.asset and row.stops:
            key = {"cause": row.cause, "owner": row.owner or "no owner", "account": row.account or "no account"}[by]
            inside.setdefault(row.asset, set()).add(key)
    return Counter(next(iter(keys)) for keys in inside.values() if len(keys) == 1)


def _gaps(assessment: Assessment) -> Iterator[Row]:
    contacts = {account.id: account.contact for account in assessment.snapshot.accounts}
    names = {account.id: account.name for account in assessment.snapshot.accounts}
    for gap in assessment.snapshot.gaps:
        account, region = gap.target.account, gap.target.region
        why = f"{gap.operation or gap.service}: {gap.reason}"
        told = names.get(account, account), account, region, contacts.get(account, "")
        if gap.service == CONTACTS:
            yield Row("owners not read", *told, why, gap.fix)
        elif gap.cause is Cause.NO_PLAN:
            yield Row(str(gap.cause), *told, why, gap.fix)
        else:
            yield Row(f"not looked at: {gap.cause}", *told, why, gap.fix, stops=Stops.LOOKING)


def _mismatches(assessment: Assessment) -> Iterator[Row]:
    for mismatch in assessment.mismatches:
        yield Row(mismatch.cause, mismatch.environment, "", "", "", mismatch.why, mismatch.fix)


def _row(asset: Asset, belongs: Mapping[str, Owner], reason: tuple[str, str, str], stops: Stops) -> Row:
    """`reason`: cause, why, fix."""
    cause, why, fix = reason
    return Row(cause, asset.name, asset.target.account, asset.target.region, belongs[asset.id].shown, why, fix, asset.id, stops)


def _strays(assessment: Assessment, belongs: Mapping[str, Owner]) -> Iterator[Row]:
    by_id = {asset.id: asset for asset in assessment.assets}
    for skip in assessment.strays:
        asset = by_id[skip.asset]
        cause = "in several environments" if environments_of(assessment.policy, asset) else "in no environment"
        yield _row(asset, belongs, (cause, skip.reason, skip.better), Stops.PATCHING)


def _obstacles(assessment: Assessment, belongs: Mapping[str, Owner]) -> Iterator[Row]:
    for asset in assessment.assets:
        for obstacle in asset.obstacles:
            yield _row(asset, belongs, (obstacle.cause, obstacle.why, obstacle.fix), _stopped(obstacle))


def _stopped(obstacle: Obstacle) -> Stops:
    return Stops.SEEING if obstacle.stops_seeing else Stops.PATCHING if obstacle.stops_patching else Stops.NOTHING


def _unscanned(assessment: Assessment, belongs: Mapping[str, Owner]) -> Iterator[Row]:
    """Managed, reachable, and yet never scanned, or long ago: nobody's schedule reaches it."""
    for asset in assessment.assets:
        if not asset.is_node or any(obstacle.stops_seeing for obstacle in asset.obstacles) or asset.unread:
            continue
        age = assessment.now - asset.scan.at if asset.scan else None
        if age is not None and age <= assessment.policy.freshness.scan:
            continue
        cause = "never scanned" if age is None else "stale scan"
        why = "no scan has ever been recorded" if age is None else f"the last scan is {age.total_seconds() / 3600:.0f} h old"
        fix = "apply the policy's settings: they scan its environment daily"
        yield _row(asset, belongs, (cause, why, fix), Stops.SEEING)


def _unsupported(assessment: Assessment, belongs: Mapping[str, Owner]) -> Iterator[Row]:
    """Resources of which nobody told until when their version is supported, or told it long ago; machines whose system is past it."""
    for asset in assessment.assets:
        if asset.is_node and (over := ended(asset, assessment.now.date())):
            yield _row(
                asset, belongs, ("system past its support", over, "move to a newer release, or see to its extended support"), Stops.NOTHING
            )
        if asset.is_node or not (asset.engine or asset.product):
            continue
        version = f"{asset.engine or asset.product} {asset.version}".strip()
        if asset.support is None:
            why, fix = f"until when {version} is supported is not known", CURE if asset.product else ASK
            yield _row(asset, belongs, ("end of support not known", why, fix), Stops.SEEING)
        elif old := too_old(asset.support, assessment.now.date()):
            yield _row(asset, belongs, ("lifecycle feed too old", old, CURE), Stops.SEEING)


def _deferred(assessment: Assessment, belongs: Mapping[str, Owner]) -> Iterator[Row]:
    """Left alone by somebody's decision, which ends by itself: its clock goes on."""
    for asset in assessment.assets:
        if deferral := assessment.deferrals.get(asset.id):
            fix = f"it ends by itself; earlier: `patchkeep defer end {asset.resource}`"
            yield _row(asset, belongs, ("deferred", deferral.sentence, fix), Stops.PATCHING)


def _announced(assessment: Assessment) -> Iterator[Row]:
    """What AWS Health announces and Trusted Advisor flags: read it, then plan for it."""
    fixes = {
        "health event": ("announced by AWS", "`patchkeep calendar` shows when; AWS Health in the console says what to do"),
        "advice": ("flagged by Trusted Advisor", "Trusted Advisor in the console names the resources"),
    }
    for one in assessment.snapshot.objects:
        if one.kind in fixes:
            cause, fix = fixes[one.kind]
            region = str(one.fields.get("region") or one.target.region)
            yield Row(cause, ", ".join(one.fields.get("entities", ())) or one.name, one.target.account, region, "", _said(one), fix)


def _said(one: Existing) -> str:
    start = one.fields.get("start")
    return f"{one.name}, {start:%Y-%m-%d}" if isinstance(start, datetime) else one.name
