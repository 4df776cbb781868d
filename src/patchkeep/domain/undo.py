"""The plan that takes back what a rollout did: one change for each that has a way back, all others left out with the reason. Pure.

It has the rollout's own rings, the last one first, with their windows, limits and approvals; nothing goes back before what followed it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from patchkeep.domain.asset import Update
from patchkeep.domain.frozen import Frozen, fingerprint
from patchkeep.domain.plan import IRREVERSIBLE, Change, Plan, Ring, Skip, plan_id
from patchkeep.domain.policy import Policy
from patchkeep.domain.progress import Member, Rollout

UNDO = "undo"  # the one step of such a change
NO_WAY_BACK = "what was put on a machine stays: Patchkeep has no way back"


class UndoRefused(Exception):  # noqa: N818 - it says what happened
    """Nothing can be planned, and why."""


@dataclass(frozen=True, slots=True)
class Partly:
    """A way back for these updates of a change alone; `stays`: why the others stay, a sentence."""

    asks: Frozen
    updates: tuple[Update, ...]
    stays: str


Way = Frozen | Partly | str  # what a service needs to know to undo a change; the sentence why it cannot be undone


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants it, when, by which policy; `only`: names, resources or ids of assets, none for all of the rollout."""

    policy: Policy
    at: datetime
    author: str
    only: tuple[str, ...] = ()


def undoing(rollout: Rollout, plan: Plan, ways: Mapping[str, Way], asked: Asked) -> Plan:
    """The plan. `ways`: by id of change what its service says.

    Raises UndoRefused where the rollout has not ended, or holds no asset that is called so.
    """
    if not rollout.status.final:
        raise UndoRefused(f"Rollout {rollout.id} is still {rollout.status}: end it first (`patchkeep rollout halt {rollout.id}`).")
    chosen = _chosen(plan, asked.only)
    members = {member.change: member for ring in rollout.rings for member in ring.members}
    skips = {change.id: why for change in chosen if (why := _no_way(change, members[change.id], ways))}
    taken = {change.id: _undo(change, ways, rollout) for change in chosen if change.id not in skips}
    followers = _followers(plan, taken)
    ordered = {identity: replace(change, after=followers.get(identity, ())) for identity, change in taken.items()}
    rings = tuple(ring for old in reversed(plan.rings) if (ring := _ring(old, ordered, asked.policy)).changes)
    stays = {change.id: why for change in chosen if (why := skips.get(change.id) or _stays(ways[change.id]))}
    left = tuple(Skip(change.asset, change.name, stays[change.id]) for change in chosen if change.id in stays)
    note = f"takes back what rollout {rollout.id} of {rollout.started_at:%Y-%m-%d %H:%M %Z} did, by plan {plan.id}"
    made = replace(
        plan,
        id="",
        made_at=asked.at,
        author=asked.author,
        policy_hash=asked.policy.hash,
        policy_name=asked.policy.name,
        settings=(),
        rings=rings,
        skips=left,
        gaps=(),
        notes=(note,),
        only=(),
        costs=(),
    )
    return replace(made, id=plan_id(made))


def _chosen(plan: Plan, only: Collection[str]) -> tuple[Change, ...]:
    changes = tuple(change for ring in plan.rings for change in ring.changes)
    called = {change.id: {change.name, change.resource, change.asset} for change in changes}
    for word in only:
        if not any(word in names for names in called.values()):
            raise UndoRefused(f"Plan {plan.id} changes nothing that is called {word}.")
    return tuple(change for change in changes if not only or called[change.id] & set(only))


def _no_way(change: Change, member: Member, ways: Mapping[str, Way]) -> str:
    """Why nothing is taken back of it; "" where there is a way."""
    if member.begun_at is None:
        return "nothing was begun on it"
    way = ways.get(change.id, NO_WAY_BACK)
    return (way or "there is no way back") if isinstance(way, str) else ""


def _stays(way: Way) -> str:
    return way.stays if isinstance(way, Partly) else ""


def _undo(change: Change, ways: Mapping[str, Way], rollout: Rollout) -> Change:
    way = ways[change.id]
    assert not isinstance(way, str)  # noqa: S101 - narrows the type: sentences are skips
    asks, updates = (way.asks, way.updates) if isinstance(way, Partly) else (way, change.updates)
    identity = f"c-{fingerprint([change.id, rollout.id, UNDO])[:16]}"
    back = replace(change, id=identity, updates=updates, steps=(UNDO,), asks=asks, gates=())
    return replace(back, undo="", irreversible=False, snapshot_gb=0.0)


def _followers(plan: Plan, taken: Mapping[str, Change]) -> dict[str, tuple[str, ...]]:
    """By id of a change that is taken back, the new ids of those that came after it: they go back first."""
    found: dict[str, list[str]] = {}
    for change in (change for ring in plan.rings for change in ring.changes if change.id in taken):
        for first in change.after:
            found.setdefault(first, []).append(taken[change.id].id)
    return {identity: tuple(sorted(later)) for identity, later in found.items()}


def _ring(old: Ring, taken: Mapping[str, Change], policy: Policy) -> Ring:
    """Its own changes, and the approvals that the policy asks for where their environments are changed."""
    changes = tuple(taken[change.id] for change in old.changes if change.id in taken)
    names = {change.environment for change in changes}
    approvals = tuple(one for one in policy.approvals if one.scope in names and one.scope != IRREVERSIBLE)
    return replace(old, changes=changes, approvals=approvals)
