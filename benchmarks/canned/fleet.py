"""Who lives in the pretend organization: accounts, their regions, and nodes with packages. The same numbers, the same fleet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

REGIONS = ("eu-central-1", "us-east-1")  # the second holds a fifth of an account's nodes
SYSTEMS = ("amzn", "ubuntu", "windows")
UNITS = ("Prod", "Staging", "Dev")
UNCLEAN = 0.15  # share of nodes with something open: AWS is asked for the patches of these
UNMANAGED = 0.02  # share of instances that Systems Manager has never heard of
SHARED, OWN = 0.95, 0.05  # of a node's packages: as its image brought them, and its own


@dataclass(frozen=True, slots=True)
class Node:
    """One instance. `missing`: how many patches it lacks; None: not managed."""

    id: str
    number: int
    system: str
    missing: int | None

    @property
    def managed(self) -> bool:
        return self.missing is not None


@dataclass(frozen=True)
class Fleet:
    """`nodes` instances, spread evenly over `accounts`; `packages` on each. No two nodes have equal packages: the worst case."""

    nodes: int
    accounts: int
    packages: int

    @cached_property
    def account_ids(self) -> tuple[str, ...]:
        return tuple(f"4000000{number:05}" for number in range(self.accounts))

    def unit(self, account: str) -> str:
        return UNITS[int(account[-5:]) % len(UNITS)]

    def here(self, account: str, region: str) -> tuple[Node, ...]:
        return self._places.get((account, region), ())

    @cached_property
    def _places(self) -> dict[tuple[str, str], tuple[Node, ...]]:
        places: dict[tuple[str, str], list[Node]] = {}
        for node in self._all():
            account = self.account_ids[node.number % self.accounts]
            region = REGIONS[1] if node.number // self.accounts % 5 == 0 else REGIONS[0]
            places.setdefault((account, region), []).append(node)
        return {place: tuple(nodes) for place, nodes in places.items()}

    def _all(self) -> Iterator[Node]:
        dice = random.Random(1)  # noqa: S311 - reproducible, not secret
        for number in range(self.nodes):
            missing: int | None = dice.randint(1, 12) if dice.random() < UNCLEAN else 0
            if dice.random() < UNMANAGED:
                missing = None
            yield Node(f"i-{number:017x}", number, dice.choice(SYSTEMS), missing)

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for nodes in self._places.values() for node in nodes}

    def package_numbers(self, node: Node) -> list[tuple[int, int]]:
        """(number, version) of each package: most as the image brought them, at its month's patch level; some that it alone has."""
        month = node.number % 12
        common = int(self.packages * SHARED)
        own = random.Random(node.number).sample(range(common, common * 5), self.packages - common)  # noqa: S311
        shared = [(number, month if number % 3 == 0 else 0) for number in range(common)]
        return shared + [(number, node.number % 4) for number in sorted(own)]
