"""Postpone changes of assets, with who said so and why, and end that again. Clocks go on: a deferral cures and excuses nothing.

Every deferral and every end is in the ledger, in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Target
from patchkeep.domain.deferral import Asked, Deferral, DeferralRefused, defer, refuse, standing
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.domain.plan import Plan
from patchkeep.domain.progress import Batch
from patchkeep.work.seams import Clock, Deferrals, Ledger

DEFERRED, ENDED = "patchkeep:defer", "patchkeep:defer-end"  # the ledger's words
STAYS = frozenset({"verify"})  # steps that a deferral doesn't keep away: it only looks, and ends what was begun


@dataclass(frozen=True, slots=True)
class Deferring:
    """What postponing needs. `caller`: ARN of the identity that STS verified."""

    deferrals: Deferrals
    ledger: Ledger
    clock: Clock
    caller: str


def postpone(deferring: Deferring, assets: Sequence[Asset], asked: Asked, at_most: timedelta) -> tuple[Deferral, ...]:
    """Defer all of the assets, or none. Raises DeferralRefused."""
    now = deferring.clock.now()
    refuse(asked, now, at_most)
    with deferring.ledger.lock("defer"):  # two at once would both find none standing
        earlier: dict[str, list[Deferral]] = {}
        for one in deferring.deferrals.all():
            earlier.setdefault(one.asset, []).append(one)
        made = tuple(defer(asset, asked, deferring.caller, now, earlier.get(asset.id, ())) for asset in assets)
        places = {asset.id: asset.target for asset in assets}
        deferring.deferrals.add(made, [_entry(deferring, one, DEFERRED, places[one.asset]) for one in made])
    return made


def end(deferring: Deferring, asked: Sequence[str], why: str) -> tuple[Deferral, ...]:
    """End the standing deferrals of the assets called so (name, id or ARN). Raises DeferralRefused where one has none, or several do."""
    now = deferring.clock.now()
    in_force = standing(deferring.deferrals.all(), now).values()
    found = [_meant(word, list(in_force)) for word in dict.fromkeys(asked)]
    ended = tuple(replace(one, ended_at=now, ended_by=deferring.caller, ended_why=why.strip()) for one in dict.fromkeys(found))
    try:
        deferring.deferrals.end(ended, [_entry(deferring, one, ENDED, _place(one.asset)) for one in ended])
    except Overtaken as error:
        raise DeferralRefused(f"Nothing was ended: {error}.") from error
    return ended


def _meant(word: str, there: Sequence[Deferral]) -> Deferral:
    found = [one for one in there if word in {one.name, one.asset, one.asset.rsplit("/", 1)[-1], one.id}]
    if not found:
        raise DeferralRefused(f"Nothing called {word} is deferred now; `patchkeep defer list` lists what is.")
    if len(found) > 1:
        ids = ", ".join(one.asset.rsplit("/", 1)[-1] for one in found)
        raise DeferralRefused(f"{len(found)} deferred assets are called {word}: name one by its id: {ids}")
    return found[0]


def _place(asset: str) -> Target:
    """Account and region as the ARN says them."""
    _, partition, _, region, account, *_ = f"{asset}:::::".split(":")
    return Target(account, region, partition or "aws")


def _entry(deferring: Deferring, one: Deferral, operation: str, target: Target) -> Entry:
    params = Frozen(asset=one.asset, name=one.name, until=one.until, ticket=one.ticket, why=one.ended_why if one.ended_at else one.why)
    at, outcome = one.ended_at or one.at, "ended" if one.ended_at else one.sentence
    return Entry(at, "note", one.id, one.asset, target, operation, params, deferring.caller, outcome=outcome)


def put_off(plan: Plan, batch: Batch, deferrals: Deferrals, clock: Clock) -> dict[str, str]:
    """Members of a batch that were deferred since the plan was made, each with the reason why it is left out now."""
    if batch.step in STAYS:
        return {}
    in_force = standing(deferrals.all(), clock.now())
    changes = (c for ring in plan.rings for c in ring.changes if ring.name == batch.ring and c.target == batch.target)
    return {c.resource: in_force[c.asset].sentence for c in changes if c.resource in batch.resources and c.asset in in_force}
