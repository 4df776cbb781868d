"""Whose turn it is: which members of the open ring may be sent their next step now, and what the others wait for.

What holds them back: windows and freezes, the ring's places, groups kept apart, and the caps on one account and one hour. A member
that failed, or that the plan knows to be away, keeps its place in its groups: where one of a cluster may be away, none follows one
that did not come back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from patchkeep.domain.approval import Blocked
from patchkeep.domain.plan import Plan, Ring
from patchkeep.domain.policy import Blast
from patchkeep.domain.progress import Member, Phase, RingState, Rollout
from patchkeep.domain.window import Freeze, MaintenanceWindow, after_freezes, frozen_by, is_open, may_start, next_opening

HARMLESS = frozenset({"verify"})  # reads only: may run outside windows and in freezes
AGREED = frozenset({"opt in", "schedule"})  # AWS is to do it in the resource's own next window
TO_THE_END = frozenset({"reboot"})  # ends what was begun: may still start when the window takes nothing new
HOUR = timedelta(hours=1)
SNAPSHOT = "snapshot"
SNAPSHOT_SERVES = timedelta(hours=24)  # a freeze or a pause later, going back to it would lose more than a day
UNCAPPED = Blast()


@dataclass(frozen=True, slots=True)
class Times:
    """When changes may run, and how many: the policy's windows, freezes and caps."""

    windows: tuple[MaintenanceWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    blast: Blast = UNCAPPED

    def window(self, name: str) -> MaintenanceWindow | None:
        return next((window for window in self.windows if window.name == name), None)


def startable(rollout: Rollout, plan: Plan, index: int, times: Times, now: datetime) -> tuple[Member, ...]:
    """Members of the ring at `index` whose next step may be sent now: begun ones always, new ones while nothing is full."""
    room = _Room.of(rollout, plan, index, times.blast, now)
    after, done = _after(plan), {member.change for ring in rollout.rings for member in ring.members if member.phase is Phase.DONE}
    chosen = []
    for member in rollout.rings[index].members:
        if member.batch or member.ended or not _allowed_now(member, times, now) or not after.get(member.change, set()) <= done:
            continue
        if not occupies(member):
            if not room.takes(member):
                continue
            room.take(member)
        chosen.append(member)
    return tuple(chosen)


def _after(plan: Plan) -> dict[str, set[str]]:
    """By change: those that must be done before it begins."""
    return {change.id: set(change.after) for ring in plan.rings for change in ring.changes if change.after}


def renewed(member: Member, ring: Ring, now: datetime) -> Member:
    """The member; at its first step again where that was a snapshot that is too old by now to be the way back."""
    change = next(change for change in ring.changes if change.id == member.change)
    keeps = change.steps[0] != SNAPSHOT or member.step in {SNAPSHOT, *HARMLESS} or member.begun_at is None
    if keeps or now - (member.begun_at or now) <= SNAPSHOT_SERVES:
        return member
    return replace(member, step=SNAPSHOT, begun_at=now, why="its snapshot is more than a day old: a new one first")


def occupies(member: Member) -> bool:
    """Begun and not ended: it takes one of the ring's places, also between two steps."""
    return member.begun_at is not None and not member.ended


@dataclass(slots=True)
class _Room:
    """What is still free: places in the ring, in each group kept apart, in each account, and in the last hour (None: no cap)."""

    places: int
    hour: int | None
    accounts: dict[str, int] | None
    apart: dict[str, int]
    assets: dict[str, str]
    groups: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rollout: Rollout, plan: Plan, index: int, blast: Blast, now: datetime) -> _Room:
        ring, state = plan.rings[index], rollout.rings[index]
        busy = [member for member in state.members if occupies(member)]
        hour = None if blast.per_hour is None else blast.per_hour - len(_begun_lately(rollout, now))
        places = ring.at_once.of(len(state.members), least=1) - len(busy)
        groups = _away(rollout, plan, (*busy, *_down(rollout)))
        return cls(places, hour, _free_in_accounts(state.members, busy, blast), dict(plan.apart_limits), _assets(plan), groups)

    def takes(self, member: Member) -> bool:
        if self.places <= 0 or (self.hour is not None and self.hour <= 0):
            return False
        if self.accounts is not None and self.accounts[member.target.account] <= 0:
            return False
        own = {self.assets[member.change]}
        return all(len(self.groups.get(group, own) - own) < max(1, self.apart.get(group, 1)) for group in member.apart)

    def take(self, member: Member) -> None:
        self.places -= 1
        for group in member.apart:
            self.groups.setdefault(group, set()).add(self.assets[member.change])
        if self.hour is not None:
            self.hour -= 1
        if self.accounts is not None:
            self.accounts[member.target.account] -= 1


def _down(rollout: Rollout) -> Iterator[Member]:
    """Those that failed, in any ring: nobody knows that they serve, so the groups they are kept apart in have so many fewer."""
    return (member for ring in rollout.rings for member in ring.members if member.phase is Phase.FAILED)


def _assets(plan: Plan) -> dict[str, str]:
    """By change: whose it is."""
    return {change.id: change.asset for ring in plan.rings for change in ring.changes}


def _away(rollout: Rollout, plan: Plan, gone: Iterable[Member]) -> dict[str, set[str]]:
    """By group kept apart: the assets that are away. Those that the plan knew of, until they are patched, and these members."""
    assets = _assets(plan)
    back = {assets[member.change] for ring in rollout.rings for member in ring.members if member.phase is Phase.DONE}
    away = {group: set(known) - back for group, known in plan.apart_away}
    for member in gone:
        for group in member.apart:
            away.setdefault(group, set()).add(assets[member.change])
    return away


