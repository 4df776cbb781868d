"""Account Management: enabled regions and alternate contacts, of one's own account or, from the management account, of a member.

Which regions are on without being asked for: docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html.
A world may have any region switched off, also one of those, so that its file stays short; but not us-east-1, where what belongs to a
whole account is asked.
"""

from __future__ import annotations

from functools import cache

import botocore.session

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page
from patchkeep.sandbox.organizations import delegated
from patchkeep.sandbox.world import Account

MOST_ROWS = 50
ON_BY_DEFAULT = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
        *("ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    }
)


@cache
def all_regions() -> tuple[str, ...]:
    """Every region of the partition `aws` that botocore knows."""
    return tuple(sorted(botocore.session.get_session().get_available_regions("ec2")))


@operation("account", "ListRegions")
def list_regions(request: Request) -> Answer:
    account = _subject(request)
    rows = [{"RegionName": region, "RegionOptStatus": _status(account, region)} for region in all_regions()]
    wanted = request.params.get("RegionOptStatusContains")
    cut, more = page([row for row in rows if not wanted or row["RegionOptStatus"] in wanted], request.params, most=MOST_ROWS)
    return {"Regions": cut, **more}


@operation("account", "GetRegionOptStatus")
def get_region_opt_status(request: Request) -> Answer:
    account, region = _subject(request), request.params["RegionName"]
    if region not in all_regions():
        raise AwsError("ValidationException", f"Region {region} does not exist.")
    return {"RegionName": region, "RegionOptStatus": _status(account, region)}


@operation("account", "GetAlternateContact")
def get_alternate_contact(request: Request) -> Answer:
    """Raises ResourceNotFoundException where nobody has entered a contact of this type."""
    account, kind = _subject(request), request.params["AlternateContactType"]
    if kind not in account.contacts:
        raise AwsError("ResourceNotFoundException", "No contact of the inputted alternate contact type found.", 404)
    contact = {"Name": f"{account.name} {kind.lower()}"[:64], "Title": "Contact", "PhoneNumber": "+1 206 555 0100"}
    return {"AlternateContact": contact | {"EmailAddress": account.contacts[kind], "AlternateContactType": kind}}


@operation("account", "GetContactInformation")
def get_contact_information(request: Request) -> Answer:
    account = _subject(request)
    return {
        "ContactInformation": {
            "FullName": account.name[:50],
            "AddressLine1": "1 Any Street",
            "City": "Any Town",
            "PostalCode": "98109",
            "CountryCode": "US",
            "PhoneNumber": "+1 206 555 0100",
            "CompanyName": account.name[:50],
        }
    }


def _subject(request: Request) -> Account:
    """The account asked about. Only the management account and delegated administrators may name another than their own."""
    named = request.params.get("AccountId")
    if named is None:
        return request.home
    if named == request.account:
        raise AwsError("ValidationException", "An account cannot name itself in AccountId: leave it out.")
    administrator = request.account == request.world.management or request.account in delegated(request.world)
    if not administrator or named not in request.world.accounts:
        sentence = f"User: {request.caller} is not authorized to perform this action on account {named}"
        raise AwsError("AccessDeniedException", sentence, 403)
    return request.world.accounts[named]


def _status(account: Account, region: str) -> str:
    if region not in account.regions:
        return "DISABLED"
    return "ENABLED_BY_DEFAULT" if region in ON_BY_DEFAULT else "ENABLED"
