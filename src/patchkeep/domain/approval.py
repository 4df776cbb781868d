"""Who must agree before a ring may start, and whether somebody's agreement counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from patchkeep.domain.plan import Plan, Ring
from patchkeep.domain.policy import Approval
from patchkeep.domain.progress import Approved, Rollout


@dataclass(frozen=True, slots=True)
class Blocked:
    """A gate that is closed, why, and when to look again (None: when a person has acted)."""

    why: str
    until: datetime | None = None


def gate(rollout: Rollout, plan: Plan, ring: Ring) -> Blocked | None:
    """What keeps the whole ring shut: people who have not agreed yet. Alarms, health and rates join here later.

    Every approval that the ring asks for counts its own people, so two of them with different approvers can both be met.
    """
    for approval in ring.approvals:
        agreed = len({person(a.who) for a in rollout.approvals if a.ring == ring.name and not _objection(approval, plan, a.who)})
        if agreed < approval.people:
            command = f"`patchkeep rollout approve {rollout.id} --ring {ring.name}`"
            return Blocked(f"ring {ring.name} waits for approval ({approval.scope}): {agreed} of {approval.people} people; {command}")
    return None


def approve(rollout: Rollout, plan: Plan, ring: str, who: str, now: datetime) -> Rollout | Blocked:
    """Add a person's agreement to a ring, or say why it does not count. `who`: the ARN that STS verified."""
    rule = next((r for r in plan.rings if r.name == ring), None)
    if rule is None:
        return Blocked(f"no ring {ring} in this rollout; it has {', '.join(r.name for r in plan.rings)}")
    if rollout.status.final:
        return Blocked(f"rollout {rollout.id} is {rollout.status}: nothing of it can start any more")
    if not rule.approvals:
        return Blocked(f"ring {ring} needs no approval")
    if any(a.ring == ring and person(a.who) == person(who) for a in rollout.approvals):
        return Blocked(f"{who} has already approved ring {ring}")
    objections = [_objection(approval, plan, who) for approval in rule.approvals]
    if all(objections):
        return Blocked(objections[0])
    return _told(rollout, replace(rollout, approvals=(*rollout.approvals, Approved(ring, who, now))), plan, rule)


def _told(before: Rollout, after: Rollout, plan: Plan, ring: Ring) -> Rollout:
    """What a rollout waits for is said anew where it was this ring's people."""
    waited = gate(before, plan, ring)
    if waited is None or before.why != waited.why:
        return after
    still = gate(after, plan, ring)
    return replace(after, why=still.why if still else f"ring {ring.name} is approved; `patchkeep rollout resume {before.id}` goes on")


def _objection(approval: Approval, plan: Plan, who: str) -> str:
    """Why somebody's agreement does not count for an approval; "" where it does."""
    if approval.not_author and person(who) == person(plan.author):
        same = "" if who == plan.author or _SSO.search(who) else f" ({plan.author}; sessions of one role are one person)"
        return f"{who} made the plan{same}: {approval.scope} asks for somebody else"
    if approval.approvers and not any(_is_one_of(who, allowed) for allowed in approval.approvers):
        return f"{who} is none of {', '.join(approval.approvers)}, who may approve {approval.scope}"
    return ""


_SSO = re.compile(r"assumed-role/AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}/(?P<user>.+)")


def person(arn: str) -> str:
    """What stays the same between sessions of one person, in whichever account.

    IAM Identity Center names the session by the user, so two permission sets of one user are one person. Sessions of any other role
    bear a name that whoever assumes it chooses (sts AssumeRole, RoleSessionName), which proves nothing: they are one person.
    """
    caller = arn.split(":", 5)[-1]
    found = _SSO.fullmatch(caller)
    if found:
        return f"sso-user/{found['user'].lower()}"
    return caller.rsplit("/", 1)[0] if caller.startswith("assumed-role/") else caller


def _is_one_of(who: str, allowed: str) -> bool:
    """`aws-sso:SET` is the role that IAM Identity Center makes for permission set SET; else the ARN of a role or user."""
    caller = who.split(":", 5)[-1]
    if allowed.startswith("aws-sso:"):
        found = _SSO.fullmatch(caller)
        return found is not None and found["set"] == allowed.removeprefix("aws-sso:")
    if ":role/" in allowed:
        return who.split(":")[4] == allowed.split(":")[4] and caller.startswith(f"assumed-role/{allowed.rsplit('/', 1)[-1]}/")
    return who == allowed
