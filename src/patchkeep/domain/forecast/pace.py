"""How many rounds a ring needs whatever its `at_once` says: caps on one account, and groups of which few may be away at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from patchkeep.domain.asset import Asset
from patchkeep.domain.membership import apart_groups
from patchkeep.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Pace:
    """So many rounds at least, and which cap it is that asks for them."""

    rounds: int = 1
    because: str = "`at_once`"


def pace(policy: Policy, members: Collection[Asset]) -> Pace:
    """The slowest of the caps on the members of one ring; one round where there is none."""
    return max((*_accounts(policy, members), *_groups(policy, members)), key=lambda found: found.rounds, default=Pace())


def _accounts(policy: Policy, members: Collection[Asset]) -> Iterator[Pace]:
    if policy.blast.per_account is None:
        return
    for account, size in Counter(asset.target.account for asset in members).items():
        at_once = policy.blast.per_account.of(size, least=1)
        yield Pace(math.ceil(size / at_once), f"`blast.per_account` ({size} in account {account}, {at_once} at once)")


def _groups(policy: Policy, members: Collection[Asset]) -> Iterator[Pace]:
    if not policy.apart:
        return
    named = [(name, rule.at_once) for asset in members for rule, name in apart_groups(policy, (asset,))]
    for (name, at_once), size in Counter(named).items():
        yield Pace(math.ceil(size / max(1, at_once)), f"`apart` ({size} in {name}, {max(1, at_once)} at once)")


def hours(per_hour: int | None, size: int) -> int:
    """In how many hours all of a ring may begin: 1 where nothing caps them, or nobody knows how many they are."""
    return math.ceil(size / per_hour) if per_hour and size else 1
