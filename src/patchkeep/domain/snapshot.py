"""What one look at the organization saw: immutable, named by the hash of its content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Cause, Gap, Read, Target
from patchkeep.domain.frozen import content_hash, fingerprint

LOOKING = frozenset({"accounts", "organization", "nodes"})  # services whose gaps hide assets
LEFT_OUT = frozenset({Cause.EXCLUDED, Cause.SUSPENDED})  # causes by which somebody decided so


def hides_assets(gap: Gap) -> bool:
    """Whether behind the gap there may be assets that nobody knows of."""
    return not gap.assets and (gap.hides or gap.service in LOOKING)


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """A member account as Organizations describes it."""

    id: str
    name: str
    ou: str  # path below the root: "Workloads/Prod"
    status: str = "ACTIVE"
    contact: str = ""  # e-mail of the operations contact, else of the security contact, else of the account
    contact_from: str = ""  # "operations contact" | "security contact" | "account e-mail"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything seen in one look. `id` covers what was seen, not when and by which request: equal estates, equal ids."""

    id: str
    taken_at: datetime
    organization_id: str
    accounts: tuple[AccountSeen, ...] = ()
    targets: tuple[Target, ...] = ()  # accounts and regions looked at
    assets: tuple[Asset, ...] = ()
    objects: tuple[Existing, ...] = ()
    gaps: tuple[Gap, ...] = ()
    reads: tuple[Read, ...] = field(default=(), compare=False)


def carry_forward(previous: Iterable[Asset], assets: Iterable[Asset], gaps: Iterable[Gap]) -> tuple[Asset, ...]:
    """The assets seen, and those seen earlier in places that could not be looked at now: known still, but unread."""
    seen = {asset.id: asset for asset in assets}
    gaps, of_account = tuple(gaps), dict[str, tuple[Gap, ...]]()
    for old in previous:
        if old.id in seen:
            continue
        account = old.target.account
        if account not in of_account:  # the gaps and the fleet are large: each asset is held against its own account's only
            of_account[account] = tuple(gap for gap in gaps if gap.target.account in {"", account})
        if gap := next((gap for gap in of_account[account] if _covers(gap, old)), None):
            seen[old.id] = replace(old, unread=(f"not read: {gap.reason}",), unseen=True)
    return tuple(sorted(seen.values(), key=lambda asset: asset.id))


def _covers(gap: Gap, asset: Asset) -> bool:
    """Whether the asset would have been seen but for the gap.

    A gap of an account without a region covers all its regions, one that names assets only those, one of a service that
    service's assets; "accounts" and "organization" are how the others are reached.
    """
    if gap.assets:
        return asset.id in gap.assets
    concerned = gap.service in {"accounts", "organization", asset.service} or not asset.service
    return concerned and gap.covers(asset.target)


def snapshot_id(snapshot: Snapshot) -> str:
    """SHA-256 (hex) of what was seen, in whatever order it came.

    Left out: `id`, `taken_at`, `reads`, and of gaps the request id and traceback. Times of scans and inventories are in:
    they are part of what was seen.
    """
    gaps = (replace(gap, request_id="", traceback="") for gap in snapshot.gaps)
    parts = (snapshot.accounts, snapshot.targets, snapshot.assets, snapshot.objects, gaps)
    return fingerprint([snapshot.organization_id, *(sorted(map(content_hash, part)) for part in parts)])


def named(snapshot: Snapshot) -> Snapshot:
    """The same snapshot with the id that its content gives it."""
    return replace(snapshot, id=snapshot_id(snapshot))
