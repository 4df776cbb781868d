"""What software is inside assets, where the policy asks for it (`read_code`): reads that reach code are off by default (RULES 5).

What cannot be told is a gap that names the asset; whatever else is known of it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from patchkeep.domain.asset import Asset, Contents, Inventory, Manifests
from patchkeep.domain.call import Cause, Gap
from patchkeep.domain.membership import managed_rule_of, membership
from patchkeep.domain.policy import Environment, Policy
from patchkeep.services import Service
from patchkeep.work.seams import Aws, Clock

AT_ONCE = 4  # archives in memory side by side: of each some megabytes
NOT_ASKED = "its dependencies are not read: no rule that takes it has `read_code: true`"
MANIFEST_CURE = "put a lock file or pinned versions into what is deployed"


@dataclass(frozen=True, slots=True)
class Inside:
    """Looks into assets. `looked` says of one what came of it, and the gap where that is not known."""

    aws: Aws
    policy: Policy
    clock: Clock
    services: Mapping[str, Service]

    def all(self, assets: Iterable[Asset]) -> tuple[list[Asset], list[Gap]]:
        """The assets, in order, with what is inside those that a rule with `read_code` takes; and where that is not known."""
        assets = list(assets)
        closed = {asset.id: asset for asset in assets if (service := self.services.get(asset.service)) and service.inside}
        with ThreadPoolExecutor(AT_ONCE, "look-inside") as pool:
            told = list(pool.map(self.looked, closed.values()))
        opened = {asset.id: asset for asset, _ in told}
        return [opened.get(asset.id, asset) for asset in assets], [gap for _, gap in told if gap]

    def looked(self, asset: Asset) -> tuple[Asset, Gap | None]:
        inside = self.services[asset.service].inside
        if inside is None or not _asked_for(self.policy, asset):
            return replace(asset, manifests=Manifests(open=(NOT_ASKED,))), None
        return _with(asset, self.aws.read(asset.target, asset.service, inside(asset)), self.clock)


def _asked_for(policy: Policy, asset: Asset) -> bool:
    environment = membership(policy, asset)
    rule = managed_rule_of(policy, environment, asset) if isinstance(environment, Environment) else None
    return rule is not None and rule.read_code


def _with(asset: Asset, told: Contents | str | Gap, clock: Clock) -> tuple[Asset, Gap | None]:
    """The asset with what was told of it; never with an empty list where nothing was."""
    if isinstance(told, Contents):
        return replace(asset, inventory=Inventory(clock.now(), told.packages), manifests=told.manifests), None
    if isinstance(told, str):
        told = Gap(asset.target, asset.service, Cause.UNREADABLE, told, fix=MANIFEST_CURE)
    why = f"its dependencies are not known: {told.reason}"
    return replace(asset, manifests=Manifests(open=(why,))), replace(told, assets=(asset.id,), hides=False)
