"""AWS's own rings: Organizations' upgrade rollout policies, made of the policy's rings, and databases held against them. Pure.

They order only the automatic minor version upgrades of RDS and Aurora: first, second, last; how long AWS waits between them is AWS's
to choose, and an upgrade made by hand goes before. Whoever has no order is second. Sources: AWS Organizations User Guide, "Upgrade
rollout policies" and "Upgrade rollout policy syntax and examples"; Amazon RDS User Guide, "Using AWS Organizations upgrade rollout
policy for automatic minor version upgrades".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.asset import Asset, Obstacle
from patchkeep.domain.policy import Environment, Installer, Policy

FIRST, SECOND, LAST = "first", "second", "last"
MOST_BYTES = 5120  # of one policy
ROOT = "the organization's root"


@dataclass(frozen=True, slots=True)
class RolloutPolicy:
    """One upgrade rollout policy, and the units or accounts that it is to be attached to."""

    name: str
    attach_to: tuple[str, ...]
    content: Mapping[str, Any]

    @property
    def text(self) -> str:
        """As Organizations takes it."""
        return json.dumps(self.content, separators=(",", ":"), sort_keys=True)


def order_of(policy: Policy, environment: Environment) -> str:
    """When AWS's automatic upgrades should reach an environment: with its first ring; "" where no ring draws from it."""
    places = {env.name: place for env in policy.environments if (place := _place(policy, env)) is not None}
    mine = places.get(environment.name)
    if mine is None:
        return ""
    distinct = sorted(set(places.values()))
    if len(distinct) == 1:
        return SECOND
    return FIRST if mine == distinct[0] else LAST if mine == distinct[-1] else SECOND


def _place(policy: Policy, environment: Environment) -> int | None:
    """The number of the first ring that draws from it. Where AWS installs, the last ring of all."""
    if environment.installer is Installer.AWS:
        return len(policy.rings) if policy.rings else None
    drawing = (n for n, ring in enumerate(policy.rings) if not ring.environments or environment.name in ring.environments)
    return next(drawing, None)


def rollout_policies(policy: Policy) -> Iterator[RolloutPolicy]:
    """One for each set of units or accounts that an environment names; environments told apart by tags share one.

    Raises ValueError where one of them is longer than Organizations takes.
    """
    tagged: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for environment in policy.environments:
        order = order_of(policy, environment)
        where = (*environment.match.ous, *environment.match.accounts) or (ROOT,)
        if not order:
            continue
        if not environment.match.tags:
            yield _checked(RolloutPolicy(f"{policy.name}-{environment.name}", where, _content(order)))
            continue
        values = tagged.setdefault(where, {})
        for key, those in environment.match.tags.items():
            values.setdefault(key, {}).update(dict.fromkeys(those, order))
    for number, (where, tags) in enumerate(tagged.items(), start=1):
        name = f"{policy.name}-by-tag{'' if len(tagged) == 1 else f'-{number}'}"
        yield _checked(RolloutPolicy(name, where, _content(SECOND, tags)))


def _content(default: str, tags: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Any]:
    rollout: dict[str, Any] = {"default": {"patch_order": {"@@assign": default}}}
    if tags:
        rollout["tags"] = {
            key: {"tag_values": {value: {"patch_order": {"@@assign": order}} for value, order in values.items()}}
            for key, values in tags.items()
        }
    return {"upgrade_rollout": rollout}


def _checked(made: RolloutPolicy) -> RolloutPolicy:
    if (size := len(made.text.encode())) > MOST_BYTES:
        raise ValueError(f"the upgrade rollout policy {made.name} has {size:,} bytes, and Organizations takes {MOST_BYTES:,} at most")
    return made


def out_of_order(asset: Asset, environment: Environment, policy: Policy) -> Obstacle | None:
    """Where AWS's automatic upgrades would reach a database in another order than its ring's; None where they would not."""
    wanted = order_of(policy, environment)
    if not asset.upgrade_order or not wanted or asset.upgrade_order == wanted:
        return None
    why = f"AWS's automatic minor upgrades reach it {asset.upgrade_order}, and its ring means {wanted}"
    return Obstacle("upgrade rollout order", why, "patchkeep export upgrade-rollout writes the policies for Organizations")
