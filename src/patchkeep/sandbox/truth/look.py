"""A look at the organization and the verdicts on it, as far as they are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap
from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.snapshot import Snapshot

PROVEN = frozenset({Status.COMPLIANT, Status.WAIVED})


@dataclass(frozen=True, slots=True)
class Look:
    """A snapshot (as the store gives it back, where there is one) and the verdict on each of its assets."""

    snapshot: Snapshot
    verdicts: Mapping[str, Compliance]

    def proven(self, asset: str) -> bool:
        return asset in self.verdicts and self.verdicts[asset].status in PROVEN


def explained(gaps: Iterable[Gap], asset: Asset | None, sources: Sequence[str], reached_by: str) -> bool:
    """Whether a gap names one of these operations (or how the account is reached) and concerns the asset."""
    wanted = (*sources, reached_by) if sources else ()
    return any(gap.operation.startswith(wanted) and (asset is None or concerns(gap, asset)) for gap in gaps) if wanted else False


def concerns(gap: Gap, asset: Asset) -> bool:
    return asset.id in gap.assets if gap.assets else gap.covers(asset.target)
