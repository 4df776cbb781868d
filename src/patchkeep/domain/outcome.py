"""What a result does to a member: where it goes next, and what is said of it.

A member moves only by a result that was really seen: no result, no move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from patchkeep.domain.plan import Change, Plan
from patchkeep.domain.progress import Member, Phase, Result, Rollout

SAID = {"scan": "scanned", "install": "installed", "reboot": "rebooted"}  # what a member's `why` says after the step


def digest(rollout: Rollout, plan: Plan, results: Mapping[str, Mapping[str, Result]]) -> Rollout:
    """The rollout after what came back. `results`: batch id -> resource -> result."""
    planned = {change.id: change for ring in plan.rings for change in ring.changes}

    def moved(member: Member) -> Member:
        result = results.get(member.batch, {}).get(member.resource) if member.batch else None
        return _moved(member, result, planned[member.change]) if result else member

    return move(rollout, moved)


def move(rollout: Rollout, moved: Callable[[Member], Member]) -> Rollout:
    """Every member moved; a batch that no member waits for any more is no longer under way."""
    rings = tuple(replace(ring, members=tuple(moved(member) for member in ring.members)) for ring in rollout.rings)
    awaited = {member.batch for ring in rings for member in ring.members if member.batch}
    return replace(rollout, rings=rings, batches=tuple(batch for batch in rollout.batches if batch.id in awaited))


def failed(member: Member, why: str) -> Member:
    return replace(member, phase=Phase.FAILED, batch="", why=f"{member.step}: {why}")


def left_out(member: Member, why: str) -> Member:
    return replace(member, phase=Phase.LEFT_OUT, batch="", why=f"left out before its {member.step}: {why}")


def _moved(member: Member, result: Result, change: Change) -> Member:
    match result.phase:
        case Phase.WAITING | Phase.RUNNING:  # also of a lost one: AWS can tell again
            return replace(member, phase=Phase.RUNNING)
        case Phase.LOST:
            return replace(member, phase=Phase.LOST, why=f"{member.step}: {result.message}")
        case Phase.FAILED:
            return failed(member, result.message)
        case Phase.LEFT_OUT:  # nothing was sent, so nothing comes of it
            return left_out(member, result.message)
        case Phase.DONE:
            return _verified(member, result, change) if member.step == "verify" else _next(member, result, change)


def _next(member: Member, result: Result, change: Change) -> Member:
    """The member at the next of its change's steps, or done where none is left or the scan found nothing to do."""
    later = change.steps[change.steps.index(member.step) + 1 :]
    why = SAID.get(member.step, f"{member.step} done")
    if member.step == "scan" and not result.open and not result.pending_reboot:
        later, why = (), "nothing to do: already clean"
    elif member.step == "scan" and result.pending_reboot >= len(result.open):
        later, why = _without("install", later), "scanned: only a reboot is open"
    elif member.step == "install" and not result.pending_reboot:
        later = _without("reboot", later)
    following = later[0] if later else ""
    phase = Phase.WAITING if following else Phase.DONE
    return replace(member, step=following, phase=phase, batch="", why=why, unreached_since=None)  # each step is waited for anew


def _without(unneeded: str, steps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step for step in steps if step != unneeded)


def _verified(member: Member, result: Result, change: Change) -> Member:
    """Failed only by an update that was planned: what was released meanwhile is said, not held against it."""
    planned = {update.key: update.id for update in change.updates}
    left = sorted(planned[key] for key in set(result.open) & set(planned))
    if left:
        return failed(member, f"{_count(len(left), 'planned update')} still open, first {left[0]}")
    newer = len(set(result.open) - set(planned))
    why = f"versions seen as planned; {_count(newer, 'update')} released meanwhile" if newer else "versions seen as planned"
    return replace(member, step="", phase=Phase.DONE, batch="", why=why)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
