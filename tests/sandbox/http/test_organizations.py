"""Organizations and Account Management over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.organizations import delegated
from patchkeep.sandbox.server import RunningSandbox
from tests.sandbox.http.conftest import CLOSED, DEV, HOME, MANAGEMENT, NOW, PROD, Clients

pytestmark = pytest.mark.http


@pytest.fixture(scope="module")
def organizations(clients: Clients, steering: SandboxClient) -> Iterator[Any]:
    yield clients("organizations", MANAGEMENT)
    assert steering.unimplemented() == []


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_accounts_come_page_by_page_with_their_status(organizations: Any) -> None:
    pages = list(organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Accounts"]) for page in pages] == [3, 1]
    rows = {row["Id"]: row["Status"] for page in pages for row in page["Accounts"]}
    assert rows == {MANAGEMENT: "ACTIVE", PROD: "ACTIVE", DEV: "ACTIVE", CLOSED: "SUSPENDED"}


def test_the_tree_is_walked_from_root_to_account_and_back(organizations: Any) -> None:
    (root,) = organizations.list_roots()["Roots"]
    (workloads,) = organizations.list_organizational_units_for_parent(ParentId=root["Id"])["OrganizationalUnits"]
    (prod,) = organizations.list_organizational_units_for_parent(ParentId=workloads["Id"])["OrganizationalUnits"]
    assert (workloads["Name"], prod["Name"]) == ("Workloads", "Prod")
    (account,) = organizations.list_accounts_for_parent(ParentId=prod["Id"])["Accounts"]
    assert account["Id"] == PROD
    assert organizations.list_parents(ChildId=PROD)["Parents"] == [{"Id": prod["Id"], "Type": "ORGANIZATIONAL_UNIT"}]
    assert organizations.list_parents(ChildId=workloads["Id"])["Parents"] == [{"Id": root["Id"], "Type": "ROOT"}]
    children = organizations.list_children(ParentId=workloads["Id"], ChildType="ACCOUNT")["Children"]
    assert {child["Id"] for child in children} == {DEV, CLOSED}
    described = organizations.describe_organizational_unit(OrganizationalUnitId=prod["Id"])["OrganizationalUnit"]
    assert described["Path"] == f"o-small12345/r-abcd/{workloads['Id']}/{prod['Id']}/"


def test_tags_of_an_account_are_listed(organizations: Any) -> None:
    assert organizations.list_tags_for_resource(ResourceId=PROD)["Tags"] == [{"Key": "owner", "Value": "shop"}]
    assert organizations.list_tags_for_resource(ResourceId="r-abcd")["Tags"] == []


@pytest.mark.parametrize(
    ("call", "asked", "expected"),
    [
        ("list_accounts", {"MaxResults": 21}, "InvalidInputException"),
        ("list_accounts", {"NextToken": "x"}, "InvalidInputException"),
        ("describe_account", {"AccountId": "999999999999"}, "AccountNotFoundException"),
        ("describe_account", {"AccountId": "12"}, "InvalidInputException"),
        ("describe_account", {}, "InvalidInputException"),
        ("list_accounts_for_parent", {"ParentId": "ou-abcd-99999999"}, "ParentNotFoundException"),
        ("list_parents", {"ChildId": "999999999999"}, "ChildNotFoundException"),
        ("list_tags_for_resource", {"ResourceId": "999999999999"}, "TargetNotFoundException"),
        ("describe_organizational_unit", {"OrganizationalUnitId": "ou-abcd-99999999"}, "OrganizationalUnitNotFoundException"),
    ],
)
def test_a_question_that_aws_refuses_is_refused(organizations: Any, call: str, asked: dict[str, Any], expected: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(organizations, call)(**asked)
    assert code(refused) == expected


def test_a_member_sees_its_organization_but_not_its_accounts(clients: Clients) -> None:
    member = clients("organizations", DEV)
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    for call, asked in (("list_accounts", {}), ("list_roots", {}), ("describe_account", {"AccountId": PROD})):
        with pytest.raises(ClientError) as refused:
            getattr(member, call)(**asked)
        assert code(refused) == "AccessDeniedException"


def test_a_delegated_administrator_may_list(clients: Clients, sandbox: RunningSandbox, organizations: Any) -> None:
    delegated(sandbox.world)[DEV] = NOW
    try:
        assert len(clients("organizations", DEV).list_accounts()["Accounts"]) == 4
        (row,) = organizations.list_delegated_administrators()["DelegatedAdministrators"]
        assert (row["Id"], row["DelegationEnabledDate"]) == (DEV, NOW)
    finally:
        delegated(sandbox.world).clear()


def test_an_account_knows_its_regions(clients: Clients) -> None:
    account = clients("account", PROD, "us-east-1")
    enabled = account.list_regions(RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"])["Regions"]
    assert {row["RegionName"]: row["RegionOptStatus"] for row in enabled} == {
        HOME: "ENABLED_BY_DEFAULT",
        "eu-west-1": "ENABLED_BY_DEFAULT",
        "eu-south-1": "ENABLED",
    }
    assert account.get_region_opt_status(RegionName="me-south-1")["RegionOptStatus"] == "DISABLED"
    pages = list(account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 20}))
    assert len(pages) > 1


def test_the_management_account_may_ask_for_a_member_and_a_member_for_no_other(clients: Clients) -> None:
    regions = clients("account", MANAGEMENT, "us-east-1").list_regions(AccountId=PROD, RegionOptStatusContains=["ENABLED"])
    assert [row["RegionName"] for row in regions["Regions"]] == ["eu-south-1"]
    with pytest.raises(ClientError) as refused:
        clients("account", DEV, "us-east-1").list_regions(AccountId=PROD)
    assert code(refused) == "AccessDeniedException"


def test_a_contact_is_given_or_not_found(clients: Clients) -> None:
    account = clients("account", PROD, "us-east-1")
    contact = account.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    assert contact["EmailAddress"] == "security@example.com"
    with pytest.raises(ClientError) as refused:
        account.get_alternate_contact(AlternateContactType="BILLING")
    assert code(refused) == "ResourceNotFoundException"
    assert account.get_contact_information()["ContactInformation"]["CompanyName"] == "shop-prod"
