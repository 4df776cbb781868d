"""The faults that are on, and how often each has struck. One board hangs in every world."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patchkeep.sandbox.faults.fault import Fault, Kind


@dataclass(frozen=True, slots=True)
class Seen:
    """One call as a fault meets it."""

    service: str
    operation: str
    account: str
    region: str
    caller: str
    params: Mapping[str, Any]

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"

    def key(self, *, but: str = "") -> str:
        """What two calls have in common that ask the same; `but`: the name of a parameter that does not count."""
        asked = sorted((name, str(value)) for name, value in self.params.items() if name != but)
        return f"{self.action} {self.account} {self.region} {asked}"


@dataclass(slots=True)
class Placed:
    """A fault on the board."""

    id: str
    fault: Fault
    hits: int = 0
    last: str = ""  # what it struck last
    met: Counter[str] = field(default_factory=Counter)  # the same call again is another attempt
    tokens: dict[str, list[str]] = field(default_factory=dict)  # page tokens of each list, in the order in which they were used

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.hits >= self.fault.times

    def strike(self, what: str) -> Fault:
        self.hits, self.last = self.hits + 1, what
        return self.fault

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, **self.fault.shown(), "hits": self.hits, **({"last": self.last} if self.last else {})}


@dataclass(slots=True)
class Faults:
    """All faults of one world, in the order in which they were put there. Not safe for several threads: the sandbox has a lock."""

    placed: dict[str, Placed] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, fault: Fault) -> Placed:
        made = Placed(f"fault-{next(self._numbers)}", fault)
        self.placed[made.id] = made
        return made

    def remove(self, fault_id: str) -> bool:
        return self.placed.pop(fault_id, None) is not None

    def clear(self) -> int:
        """Take all off; returns how many there were."""
        number = len(self.placed)
        self.placed.clear()
        return number

    def on_call(self, seen: Seen, now: datetime, *, short: bool = False) -> Fault | None:
        """The first fault that strikes this call, counted as a hit. `short`: of short pages alone, which go with any other fault."""
        for one in self.placed.values():
            fault = one.fault
            if fault.kind.of_nodes or (fault.kind is Kind.SHORT_PAGES) != short or one.spent:
                continue
            if fault.at(seen.account, seen.region, now) and fault.means(seen.service, seen.operation) and _struck(one, seen):
                return one.strike(f"{seen.action} in {seen.account}/{seen.region}")
        return None

    def on_node(self, kind: Kind, place: tuple[str, str], node: str, now: datetime) -> Fault | None:
        """The first fault of this kind that strikes the node, counted as a hit. `place`: account and region."""
        for one in self.placed.values():
            fault = one.fault
            if fault.kind is not kind or one.spent or (fault.nodes and node not in fault.nodes):
                continue
            if fault.at(*place, now) and fault.chosen(*place, node):
                return one.strike(f"{node} in {'/'.join(place)}")
        return None


def _struck(one: Placed, seen: Seen) -> bool:
    fault, key = one.fault, seen.key()
    if fault.kind is Kind.SHORT_PAGES:
        return fault.chosen(seen.key(but="NextToken"))
    if fault.kind is Kind.PAGE_TOKEN:
        return _page_asked(one, seen) == fault.page and fault.chosen(key)
    one.met[key] += 1
    return fault.chosen(key, one.met[key])


def _page_asked(one: Placed, seen: Seen) -> int:
    """Which page of its list a call asks for: 1 without a token."""
    token = str(seen.params.get("NextToken") or "")
    if not token:
        return 1
    used = one.tokens.setdefault(seen.key(but="NextToken"), [])
    if token not in used:
        used.append(token)
    return used.index(token) + 2
