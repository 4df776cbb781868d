"""What a plan costs by the month, line by line, before anybody agrees to it (RULES 23). Pure; prices are `domain/prices.py`'s.

Only what has an effect is a line. A price or a size that is not known reads UNKNOWN, and a total with such a line says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from patchkeep.domain.policy import Policy
from patchkeep.domain.prices import PRICES, Price
from patchkeep.domain.wording import counted

if TYPE_CHECKING:
    from patchkeep.domain.asset import Asset
    from patchkeep.domain.plan import Change, Ring
    from patchkeep.domain.setting import Setting

MONTH = timedelta(hours=730)  # as AWS counts one
FREE_ON_PREM = 1000  # hybrid nodes of an account and region in the standard tier
STATUSES = 3  # COMPLIANT, NON_COMPLIANT, UNKNOWN: a metric each
BATCH_SIZE = 50
STOP_READS = 2  # before each write: in its account, and in the one signed in to
LOOKS = 8  # reads before a batch: its members, who else patches them, baselines
POLLS = 10  # looks at a command until it has ended, one a minute
COMMANDS = "commands"  # the service that patches machines
SNAPSHOT, GREEN = "snapshot", "prepare green"  # steps of others that make a copy
UNKNOWN_PRICE = "UNKNOWN: no price known"
UNKNOWN_SIZE = "UNKNOWN: AWS does not tell how large"


@dataclass(frozen=True, slots=True)
class Cost:
    """One line. `monthly`: dollars; None where it has no price, and then `note` says why."""

    what: str
    quantity: float
    unit: str
    monthly: float | None
    note: str = ""
    source: str = ""  # whose page the price was read on, or "unsourced estimate"
    as_of: str = ""  # the day it was read there


def costs(policy: Policy, settings: Iterable[Setting], rings: Iterable[Ring], assets: Iterable[Asset]) -> tuple[Cost, ...]:
    """Every line with an effect. `assets`: all that were seen, for tiers count them all."""
    rings = tuple(rings)
    return (*_snapshots(rings), *_on_prem(assets), *_heartbeat(policy), *_calls(tuple(settings), rings))


def total(lines: Iterable[Cost]) -> tuple[float, bool]:
    """Dollars a month of the lines that have a price, and whether some line's price is unknown."""
    lines = tuple(lines)
    return sum(line.monthly or 0.0 for line in lines), any(line.monthly is None and line.quantity for line in lines)


def priced(what: str, quantity: float, kind: str, note: str = "", prices: Mapping[str, Price] = PRICES) -> Cost:
    """A line of `quantity` units of a priced kind; of one that the table has no price for, a line that says so."""
    price = prices.get(kind)
    if price is None or price.dollars is None:
        return Cost(what, float(quantity), price.unit if price else "", None, f"{UNKNOWN_PRICE}{f'; {note}' if note else ''}")
    return Cost(what, float(quantity), price.unit, round(float(quantity * price.dollars), 4), note, price.source, price.as_of)


def _snapshots(rings: Iterable[Ring]) -> Iterator[Cost]:
    """Of machines none are taken; of managed resources as large as what they hold, so at most the space that they have."""
    changes = [change for ring in rings for change in ring.changes]
    if any(change.service == COMMANDS for change in changes):
        yield Cost("volume snapshots", 0.0, "GB-month", None, "no snapshots are taken")
    for service in sorted({change.service for change in changes} - {COMMANDS}):
        yield from _copies(service, [change for change in changes if change.service == service])


def _copies(service: str, changes: Sequence[Change]) -> Iterator[Cost]:
    """Snapshots of one service, and second databases while an upgrade is prepared on them."""
    copied = [change for change in changes if SNAPSHOT in change.steps]
    if size := sum(change.snapshot_gb for change in copied):
        note = f"at most, while they are kept: {counted(sum(change.snapshot_gb > 0 for change in copied), 'snapshot')}"
        yield priced(f"{service} snapshots", size, f"{service} snapshot", note)
    if unknown := sum(change.snapshot_gb == 0 for change in copied):
        note = f"{UNKNOWN_SIZE}; {counted(unknown, 'snapshot')}"
        yield Cost(f"{service} snapshots of unknown size", float(unknown), "snapshot", None, note)
    if beside := sum(GREEN in change.steps for change in changes):
        note = f"{UNKNOWN_PRICE}; {counted(beside, 'database')} beside the one in use until it is deleted, of the same class"
        yield Cost("second databases", float(beside), "database", None, note)


def _on_prem(assets: Iterable[Asset]) -> Iterator[Cost]:
    """Beyond 1,000 in an account and region every hybrid node there is paid for, by the hour."""
    hybrid = Counter(asset.target for asset in assets if asset.resource.startswith("mi-"))
    for target, number in sorted(hybrid.items()):
        if number > FREE_ON_PREM:
            hours = number * MONTH / timedelta(hours=1)
            note = f"{number} hybrid nodes in {target}, and {FREE_ON_PREM} are free there in the standard tier"
            yield priced("advanced on-premises tier", hours, "advanced on-prem", note)


def _heartbeat(policy: Policy) -> Iterator[Cost]:
    heartbeat = policy.heartbeat
    if heartbeat is None:
        return
    yield priced("heartbeat metrics", 1 + STATUSES, "metric", f"namespace {heartbeat.namespace}")
    note = f"one at each `discover`, taken every {_hours(heartbeat.every)}; and one a minute while a rollout runs"
    yield priced("heartbeat data points", round(MONTH / heartbeat.every), "metric request", note)
    if heartbeat.topic:
        yield priced("heartbeat alarm", 1, "alarm")


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):g} h"


def _calls(settings: tuple[Setting, ...], rings: tuple[Ring, ...]) -> Iterator[Cost]:
    """About how many calls carrying the plan out makes, once; AWS charges for none of them."""
    writes = sum(len(setting.calls) for setting in settings)
    steps = sum(_steps(ring) for ring in rings)
    number = writes * (1 + STOP_READS) + steps * (1 + STOP_READS + LOOKS + POLLS)
    if number:
        made = f"{counted(writes, 'write')} of settings, {counted(steps, 'command')}"
        note = f"about so many, once: {made} and the looks around them; AWS charges for none"
        yield priced("API calls", number, "api call", note)


def _steps(ring: Ring) -> int:
    """Commands that carry every step to all of the ring's members."""
    nodes = [change for change in ring.changes if change.service == COMMANDS]
    others = sum(len(change.steps) / change.together for change in ring.changes if change.service != COMMANDS)
    return (_batches(ring, nodes) * len(nodes[0].steps) if nodes else 0) + ceil(others)


def _batches(ring: Ring, nodes: Sequence[Change]) -> int:
    """Commands that carry one step to all of the ring's machines."""
    size = len(nodes)
    waves = ceil(size / ring.at_once.of(size, least=1))
    places = Counter(change.target for change in nodes)
    return max(waves, sum(ceil(number / BATCH_SIZE) for number in places.values()))


__all__ = ["UNKNOWN_PRICE", "Cost", "costs", "priced", "total"]
