"""Who has what to do: the assets of a report, by owner."""

from __future__ import annotations

from collections.abc import Iterable

from patchkeep.domain.compliance import Status
from patchkeep.domain.owners import OpenWork
from patchkeep.domain.report.values import AssetRow


def open_work(assets: Iterable[AssetRow]) -> tuple[OpenWork, ...]:
    """A row per owner: most overdue first, then most open, then most UNKNOWN. Assets without an owner stand under the reason."""
    owned: dict[str, list[AssetRow]] = {}
    for asset in assets:
        owned.setdefault(asset.owner, []).append(asset)
    rows = [_row(owner, found) for owner, found in owned.items()]
    return tuple(sorted(rows, key=lambda row: (-(row.overdue or 0), -(row.open_updates or 0), -row.unknown, row.owner)))


def _row(owner: str, assets: list[AssetRow]) -> OpenWork:
    opened = [asset.open_updates for asset in assets if asset.open_updates is not None]
    late = [asset.overdue for asset in assets if asset.overdue is not None]
    return OpenWork(
        owner=owner,
        assets=len(assets),
        non_compliant=sum(asset.verdict.status is Status.NON_COMPLIANT for asset in assets),
        unknown=sum(asset.verdict.status is Status.UNKNOWN for asset in assets),
        open_updates=sum(opened) if opened else None,
        overdue=sum(late) if late else None,
        oldest=max((asset.oldest for asset in assets if asset.oldest is not None), default=None),
    )
