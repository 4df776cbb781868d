"""AWS Organizations: the tree of units and accounts, for the management account and delegated administrators only.

Answers and refusals after docs.aws.amazon.com/organizations/latest/APIReference; pages hold at most 20 rows, as there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from patchkeep.sandbox.identity import global_site
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page
from patchkeep.sandbox.world import Account, World

MOST_ROWS = 20
JOINED = datetime(2021, 3, 1, 9, 30, tzinfo=UTC)
ROOT_NAME = "Root"


def delegated(world: World) -> dict[str, Any]:
    """Delegated administrators: account id -> when it became one."""
    return global_site(world).kept["delegated-administrators"]


@operation("organizations", "DescribeOrganization")
def describe_organization(request: Request) -> Answer:
    """Any member may ask this one."""
    world = request.world
    management = world.accounts[world.management]
    return {
        "Organization": {
            "Id": world.organization_id,
            "Arn": _arn(world, "organization", ""),
            "FeatureSet": "ALL",
            "MasterAccountArn": _arn(world, "account", management.id),
            "MasterAccountId": management.id,
            "MasterAccountEmail": management.email,
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }
    }


@operation("organizations", "ListAccounts")
def list_accounts(request: Request) -> Answer:
    return _listed(request, "Accounts", [_account(request.world, account) for account in request.world.accounts.values()])


@operation("organizations", "DescribeAccount")
def describe_account(request: Request) -> Answer:
    _require_administrator(request)
    account = request.world.accounts.get(request.params["AccountId"])
    if account is None:
        raise AwsError("AccountNotFoundException", "You specified an account that doesn't exist.")
    return {"Account": _account(request.world, account)}


@operation("organizations", "ListRoots")
def list_roots(request: Request) -> Answer:
    world = request.world
    root = world.ous[""]
    policies = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    return _listed(request, "Roots", [{"Id": root, "Arn": _arn(world, "root", root), "Name": ROOT_NAME, "PolicyTypes": policies}])


@operation("organizations", "ListOrganizationalUnitsForParent")
def list_organizational_units_for_parent(request: Request) -> Answer:
    return _listed(request, "OrganizationalUnits", [_unit(request.world, path) for path in _units_below(request.world, _parent(request))])


@operation("organizations", "DescribeOrganizationalUnit")
def describe_organizational_unit(request: Request) -> Answer:
    _require_administrator(request)
    path = _paths(request.world).get(request.params["OrganizationalUnitId"])
    if not path:
        raise AwsError("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
    return {"OrganizationalUnit": _unit(request.world, path)}


@operation("organizations", "ListAccountsForParent")
def list_accounts_for_parent(request: Request) -> Answer:
    path = _parent(request)
    return _listed(request, "Accounts", [_account(request.world, each) for each in request.world.accounts.values() if each.ou == path])


@operation("organizations", "ListChildren")
def list_children(request: Request) -> Answer:
    world, kind, path = request.world, request.params["ChildType"], _parent(request)
    accounts = [account.id for account in world.accounts.values() if account.ou == path]
    ids = accounts if kind == "ACCOUNT" else [world.ous[below] for below in _units_below(world, path)]
    return _listed(request, "Children", [{"Id": each, "Type": kind} for each in ids])


@operation("organizations", "ListParents")
def list_parents(request: Request) -> Answer:
    world, child = request.world, request.params["ChildId"]
    if child in world.accounts:
        path = world.accounts[child].ou
    elif unit := _paths(world).get(child):
        path = unit.rpartition("/")[0]
    else:
        _require_administrator(request)
        raise AwsError("ChildNotFoundException", "You specified a child that doesn't exist.")
    return _listed(request, "Parents", [{"Id": world.ous[path], "Type": "ORGANIZATIONAL_UNIT" if path else "ROOT"}])


@operation("organizations", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    """Accounts bear tags; roots and units of a world have none."""
    world, resource = request.world, request.params["ResourceId"]
    if resource in world.accounts:
        tags: Mapping[str, str] = world.accounts[resource].tags
    elif resource in _paths(world):
        tags = {}
    else:
        raise AwsError("TargetNotFoundException", "You specified a target that doesn't exist.")
    return _listed(request, "Tags", [{"Key": key, "Value": value} for key, value in tags.items()])


@operation("organizations", "ListDelegatedAdministrators")
def list_delegated_administrators(request: Request) -> Answer:
    world = request.world
    rows = []
    for account_id, since in delegated(world).items():
        row = _account(world, world.accounts[account_id]) | {"DelegationEnabledDate": since}
        rows.append({key: value for key, value in row.items() if key != "Paths"})
    return _listed(request, "DelegatedAdministrators", rows)


def _require_administrator(request: Request) -> None:
    if request.account != request.world.management and request.account not in delegated(request.world):
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.")


def _listed(request: Request, name: str, rows: Sequence[Any]) -> Answer:
    _require_administrator(request)
    try:
        cut, more = page(rows, request.params, most=MOST_ROWS)
    except AwsError as error:
        raise AwsError("InvalidInputException", "You provided an invalid value: next token.") from error
    return {name: cut, **more}


def _paths(world: World) -> dict[str, str]:
    return {unit: path for path, unit in world.ous.items()}


def _parent(request: Request) -> str:
    """Path of the unit (or root, "") that `ParentId` names."""
    _require_administrator(request)
    path = _paths(request.world).get(request.params["ParentId"])
    if path is None:
        raise AwsError("ParentNotFoundException", "You specified a parent that doesn't exist.")
    return path


def _units_below(world: World, path: str) -> Iterator[str]:
    return (unit for unit in world.ous if unit and unit.rpartition("/")[0] == path)


def _unit(world: World, path: str) -> dict[str, Any]:
    unit = world.ous[path]
    return {"Id": unit, "Arn": _arn(world, "ou", unit), "Name": path.rpartition("/")[2], "Path": _lineage(world, path)}


def _account(world: World, account: Account) -> dict[str, Any]:
    status = "SUSPENDED" if account.suspended else "ACTIVE"
    return {
        "Id": account.id,
        "Arn": _arn(world, "account", account.id),
        "Email": account.email,
        "Name": account.name,
        "Status": status,
        "State": status,
        "Paths": [f"{_lineage(world, account.ou)}{account.id}/"],
        "JoinedMethod": "INVITED" if account.id == world.management else "CREATED",
        "JoinedTimestamp": JOINED,
    }


def _lineage(world: World, path: str) -> str:
    """From the organization down to a unit: "o-.../r-.../ou-.../"."""
    steps = path.split("/") if path else []
    units = [world.ous["/".join(steps[:depth])] for depth in range(len(steps) + 1)]
    return "/".join((world.organization_id, *units, ""))


def _arn(world: World, kind: str, resource: str) -> str:
    tail = f"{world.organization_id}/{resource}" if resource else world.organization_id
    return f"arn:aws:organizations::{world.management}:{kind}/{tail}"
