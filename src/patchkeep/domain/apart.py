"""Groups kept apart, before anything begins: who of them is away already, and who must therefore stay.

Of a quorum of three one may be away. Where one is stopped, has lost its agent, or did not come through its last rollout, nobody knows
that it serves: it takes the place of one that would be patched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Target
from patchkeep.domain.membership import apart_groups
from patchkeep.domain.plan import Change, Ring, Skip
from patchkeep.domain.policy import Policy
from patchkeep.domain.progress import Member, Phase, Rollout

DOWN = frozenset({"stopped", "offline"})  # causes of obstacles
BETTER = "bring those back, or patch them first, and discover again; or let more be away at once (`at_once` under `apart`)"


@dataclass(frozen=True, slots=True)
class Group:
    """Assets that are not to be away together. `away`: ids of those that are known to be, each with the reason."""

    name: str
    at_once: int
    away: Mapping[str, str]

    @property
    def full(self) -> bool:
        return len(self.away) >= max(1, self.at_once)

    @property
    def sentence(self) -> str:
        """Who is away."""
        names = "; ".join(self.away.values())
        return f"{self.name}: {names}: {len(self.away)} of at most {max(1, self.at_once)} that may be away at once"


def groups_of(policy: Policy, assets: Collection[Asset], rollouts: Iterable[Rollout], sound: Collection[str]) -> tuple[Group, ...]:
    """Every group kept apart, with its members that are away. `rollouts`: newest first; `sound`: ids of assets seen to be compliant."""
    left = _left_behind(rollouts)
    away = {asset.id: why for asset in assets if (why := _away(asset, left, sound))}
    members: dict[str, dict[str, str]] = {}
    for asset in assets:
        if asset.id in away:
            for _, name in apart_groups(policy, (asset,)):
                members.setdefault(name, {})[asset.id] = away[asset.id]
    return tuple(Group(name, rule.at_once, members.get(name, {})) for rule, name in apart_groups(policy, assets))


def _away(asset: Asset, left: Mapping[tuple[Target, str], str], sound: Collection[str]) -> str:
    """Why it is known not to serve; "" where it may."""
    down = next((obstacle for obstacle in asset.obstacles if obstacle.cause in DOWN), None)
    if down:
        return f"{asset.name} {down.why}"
    behind = "" if asset.id in sound else left.get((asset.target, asset.resource), "")
    return f"{asset.name} {behind}" if behind else ""


def _left_behind(rollouts: Iterable[Rollout]) -> dict[tuple[Target, str], str]:
    """What the last rollout of each asset left it in, where that is no good end: by place and resource, "" where it is one."""
    found: dict[tuple[Target, str], str] = {}
    for rollout in rollouts:
        for member in (member for ring in rollout.rings for member in ring.members if member.begun_at):
            word = "failed" if member.phase is Phase.FAILED else "came to no end"
            why = f"{word} at {member.step} in rollout {rollout.id}" if _unsound(member) else ""
            found.setdefault((member.target, member.resource), why)
    return found


def _unsound(member: Member) -> bool:
    """Whether something was begun on it that was not seen to end well; who was only scanned is as it was."""
    if member.phase in {Phase.DONE, Phase.LEFT_OUT} or member.step == "scan":
        return False
    return (member.step, member.phase) != ("install", Phase.WAITING)


def hold(rings: Sequence[Ring], groups: Iterable[Group]) -> tuple[tuple[Ring, ...], tuple[Skip, ...]]:
    """The rings without those who must stay, though they could be patched, and why.

    Who is away itself takes nobody else's place. Who must go after one that stays, stays, too.
    """
    full = {group.name: group for group in groups if group.full}
    changes = [change for ring in rings for change in ring.changes]
    staying = {change.id: group.sentence for change in changes if (group := _keeping(change, full))}
    while following := [change for change in changes if change.id not in staying and staying.keys() & set(change.after)]:
        staying |= {change.id: staying[next(before for before in change.after if before in staying)] for change in following}
    skips = (Skip(change.asset, change.name, f"kept apart in {staying[change.id]}", BETTER) for change in changes if change.id in staying)
    held = (replace(ring, changes=tuple(change for change in ring.changes if change.id not in staying)) for ring in rings)
    return tuple(held), tuple(skips)


def _keeping(change: Change, full: Mapping[str, Group]) -> Group | None:
    """The first group that the asset must stay for."""
    return next((full[name] for name in change.apart if name in full and change.asset not in full[name].away), None)


def notes_of(rings: Iterable[Ring], groups: Iterable[Group]) -> tuple[str, ...]:
    """Groups of which fewer than usual may be away at once."""
    planned = {name for ring in rings for change in ring.changes for name in change.apart}
    return tuple(f"kept apart in {group.sentence}" for group in groups if group.away and not group.full and group.name in planned)
