"""The organization's accounts and their regions: where the services look.

Organizations is asked in the management (or a delegated administrator's) account, EC2 in each member account.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.call import Call, Dialogue, Gap, Refused
from patchkeep.domain.policy import Policy
from patchkeep.domain.snapshot import AccountSeen
from patchkeep.services._answers import granted
from patchkeep.services._grants import Grant, when

NO_CONTACT = "ResourceNotFoundException"


def organization() -> Dialogue[tuple[str, tuple[AccountSeen, ...]]]:
    """The organization's id and all its accounts, each with the path of its organizational unit below the root."""
    described = (yield Call.of("organizations", "describe_organization"))["Organization"]
    roots = (yield Call.of("organizations", "list_roots"))["Roots"]
    accounts = yield from _below(roots[0]["Id"], "")
    return described["Id"], tuple(sorted(accounts, key=lambda account: account.id))


def organization_id() -> Dialogue[str]:
    """The organization's id alone: a member account may ask for it, though not for the list of accounts."""
    described: str = (yield Call.of("organizations", "describe_organization"))["Organization"]["Id"]
    return described


def _below(parent: str, path: str) -> Dialogue[list[AccountSeen]]:
    """Accounts of one unit and of all units below it."""
    asked = (
        Call.of("organizations", "list_accounts_for_parent", ParentId=parent),
        Call.of("organizations", "list_organizational_units_for_parent", ParentId=parent),
    )
    members, units = granted((yield asked))
    found = [_account(account, path) for account in members["Accounts"]]
    for unit in units["OrganizationalUnits"]:
        found += yield from _below(unit["Id"], f"{path}/{unit['Name']}".lstrip("/"))
    return found


def _account(described: dict[str, Any], ou: str) -> AccountSeen:
    status = described.get("State") or described["Status"]
    return AccountSeen(described["Id"], described["Name"], ou, status, described.get("Email", ""))


@dataclass(frozen=True, slots=True)
class Reached:
    """What a member account says of itself: its enabled regions, and its security contact ("" where it has none).

    `untold`: why the contact was not read; whom to write to is then not known, which is another thing than nobody.
    """

    regions: tuple[str, ...]
    contact: str
    untold: Gap | None = None


def reached() -> Dialogue[Reached]:
    """Regions enabled for the account that is asked (ec2:DescribeRegions leaves out those not opted in), and whom to write to.

    https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html: no contact is ResourceNotFoundException.
    """
    regions, contact = yield (
        Call.of("ec2", "describe_regions"),
        Call.of("account", "get_alternate_contact", AlternateContactType="SECURITY"),
    )
    untold = contact.gap if isinstance(contact, Refused) and contact.gap.code != NO_CONTACT else None
    (answered, *_) = granted((regions, contact) if untold and isinstance(regions, Refused) else (regions,))
    names = tuple(sorted(region["RegionName"] for region in answered["Regions"]))
    address = "" if isinstance(contact, Refused) else contact["AlternateContact"]["EmailAddress"]
    return Reached(names, address, replace(untold, service="contacts") if untold else None)


def grants(_: Policy) -> tuple[Grant, ...]:
    """Of an account's contacts the security contact alone."""
    security = when(StringEquals={"account:AlternateContactTypes": "SECURITY"})
    return (Grant("SecurityContact", "account", ("get_alternate_contact",), ("arn:{partition}:account::{account}:account",), security),)
