"""Patch groups that machines bear already, held against the one that the policy gives their environment.

A group that most machines of an environment bear was somebody's decision: the cure is one line of the policy (`patch_group`), not a new
tag on each machine. A group that only a few bear is more often a slip of theirs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from patchkeep.domain.asset import Asset
from patchkeep.domain.policy import Environment, Policy
from patchkeep.domain.setting import GROUP_TAG, MARK, group_of

OLD_GROUP_TAG = "Patch Group"  # the other key AWS reads; which of two different values counts is said nowhere
_PLAIN = re.compile(r"(?!(?i:true|false|yes|no|on|off|null|y|n)$)[A-Za-z][\w.-]*")  # what YAML reads as a text without quotes


@dataclass(frozen=True, slots=True)
class Borne:
    """The groups that the machines of one environment bear. `to_name`: the one that the policy should name for it; "": none."""

    environment: str
    place: str  # where the policy says it, as path:line:column
    wanted: str
    machines: int
    groups: tuple[tuple[str, int], ...]  # with how many bear each, most first
    to_name: str = ""

    @property
    def line(self) -> str:
        """What to write into the policy."""
        return f"patch_group: {self.to_name if _PLAIN.fullmatch(self.to_name) else json.dumps(self.to_name, ensure_ascii=False)}"

    @property
    def fix(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"write `{self.line}` into environment {self.environment}{where}: then the policy's baseline rules that group"


def borne_groups(policy: Policy, environments: Mapping[str, Environment], assets: Iterable[Asset]) -> tuple[Borne, ...]:
    """One for each environment of whose machines some bear a group, in the policy's order. `environments`: by asset id."""
    nodes: dict[str, list[Asset]] = {}
    for asset in assets:
        if asset.kind == "node" and asset.id in environments:
            nodes.setdefault(environments[asset.id].name, []).append(asset)
    counted = {name: Counter(group for asset in found for group in groups_of(asset)) for name, found in nodes.items()}
    unnamed = {e.name: _unnamed(policy, e, counted[e.name], len(nodes[e.name])) for e in policy.environments if counted.get(e.name)}
    shared = Counter(unnamed.values())  # one group cannot be two environments'
    return tuple(
        Borne(
            environment.name,
            str(environment.place) if environment.place.path else "",
            group_of(policy, environment),
            len(nodes[environment.name]),
            tuple(sorted(counted[environment.name].items(), key=lambda pair: (-pair[1], pair[0]))),
            unnamed[environment.name] if shared[unnamed[environment.name]] == 1 else "",
        )
        for environment in policy.environments
        if environment.name in unnamed
    )


def groups_of(asset: Asset) -> frozenset[str]:
    """The patch groups that its tags name: none, one, or two where both keys are there and differ."""
    return frozenset(str(asset.tags[key]) for key in (GROUP_TAG, OLD_GROUP_TAG) if asset.tags.get(key))


def _unnamed(policy: Policy, environment: Environment, counted: Counter[str], machines: int) -> str:
    """The group of more than half of its machines, where the policy names none for it and no other environment has that one."""
    group, number = min(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ruled = {group_of(policy, each) for each in policy.environments}
    if environment.patch_group or number * 2 <= machines or group in ruled or group.startswith(MARK):
        return ""
    return group
