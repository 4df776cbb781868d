"""The managed nodes as SSM lists them, with what their agents last said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.association_store import associations_of
from patchkeep.sandbox.ssm.ids import must_be_node_id
from patchkeep.sandbox.ssm.listing import kept_by, listing, without_none
from patchkeep.sandbox.ssm.platforms import LATEST_AGENT, platform_of
from patchkeep.sandbox.ssm.select import known, last_ping, managed

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.sandbox.world import Node, Site

LOST_AFTER = timedelta(minutes=5)  # the user guide: no ping for five minutes is a lost connection
_Test = Callable[["Node", Sequence[str]], bool]


def ping_status(node: Node, now: datetime) -> str:
    """Say "Online" or "ConnectionLost"; SSM notices a silent agent only after five minutes."""
    pinged = last_ping(node, now)
    return "Online" if pinged is not None and now - pinged < LOST_AFTER and node.state != "terminated" else "ConnectionLost"


@operation("ssm", "DescribeInstanceInformation")
def describe_instance_information(request: Request) -> Answer:
    old, new = request.params.get("InstanceInformationFilterList"), request.params.get("Filters")
    if old and new:
        raise AwsError("ValidationException", "Filters and InstanceInformationFilterList can't be used together.")
    filters = list(new or old or ())
    passes = kept_by(filters, _tests(request, filters), "InvalidFilterKey")
    rows = [_row(request, node) for node in managed(request.site) if passes(node)]
    return listing(request, "InstanceInformationList", rows, size=(5, 50, 10))


@operation("ssm", "DescribeInstanceProperties")
def describe_instance_properties(request: Request) -> Answer:
    filters = list(request.params.get("FiltersWithOperator") or request.params.get("InstancePropertyFilterList") or ())
    passes = kept_by(filters, _tests(request, filters), "InvalidFilterKey")
    rows = [_properties(request, node) for node in managed(request.site) if passes(node)]
    return listing(request, "InstanceProperties", rows, size=(5, 1000, 50))


@operation("ssm", "GetConnectionStatus")
def get_connection_status(request: Request) -> Answer:
    node = known(request.site, request.params["Target"])
    online = ping_status(node, request.now) == "Online"
    return {"Target": node.id, "Status": "connected" if online else "notconnected"}


def _tests(request: Request, filters: Iterable[Mapping[str, Any]]) -> dict[str, _Test]:
    now, site = request.now, request.site
    tests: dict[str, _Test] = {
        "InstanceIds": _has_id,
        "AgentVersion": lambda node, values: node.agent_version in values,
        "PingStatus": lambda node, values: ping_status(node, now) in values,
        "PlatformTypes": lambda node, values: platform_of(node.os).type in values,
        "ResourceType": lambda node, values: _resource_type(node) in values,
        "IamRole": lambda node, values: str(node.ec2.get("IamRole", "")) in values,
        "ActivationIds": lambda node, values: str(node.ec2.get("ActivationId", "")) in values,
        "AssociationStatus": lambda node, values: _association_status(site, node) in values,
        "tag-key": lambda node, values: any(name in values for name in node.tags),
    }
    for one in filters:
        name = str(one.get("Key") or one.get("key") or "")
        if name.startswith("tag:"):
            tests[name] = _tag_test(name.removeprefix("tag:"))
    return tests


def _has_id(node: Node, values: Sequence[str]) -> bool:
    for value in values:
        must_be_node_id(value)
    return node.id in values


def _tag_test(tag: str) -> _Test:
    return lambda node, values: node.tags.get(tag) in values


def _resource_type(node: Node) -> str:
    return "ManagedInstance" if node.id.startswith("mi-") else "EC2Instance"


def _row(request: Request, node: Node) -> Answer:
    platform = platform_of(node.os)
    hybrid = node.id.startswith("mi-")
    return without_none(
        InstanceId=node.id,
        PingStatus=ping_status(node, request.now),
        LastPingDateTime=last_ping(node, request.now),
        AgentVersion=node.agent_version,
        IsLatestVersion=node.agent_version == LATEST_AGENT,
        PlatformType=platform.type,
        PlatformName=platform.name,
        PlatformVersion=platform.version,
        ResourceType=_resource_type(node),
        IPAddress=str(node.ec2.get("PrivateIpAddress", "10.0.0.1")),
        ComputerName=computer_name(request.region, node),
        SourceId=node.id,
        SourceType="AWS::SSM::ManagedInstance" if hybrid else "AWS::EC2::Instance",
        ActivationId=node.ec2.get("ActivationId") if hybrid else None,
        IamRole=node.ec2.get("IamRole") if hybrid else None,
        RegistrationDate=node.registered if hybrid else None,
        Name=node.tags.get("Name", "") if hybrid else None,
        **_associations(request.site, node),
    )


def _associations(site: Site, node: Node) -> Answer:
    """Sum up what State Manager last did on the node; nothing when it never did."""
    found = [one for one in associations_of(site).values() if node.id in one.last]
    if not found:
        return {}
    status = _association_status(site, node)
    good = [one.last_good[node.id] for one in found if node.id in one.last_good]
    return without_none(
        AssociationStatus=status,
        LastAssociationExecutionDate=max(one.last[node.id].at for one in found),
        LastSuccessfulAssociationExecutionDate=max(good, default=None),
        AssociationOverview={
            "DetailedStatus": status,
            "InstanceAssociationStatusAggregatedCount": dict(Counter(one.last[node.id].status for one in found)),
        },
    )


def _association_status(site: Site, node: Node) -> str:
    seen = {one.last[node.id].status for one in associations_of(site).values() if node.id in one.last}
    return next((status for status in ("Failed", "InProgress", "Pending", "Success") if status in seen), "")


def computer_name(region: str, node: Node) -> str:
    address = str(node.ec2.get("PrivateIpAddress", "10.0.0.1")).replace(".", "-")
    return node.tags.get("Name", node.id) if node.id.startswith("mi-") else f"ip-{address}.{region}.compute.internal"


def _properties(request: Request, node: Node) -> Answer:
    row = _row(request, node)
    names = ("InstanceId", "PingStatus", "LastPingDateTime", "AgentVersion", "PlatformType", "PlatformName", "PlatformVersion")
    more = ("ResourceType", "IPAddress", "ComputerName", "SourceId", "SourceType", "ActivationId", "IamRole", "RegistrationDate", "Name")
    answer = {name: row[name] for name in (*names, *more) if name in row}
    if not node.id.startswith("mi-"):
        answer |= {"InstanceState": node.state, **without_none(LaunchTime=node.launched)}
    return answer