def spared(rollout: Rollout, plan: Plan) -> dict[str, str]:
    """By change: members not begun yet that must not begin any more because others failed, and the sentence why.

    Their group, kept apart, has no place left, or one that had to go before them did not come through.
    """
    return _bereft(rollout, plan) | _crowded_out(rollout, plan)


def _bereft(rollout: Rollout, plan: Plan) -> dict[str, str]:
    """Those that follow, directly or not, one that failed or was left out."""
    members = {member.change: member for ring in rollout.rings for member in ring.members}
    gone = {change: member for change, member in members.items() if member.phase in {Phase.FAILED, Phase.LEFT_OUT} and member.ended}
    reasons: dict[str, str] = {}
    after = _after(plan)
    while following := {change: before & gone.keys() for change, before in after.items() if change not in gone and before & gone.keys()}:
        for change, before in following.items():
            first, member = gone[min(before)], members[change]
            gone[change] = member
            if not (member.ended or member.batch or occupies(member)):
                word = "failed" if first.phase is Phase.FAILED else "was left out"
                reasons[change] = f"{first.resource} must go first, and {word}"
    return reasons


def _crowded_out(rollout: Rollout, plan: Plan) -> dict[str, str]:
    limits, assets = dict(plan.apart_limits), _assets(plan)
    failed = {assets[member.change]: member.resource for member in _down(rollout)}
    away = _away(rollout, plan, _down(rollout))
    reasons: dict[str, str] = {}
    if not away:
        return reasons
    for member in (member for ring in rollout.rings for member in ring.members):
        if member.ended or member.batch or occupies(member):
            continue
        for group in member.apart:
            others = sorted(away.get(group, set()) - {assets[member.change]}, key=lambda asset: (asset not in failed, asset))
            if len(others) >= max(1, limits.get(group, 1)):
                why = f"{failed[others[0]]}, which failed" if others[0] in failed else f"{others[0].rsplit('/', 1)[-1]}, which is away"
                reasons[member.change] = f"kept apart in {group} from {why}"
                break
    return reasons


def _free_in_accounts(members: Iterable[Member], busy: Iterable[Member], blast: Blast) -> dict[str, int] | None:
    """Places left in each account: a share counts the account's members in the ring, and at least one may always go."""
    if blast.per_account is None:
        return None
    sizes = Counter(member.target.account for member in members)
    taken = Counter(member.target.account for member in busy)
    return {account: blast.per_account.of(size, least=1) - taken[account] for account, size in sizes.items()}


def _begun_lately(rollout: Rollout, now: datetime) -> list[datetime]:
    """When those members of all rings began that did so within the last hour, oldest first."""
    begun = (member.begun_at for ring in rollout.rings for member in ring.members)
    return sorted(moment for moment in begun if moment is not None and moment > now - HOUR)


def _allowed_now(member: Member, times: Times, now: datetime) -> bool:
    if member.step in HARMLESS:
        return True
    if frozen_by(times.freezes, now):
        return False
    if not member.window:
        return True
    window = times.window(member.window)
    if window is None:
        return False
    return is_open(window, now) if member.step in TO_THE_END else may_start(window, now)


def waits_for(rollout: Rollout, index: int, times: Times, now: datetime) -> Blocked:
    """The nearest moment at which a member that time holds back may go on; the others wait for its place."""
    state = rollout.rings[index]
    by_time = _waits_for_time(state, times, now)
    full = _full_hour(rollout, state, times, now)
    if full is None or (by_time.until and full.until and by_time.until <= full.until):
        return by_time
    return full


def _full_hour(rollout: Rollout, state: RingState, times: Times, now: datetime) -> Blocked | None:
    """When the next one may begin, where only the hour's cap holds somebody back."""
    cap = times.blast.per_hour
    held = any(not member.ended and not occupies(member) and _allowed_now(member, times, now) for member in state.members)
    begun = _begun_lately(rollout, now)
    if cap is None or not held or len(begun) < cap:
        return None
    until = begun[len(begun) - cap] + HOUR
    return Blocked(f"began {len(begun)} within the last hour, and {cap} may (blast.per_hour): goes on at {until:%Y-%m-%d %H:%M %Z}", until)


def _waits_for_time(state: RingState, times: Times, now: datetime) -> Blocked:
    held = [member for member in state.members if not member.ended and not _allowed_now(member, times, now)]
    openings = sorted(opening for member in held if (opening := _opening(member, times, now)))
    gone = sorted({member.window for member in held if member.window and times.window(member.window) is None})
    missing = f"waits for window {gone[0]}, which the policy no longer has" if gone else ""
    freeze = frozen_by(times.freezes, now)
    cause = f"is held by freeze {freeze.name}" if freeze else "waits for its window"
    if openings:
        also = f"; it also {missing}" if missing else ""
        return Blocked(f"{cause} until {openings[0]:%Y-%m-%d %H:%M %Z}{also}", openings[0])
    return Blocked(missing or f"{cause}, and none opens within the time that windows are known for (400 days)")


def _opening(member: Member, times: Times, now: datetime) -> datetime | None:
    if not member.window:
        return after_freezes(times.freezes, now)
    window = times.window(member.window)
    if window and member.step in TO_THE_END:
        window = replace(window, stop_starting=timedelta(0))
    return next_opening(window, times.freezes, now) if window else None


def tally(members: Iterable[Member]) -> str:
    """How many are where, in words: 3 done, 2 under way, 1 to go."""
    counts = Counter(str(m.phase) if m.ended else "under way" if occupies(m) else "to go" for m in members)
    return ", ".join(f"{counts[word]} {word}" for word in ("done", "under way", "failed", "left out", "to go") if counts[word])
