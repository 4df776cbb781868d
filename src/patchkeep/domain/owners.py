"""Whom an asset belongs to (RULES 25): its tag says so; where it does not, the contact of its account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap
from patchkeep.domain.census import Census, Resident
from patchkeep.domain.policy import Policy
from patchkeep.domain.snapshot import AccountSeen, Snapshot

NOBODY = "nobody"
NOT_READ = "not read"
CONTACTS = "contacts"  # the service of gaps that say why an account's contacts were not read


@dataclass(frozen=True, slots=True)
class Owner:
    """`source`: "tag Owner", "operations contact", "security contact", "account e-mail"; "" where there is no name.

    `why` says why there is none: nobody was ever entered, or AWS did not let us read it, which is another thing.
    """

    name: str = ""
    source: str = ""
    why: str = ""

    @property
    def shown(self) -> str:
        """The name, or why there is none."""
        return self.name or self.why


@dataclass(frozen=True, slots=True)
class OpenWork:
    """The open work of one owner. None: not known, never a nought."""

    owner: str
    assets: int
    non_compliant: int
    unknown: int
    open_updates: int | None
    overdue: int | None
    oldest: timedelta | None


def owner_of(asset: Asset | Resident, account: AccountSeen | None, policy: Policy, *, refused: bool = False) -> Owner:
    """`refused`: the account's contacts were not read."""
    if named := str(asset.tags.get(policy.owner_tag, "")).strip():
        return Owner(named, f"tag {policy.owner_tag}")
    if not policy.owner_fallback:
        return Owner(why=NOBODY)
    if account and account.contact:
        return Owner(account.contact, account.contact_from or "account contact")
    return Owner(why=NOT_READ if refused or account is None else NOBODY)


def owners(snapshot: Snapshot | Census, policy: Policy) -> Mapping[str, Owner]:
    """Every asset's owner by its id. Tags that were not read leave an owner not read, never a wrong one."""
    accounts = {account.id: account for account in snapshot.accounts}
    silent = {gap.target.account for gap in _about_contacts(snapshot.gaps)}
    return {
        asset.id: owner_of(asset, accounts.get(asset.target.account), policy, refused=bool({"", asset.target.account} & silent))
        for asset in snapshot.assets
    }


def _about_contacts(gaps: Iterable[Gap]) -> Iterable[Gap]:
    """Gaps that hide contacts: of the contacts themselves, and of whole accounts."""
    return (gap for gap in gaps if gap.service in {CONTACTS, "accounts", "organization"} and not gap.assets)
