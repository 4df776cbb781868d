"""Who must agree before a ring may start, and whether somebody's agreement counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from patchkeep.domain.plan import Plan, Ring
from patchkeep.domain.progress import Approved, Rollout


@dataclass(frozen=True, slots=True)
class Blocked:
    """A gate that is closed, why, and when to look again (None: when a person has acted)."""

    why: str
    until: datetime | None = None


def gate(rollout: Rollout, ring: Ring) -> Blocked | None:
    """What keeps the whole ring shut: people who have not agreed yet. Alarms, health and rates join here later."""
    agreed = len({person(a.who) for a in rollout.approvals if a.ring == ring.name})
    needed = max((approval.people for approval in ring.approvals), default=0)
    if agreed >= needed:
        return None
    return Blocked(
        f"ring {ring.name} waits for approval: {agreed} of {needed} people; patchkeep rollout approve {rollout.id} --ring {ring.name}"
    )


def approve(rollout: Rollout, plan: Plan, ring: str, who: str, now: datetime) -> Rollout | Blocked:
    """Add a person's agreement to a ring, or say why it does not count."""
    rule = next((r for r in plan.rings if r.name == ring), None)
    if rule is None:
        return Blocked(f"no ring {ring} in this rollout; it has {', '.join(r.name for r in plan.rings)}")
    if any(a.ring == ring and person(a.who) == person(who) for a in rollout.approvals):
        return Blocked(f"{who} has already approved ring {ring}")
    for approval in rule.approvals:
        if approval.not_author and person(who) == person(plan.author):
            return Blocked(f"{who} made the plan: {approval.scope} asks for somebody else")
        if approval.approvers and not any(_is_one_of(who, allowed) for allowed in approval.approvers):
            return Blocked(f"{who} is none of {', '.join(approval.approvers)}, who may approve {approval.scope}")
    return replace(rollout, approvals=(*rollout.approvals, Approved(ring, who, now)))


def person(arn: str) -> str:
    """The part of a caller's ARN that stays the same between sessions of one person: role and session name."""
    return arn.split(":", 5)[-1]


def _is_one_of(who: str, allowed: str) -> bool:
    """`aws-sso:SET` is the role that IAM Identity Center makes for permission set SET; else the ARN of a role or user."""
    caller = person(who)
    if allowed.startswith("aws-sso:"):
        return caller.startswith(f"assumed-role/AWSReservedSSO_{allowed.removeprefix('aws-sso:')}_")
    if ":role/" in allowed:
        return who.split(":")[4] == allowed.split(":")[4] and caller.startswith(f"assumed-role/{allowed.rsplit('/', 1)[-1]}/")
    return who == allowed
