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
from patchkeep.services._answers import granted, together
from patchkeep.services._grants import Grant, when

NO_CONTACT = "ResourceNotFoundException"  # GetAlternateContact's word for an account that has none
KINDS = ("OPERATIONS", "SECURITY")  # whom patching concerns, the first of them first


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
    address = described.get("Email", "")
    return AccountSeen(described["Id"], described["Name"], ou, status, address, "account e-mail" if address else "")


@dataclass(frozen=True, slots=True)
class Reached:
    """What a member account says of itself: its enabled regions, and its operations contact, else its security contact ("": none).

    `contact_from`: "operations contact" or "security contact". `untold`: why contacts were not read; whom to write to is then not
    known, which is another thing than nobody.
    """

    regions: tuple[str, ...]
    contact: str
    untold: Gap | None = None
    contact_from: str = ""


def reached() -> Dialogue[Reached]:
    """Regions enabled for the account that is asked (ec2:DescribeRegions leaves out those not opted in), and whom to write to.

    https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html
    """
    regions, *contacts = yield (
        Call.of("ec2", "describe_regions"),
        *(Call.of("account", "get_alternate_contact", AlternateContactType=kind) for kind in KINDS),
    )
    untold = [answer for answer in contacts if isinstance(answer, Refused) and answer.gap.code != NO_CONTACT]
    (answered, *_) = granted((regions, *untold) if isinstance(regions, Refused) else (regions,))
    names = tuple(sorted(region["RegionName"] for region in answered["Regions"]))
    told = [(kind, answer) for kind, answer in zip(KINDS, contacts, strict=True) if not isinstance(answer, Refused)]
    kind, address = next(((f"{kind.lower()} contact", a["AlternateContact"]["EmailAddress"]) for kind, a in told), ("", ""))
    gap = replace(together([refused.gap for refused in untold]), service="contacts") if untold else None
    return Reached(names, address, gap, kind)


def grants(_: Policy) -> tuple[Grant, ...]:
    """Of an account's contacts those for operations and security, not the one for billing."""
    kinds = when(StringEquals={"account:AlternateContactTypes": KINDS})
    return (Grant("Contacts", "account", ("get_alternate_contact",), ("arn:{partition}:account::{account}:account",), kinds),)
