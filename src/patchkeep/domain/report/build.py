"""The report as a fold over what was kept: no look at AWS or at a store happens here."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import product

from patchkeep.domain.asset import Asset
from patchkeep.domain.compliance import Doubt, Status
from patchkeep.domain.exposure import Exposure, overdue
from patchkeep.domain.look import Look
from patchkeep.domain.owners import owners
from patchkeep.domain.policy import Freshness, Policy
from patchkeep.domain.report.clocks import exposures, remediation, slas
from patchkeep.domain.report.evidence import Evidence
from patchkeep.domain.report.owners import open_work
from patchkeep.domain.report.pictures import before, looks, measurable, picture, thinned
from patchkeep.domain.report.values import NO_ENVIRONMENT, AssetRow, Coverage, Reason, Report
from patchkeep.domain.snapshot import LEFT_OUT, Snapshot, hides_assets
from patchkeep.domain.wording import stated


def build(evidence: Evidence, policy: Policy, now: datetime) -> Report:
    """What the evidence says at `now`: before our first change, since, and what is left."""
    seen = looks(evidence, policy.freshness, now)
    first, last = before(seen, evidence.changed_at), seen[-1]
    shown = thinned(seen, (look for look in (first, last) if look))
    assets = _assets(evidence, last, policy, now)
    pictures = {look.at: picture(look, evidence.exposures, evidence, policy) for look in shown}
    return Report(
        made_at=now,
        organization_id=evidence.snapshot.organization_id,
        policy=policy.name,
        policy_hash=policy.hash,
        snapshot_id=evidence.snapshot.id,
        changed_at=evidence.changed_at,
        before=pictures[first.at] if first else None,
        after=pictures[last.at],
        trend=tuple(pictures.values()),
        remediation=remediation(evidence, first, last, now),
        exposures=exposures(evidence, policy, now),
        slas=slas(evidence, policy, now, known=pictures[last.at].total.open_updates is not None),
        coverage=_coverage(evidence, last, policy.freshness, now),
        assets=assets,
        owners=open_work(assets),
        gaps=evidence.snapshot.gaps,
        skips=evidence.skips,
        notes=_notes(evidence, first, policy),
    )


def _coverage(evidence: Evidence, last: Look, freshness: Freshness, now: datetime) -> Coverage:
    assets = evidence.snapshot.assets
    members, looked, left_out = _accounts(evidence.snapshot)
    return Coverage(
        accounts=len(members),
        looked=len(looked),
        refused=len(members - looked - left_out),
        left_out=len(left_out),
        targets=len(evidence.snapshot.targets),
        assets=len(assets),
        fresh=sum(_fresh(asset, freshness, evidence.snapshot.taken_at, now) for asset in assets),
        scanned=sum(asset.scan is not None or not asset.is_node for asset in assets),
        reasons=_reasons(assets, last),
    )


def _accounts(snapshot: Snapshot) -> tuple[set[str], set[str], set[str]]:
    """The organization's accounts, those looked at, and those left out by decision; the rest was refused.

    An account counts as looked at where at least one of its regions was read.
    """
    hiding = [gap for gap in snapshot.gaps if hides_assets(gap)]
    dark = {(gap.target.account, gap.target.region) for gap in hiding}
    looked = {t.account for t in snapshot.targets if dark.isdisjoint(product(("", t.account), ("", t.region)))}
    left_out = {gap.target.account for gap in hiding if gap.cause in LEFT_OUT} - looked
    named = {gap.target.account for gap in hiding if gap.target.account}
    return {account.id for account in snapshot.accounts} | looked | named, looked, left_out


def _fresh(asset: Asset, freshness: Freshness, taken_at: datetime, now: datetime) -> bool:
    """Machines are as fresh as their scan, managed resources as the last look."""
    at = (asset.scan.at if asset.scan else None) if asset.is_node else taken_at
    if at is None or asset.updates is None or asset.unread:
        return False
    return now - at <= freshness.scan and not any(obstacle.stops_seeing for obstacle in asset.obstacles)


def _reasons(assets: tuple[Asset, ...], last: Look) -> tuple[Reason, ...]:
    """Why assets are UNKNOWN, most first: by the weightiest doubt about each."""
    counted: Counter[tuple[str, str]] = Counter()
    for asset in assets:
        verdict = last.verdicts[asset.id]
        if verdict.status is Status.UNKNOWN:
            doubt = verdict.doubt or Doubt(*verdict.reasons[:1] or ("no reason given",))
            counted[doubt.shared, doubt.fix] += 1
    causes: dict[str, Reason] = {}
    for (why, fix), number in counted.most_common():
        known = causes.get(why, Reason(why, 0, fix))
        causes[why] = Reason(why, known.assets + number, known.fix)  # of several fixes the most common one
    return tuple(sorted(causes.values(), key=lambda reason: (-reason.assets, reason.why)))


def _assets(evidence: Evidence, last: Look, policy: Policy, now: datetime) -> tuple[AssetRow, ...]:
    standing: dict[str, list[Exposure]] = {}
    for window in evidence.exposures:
        if window.resolved_at is None:
            standing.setdefault(window.asset, []).append(window)
    accounts = {account.id: account.name for account in evidence.snapshot.accounts}
    measured, owner = measurable(policy.slas), owners(evidence.snapshot, policy)
    deferred = {deferral.asset: deferral for deferral in evidence.deferrals}

    def row(asset: Asset) -> AssetRow:
        windows = standing.get(asset.id, [])
        known = bool(windows) or (asset.updates is not None and last.verdicts[asset.id].status is not Status.UNKNOWN)
        return AssetRow(
            id=asset.id,
            name=asset.name,
            kind=asset.kind,
            account=asset.target.account,
            account_name=accounts.get(asset.target.account, ""),
            region=asset.target.region,
            environment=evidence.environments.get(asset.id, NO_ENVIRONMENT),
            os=asset.os,
            owner=owner[asset.id].shown,
            owner_from=owner[asset.id].source,
            verdict=last.verdicts[asset.id],
            open_updates=len(windows) if known else None,
            overdue=sum(overdue(window, policy.slas, now) for window in windows) if known and measured else None,
            oldest=max((window.lasted(now) for window in windows), default=None),
            obstacles=asset.obstacles,
            deferral=deferred.get(asset.id),
        )

    return tuple(row(asset) for asset in sorted(evidence.snapshot.assets, key=lambda asset: (asset.target, asset.name, asset.id)))


def _notes(evidence: Evidence, first: Look | None, policy: Policy) -> tuple[str, ...]:
    """What a reader must know to read the numbers right."""
    notes = []
    if evidence.changed_at is None and first is None:
        notes.append("nothing was changed yet, and there is but one look: nothing to compare with")
    elif evidence.changed_at is None:
        notes.append("nothing was changed yet: before is the first look, after the last")
    elif first is None:
        notes.append("nothing was looked at before the first write to AWS: before is UNKNOWN")
    if first:
        blind = sum(verdict.status is Status.UNKNOWN for verdict in first.verdicts.values())
        if blind:
            notes.append(f"before counts what was seen: {stated(blind, 'asset', 'was', 'were')} UNKNOWN then, so it is a lower bound")
    covered = {sla.severity for sla in policy.slas}
    bare = sorted({w.severity or "unspecified" for w in evidence.exposures if w.resolved_at is None and w.severity not in covered})
    if policy.slas and bare:
        notes.append(f"no SLA of the policy covers severity {', '.join(bare)}")
    return tuple(notes)
