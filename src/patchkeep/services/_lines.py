"""Which of a managed resource's updates a policy's rule puts on now: one choice for every service."""

from __future__ import annotations

from collections.abc import Iterable

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.policy import ManagedRule

_OPEN = frozenset({UpdateState.MISSING, UpdateState.FAILED, UpdateState.OPTIONAL})


def chosen(asset: Asset, rule: ManagedRule, never: Iterable[str] = ()) -> tuple[Update, ...] | str:
    """The open updates that the rule asks for, one engine version at most; else why there is none.

    `never`: ids of updates that nobody can ask AWS for. A rule for "minor" and "major" takes the major version.
    """
    updates = asset.updates or ()
    wanted = [update for update in updates if update.classification in rule.updates and update.state in _OPEN and update.id not in never]
    if not wanted:
        return _nothing(asset, rule, updates, never)
    beaten = {update.key for update in wanted if update.classification == "minor" and _has_major(update, wanted)}
    return tuple(update for update in wanted if update.key not in beaten)


def _has_major(update: Update, wanted: Iterable[Update]) -> bool:
    return any(other.id == update.id and other.classification == "major" for other in wanted)


def _nothing(asset: Asset, rule: ManagedRule, updates: Iterable[Update], never: Iterable[str]) -> str:
    updates = tuple(updates)
    if any(update.id in never and update.state in _OPEN for update in updates):
        return "what is on offer AWS puts on by itself alone: nobody can ask for it"
    if scheduled := [update for update in updates if update.state is UpdateState.SCHEDULED]:
        return f"AWS puts {scheduled[0].title} on in its own window {asset.window}".rstrip()
    if running := [update for update in updates if update.state is UpdateState.RUNNING]:
        return f"{running[0].title} is being put on"
    if not rule.updates:
        return f"rule {rule.name} puts on no updates"
    left = sorted({update.classification for update in updates if update.state in _OPEN} - set(rule.updates))
    if left:
        return f"rule {rule.name} puts on {', '.join(rule.updates)}; on offer: {', '.join(left)}"
    return "nothing to do: nothing on offer that it lacks"
