"""How each managed resource's updates are put on, or why nothing is done about it. Pure.

The policy's rule for it says what is wanted, its service how that is done; what a template elsewhere pins is not changed behind its back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from patchkeep.domain.asset import Asset
from patchkeep.domain.calendar.shut import Shut
from patchkeep.domain.call import Target
from patchkeep.domain.course import Course
from patchkeep.domain.membership import managed_rule_of
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import ManagedRule, Policy
from patchkeep.domain.turn import AGREED
from patchkeep.services import Service, template_of
from patchkeep.work.assess import Assessment

Neighbours: TypeAlias = Mapping[tuple[str, Target], Mapping[str, Asset]]


def courses(assessment: Assessment, services: Mapping[str, Service]) -> dict[str, Course | Skip]:
    """By asset id, for every managed resource that may be changed."""
    there = _neighbours(assessment)
    shut = Shut(assessment.policy.freezes, assessment.now)
    free = [asset for asset in assessment.patchable if not asset.is_node]
    found = {asset.id: _course(asset, assessment, services, there) for asset in free}
    return {asset.id: _met(asset, found[asset.id], shut) for asset in free}


def _met(asset: Asset, course: Course | Skip, shut: Shut) -> Course | Skip:
    """What AWS would do in its own next window is not agreed to while that window reaches into a freeze."""
    if isinstance(course, Course) and AGREED & set(course.steps) and (met := shut.next(asset.window)):
        why = f"AWS's own next window reaches into freeze {met.freeze}"
        return Skip(asset.id, asset.name, why, f"plan again when {met.ends}")
    return course


def _neighbours(assessment: Assessment) -> Neighbours:
    found: dict[tuple[str, Target], dict[str, Asset]] = {}
    for asset in assessment.assets:
        found.setdefault((asset.service, asset.target), {})[asset.id] = asset
    return found


def _course(asset: Asset, assessment: Assessment, services: Mapping[str, Service], there: Neighbours) -> Course | Skip:
    service = services.get(asset.service)
    if service is None or service.course is None:
        return Skip(asset.id, asset.name, f"nothing of a {asset.kind} is changed by Patchkeep")
    rule = managed_rule_of(assessment.policy, assessment.environments[asset.id], asset)
    if rule is None:
        return Skip(asset.id, asset.name, "no rule of the policy takes it", f"add one under `managed`: match: {{kind: [{asset.kind}]}}")
    neighbours = there[asset.service, asset.target]
    course = service.course(asset, rule, neighbours)
    if isinstance(course, str):
        return Skip(asset.id, asset.name, course)
    pinned = _pinned(asset, rule, course, assessment.policy)
    if pinned is None:
        return course
    rest = service.course(asset, replace(rule, updates=tuple(line for line in rule.updates if line == "maintenance")), neighbours)
    return rest if isinstance(rest, Course) and not rest.pins else pinned


def _pinned(asset: Asset, rule: ManagedRule, course: Course, policy: Policy) -> Skip | None:
    """Whoever owns the resource would put the old version back at its next run (RULES 13); maintenance mostly pins nothing."""
    owner = template_of(asset.tags, policy.template_tags)
    if not owner or not course.pins or rule.in_place:
        return None
    why = f"{owner} owns it and would set its {course.pins} back"
    return Skip(asset.id, asset.name, why, f"set {course.pins} there; or `in_place: true` in the policy's rule {rule.name}")
