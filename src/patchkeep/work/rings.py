"""Draw a plan's rings: what may be patched in its ring and its order, everything else as a Skip with its reason. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.compliance import Status
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.membership import apart_groups, matches, place_in_rings, window_of
from patchkeep.domain.ordering import in_circles, later_rings, wanted_order
from patchkeep.domain.plan import IRREVERSIBLE, Change, Ring, Skip
from patchkeep.domain.policy import Approval, RingRule
from patchkeep.domain.wording import counted, stated
from patchkeep.services import Service
from patchkeep.work.assess import Assessment
from patchkeep.work.courses import courses

Takes = Callable[[Asset], bool]
BY_TWO = Approval(IRREVERSIBLE, people=2)  # where the policy says nothing else (RULES 14)


@dataclass(frozen=True, slots=True)
class Drawn:
    rings: tuple[Ring, ...]
    skips: tuple[Skip, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Drawing:
    """What is found on the way: by asset id the ring, the course of managed ones, and why nothing is planned."""

    assessment: Assessment
    by_id: Mapping[str, Asset]
    ring_of: dict[str, str]
    courses: Mapping[str, Course]
    windows: dict[str, str] = field(default_factory=dict)
    skips: dict[str, Skip] = field(default_factory=dict)

    def leave_out(self, skip: Skip) -> None:
        self.skips[skip.asset] = skip
        self.ring_of.pop(skip.asset, None)


def rings(assessment: Assessment, services: Mapping[str, Service], takes: Takes, unread: Mapping[Target, Gap]) -> Drawn:
    """The rings of the assets that `takes` takes. `unread`: places where settings were not read, with the first gap."""
    drawing, placed = _placed(assessment, services, unread)
    for asset_id in [asset_id for asset_id in drawing.ring_of if not takes(drawing.by_id[asset_id])]:
        del drawing.ring_of[asset_id]
    for rule in assessment.policy.rings:
        for asset_id in [asset_id for asset_id, ring in drawing.ring_of.items() if ring == rule.name]:
            _settle(drawing, drawing.by_id[asset_id], rule)
    after = _in_order(drawing)
    made = tuple(_ring(drawing, rule, after) for rule in assessment.policy.rings)
    notes = [
        _proves_nothing(rule, placed[rule.name], assessment)
        for rule, ring in zip(assessment.policy.rings, made, strict=True)
        if placed[rule.name] and not ring.changes
    ]
    chosen = tuple(skip for asset_id, skip in sorted(drawing.skips.items()) if takes(drawing.by_id[asset_id]))
    return Drawn(made, chosen, tuple(notes))


def _placed(
    assessment: Assessment, services: Mapping[str, Service], unread: Mapping[Target, Gap]
) -> tuple[_Drawing, dict[str, tuple[Asset, ...]]]:
    """Every asset in the ring that draws it, and by ring all that it draws; those that nothing can be started on are left out."""
    by_id = {asset.id: asset for asset in assessment.assets}
    skips = {skip.asset: skip for skip in assessment.strays}
    skips |= {asset.id: skip for asset in assessment.assets if (skip := _stopped_by(asset, unread.get(asset.target)))}
    members: dict[str, list[Asset]] = {}
    for asset in assessment.patchable:
        if asset.id not in skips:
            members.setdefault(assessment.environments[asset.id].name, []).append(asset)
    placement = place_in_rings(assessment.policy, members)
    skips |= {skip.asset: skip for skip in placement.outside}
    ring_of = {asset_id: name for name, ids in placement.rings.items() for asset_id in ids}
    found = courses(assessment, services)
    drawing = _Drawing(
        assessment, by_id, ring_of, {key: course for key, course in found.items() if isinstance(course, Course)}, skips=skips
    )
    placed = {name: tuple(by_id[asset_id] for asset_id in ids) for name, ids in placement.rings.items()}
    for asset_id, course in found.items():
        if isinstance(course, Skip) and asset_id in ring_of:
            drawing.leave_out(course)
    return drawing, placed


def _stopped_by(asset: Asset, unread: Gap | None) -> Skip | None:
    """Why nothing may be started on the asset. `unread`: settings of its place were not read, so which baseline it takes is not known."""
    obstacle = next((o for o in asset.obstacles if o.stops_patching), None)
    if obstacle:
        return Skip(asset.id, asset.name, obstacle.why, obstacle.fix)
    of_place = [f"{unread.service} of its account and region not read: {unread.reason}"] if unread and asset.is_node else []
    reasons = [*asset.unread, *of_place]
    return Skip(asset.id, asset.name, reasons[0], "see `patchkeep doctor`, then discover again") if reasons else None


def _settle(drawing: _Drawing, asset: Asset, rule: RingRule) -> None:
    """The window of an asset in its ring, or why nothing is done in it."""
    assessment = drawing.assessment
    window = window_of(assessment.policy, rule, asset)
    if isinstance(window, Skip):
        drawing.leave_out(window)
    elif asset.is_node and assessment.verdicts[asset.id].status is Status.COMPLIANT:
        drawing.leave_out(Skip(asset.id, asset.name, "nothing to do: compliant"))
    elif deferral := assessment.deferrals.get(asset.id):
        drawing.leave_out(Skip(asset.id, asset.name, deferral.sentence, f"end it sooner: `patchkeep defer end {asset.resource}`"))
    else:
        drawing.windows[asset.id] = window.name if window else ""


def _in_order(drawing: _Drawing) -> dict[str, set[str]]:
    """By asset id those that go before it. One that cannot keep the order is left out; one in too early a ring moves to a later one."""
    planned = [drawing.by_id[asset_id] for asset_id in drawing.ring_of]
    after = wanted_order(drawing.assessment.policy.order, planned)
    for asset in planned:
        if course := drawing.courses.get(asset.id):
            after.setdefault(asset.id, set()).update(course.after)
    for asset_id in in_circles(after):
        better = "undo one of the two orders in the policy's `order`"
        drawing.leave_out(Skip(asset_id, drawing.by_id[asset_id].name, "would have to wait for itself", better))
    while bereft := [(one, first) for one in drawing.ring_of for first in after.get(one, ()) if first not in drawing.ring_of]:
        for asset_id, first in bereft:
            drawing.leave_out(_without_forerunner(drawing, asset_id, first))
    after = {asset_id: before for asset_id, before in after.items() if asset_id in drawing.ring_of and before}
    names = [rule.name for rule in drawing.assessment.policy.rings]
    drawing.ring_of |= later_rings(names, drawing.ring_of, after)
    return after


def _without_forerunner(drawing: _Drawing, asset_id: str, first: str) -> Skip:
    other = drawing.by_id.get(first)
    name = other.name if other else first
    why = drawing.skips[first].reason if first in drawing.skips else "which is not in this plan"
    return Skip(asset_id, drawing.by_id[asset_id].name, f"{name} must go first: {why}")


def _ring(drawing: _Drawing, rule: RingRule, after: Mapping[str, set[str]]) -> Ring:
    ids = sorted(asset_id for asset_id, ring in drawing.ring_of.items() if ring == rule.name)
    identities = {asset_id: _identity(drawing, asset_id) for asset_id in (*ids, *(one for i in ids for one in after.get(i, ())))}
    changes = []
    for asset_id in ids:
        change = _change(drawing, drawing.by_id[asset_id], identities[asset_id])
        changes.append(replace(change, after=tuple(sorted(identities[one] for one in after.get(asset_id, ())))))
    approvals = tuple(_approvals(drawing.assessment.policy.approvals, changes))
    return Ring(rule.name, tuple(changes), rule.at_once, rule.may_fail, int(rule.bake.total_seconds()), rule.window, approvals)


def _approvals(rules: Sequence[Approval], changes: Sequence[Change]) -> Iterator[Approval]:
    """Those of the environments changed, and that for what cannot be undone."""
    names = {change.environment for change in changes}
    irreversible = any(change.irreversible for change in changes)
    yield from (approval for approval in rules if approval.scope in names or (irreversible and approval.scope == IRREVERSIBLE))
    if irreversible and not any(approval.scope == IRREVERSIBLE for approval in rules):
        yield BY_TWO


def _identity(drawing: _Drawing, asset_id: str) -> str:
    asset, course = drawing.by_id[asset_id], drawing.courses.get(asset_id)
    updates = course.updates if course else asset.updates or ()
    return f"c-{fingerprint([asset_id, drawing.ring_of[asset_id], [update.key for update in updates]])[:16]}"


def _change(drawing: _Drawing, asset: Asset, identity: str) -> Change:
    policy = drawing.assessment.policy
    groups = tuple(name for _, name in apart_groups(policy, (asset,)))
    environment = drawing.assessment.environments[asset.id].name
    window = drawing.windows[asset.id]
    common = (identity, asset.id, asset.resource, asset.name, asset.os, asset.target, environment)
    course = drawing.courses.get(asset.id)
    if course is None:
        return Change(*common, asset.updates or (), window=window, apart=groups)
    return Change(
        *common,
        course.updates,
        course.steps,
        window,
        (*groups, *course.apart),
        service=asset.service,
        asks=course.asks,
        lot=course.lot,
        together=course.together,
        disruption=course.disruption,
        undo=course.undo,
        irreversible=course.irreversible,
        snapshot_gb=course.snapshot_gb,
        gates=tuple(gate for gate in policy.gates if matches(gate.of, asset)),
    )


def _proves_nothing(rule: RingRule, placed: Sequence[Asset], assessment: Assessment) -> str:
    """Later rings should know that this one tried nothing out; after a success that is as it should be."""
    if all(assessment.verdicts[asset.id].status is Status.COMPLIANT for asset in placed):
        return f"ring {rule.name}: its {stated(len(placed), 'member', 'is', 'are')} compliant: it has nothing to prove this plan on"
    return f"ring {rule.name}: nothing is planned on its {counted(len(placed), 'member')}, so it proves nothing"
