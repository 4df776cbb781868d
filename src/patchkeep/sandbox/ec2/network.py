"""The network that instances stand in, as other tools ask for it: a default VPC's group and access list, and their interfaces.

Nobody makes networks in the sandbox: each account and region has the default VPC with what AWS puts into it (VPC user guide,
"Default security groups for your VPCs" and "Default network ACL for your VPC"), and each instance its primary interface.
There are no elastic addresses, launch templates, client VPN endpoints or transit gateways, and those lists are truly empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from patchkeep.sandbox.ec2.instance import described, first_launched, instances, resource_id
from patchkeep.sandbox.ec2.query import Fields, cut, filtered
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import Node, Site

ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]
EVERY_PROTOCOL = "-1"
LAST_RULE = 32767  # what no rule of an access list lets pass is refused
Row = Mapping[str, Any]
EMPTY: Fields[Row] = {}


@operation("ec2", "DescribeSecurityGroups")
def describe_security_groups(request: Request) -> Answer:
    site = request.site
    group = resource_id("sg", site.account, site.region)
    row = {
        "GroupId": group,
        "GroupName": "default",
        "Description": "default VPC security group",
        "OwnerId": site.account,
        "VpcId": _vpc(site),
        "SecurityGroupArn": f"arn:aws:ec2:{site.region}:{site.account}:security-group/{group}",
        "IpPermissions": [{"IpProtocol": EVERY_PROTOCOL, "UserIdGroupPairs": [{"GroupId": group, "UserId": site.account}]}],
        "IpPermissionsEgress": [{"IpProtocol": EVERY_PROTOCOL, "IpRanges": ANYWHERE}],
    }
    fields: Fields[Row] = {
        "group-id": lambda one: [one["GroupId"]],
        "group-name": lambda one: [one["GroupName"]],
        "vpc-id": lambda one: [one["VpcId"]],
    }
    named = [one for one in [row] if one["GroupName"] in (request.params.get("GroupNames") or ["default"])]
    return _listed(request, "SecurityGroups", _of_ids(request, named, "GroupId", "InvalidGroup.NotFound"), fields)


@operation("ec2", "DescribeNetworkAcls")
def describe_network_acls(request: Request) -> Answer:
    site = request.site
    acl = resource_id("acl", site.account, site.region)
    subnets = sorted({described(node, site)["SubnetId"] for node in instances(site).values()})
    row = {
        "NetworkAclId": acl,
        "IsDefault": True,
        "OwnerId": site.account,
        "VpcId": _vpc(site),
        "Entries": [_entry(outwards=outwards, rule=rule) for outwards in (True, False) for rule in (100, LAST_RULE)],
        "Associations": [
            {"NetworkAclAssociationId": resource_id("aclassoc", subnet), "NetworkAclId": acl, "SubnetId": subnet} for subnet in subnets
        ],
    }
    fields: Fields[Row] = {"vpc-id": lambda one: [one["VpcId"]], "network-acl-id": lambda one: [one["NetworkAclId"]]}
    return _listed(request, "NetworkAcls", _of_ids(request, [row], "NetworkAclId", "InvalidNetworkAclID.NotFound"), fields)


def _entry(*, outwards: bool, rule: int) -> Row:
    action = "deny" if rule == LAST_RULE else "allow"
    return {"CidrBlock": "0.0.0.0/0", "Egress": outwards, "Protocol": EVERY_PROTOCOL, "RuleAction": action, "RuleNumber": rule}


@operation("ec2", "DescribeNetworkInterfaces")
def describe_network_interfaces(request: Request) -> Answer:
    site = request.site
    rows = [_interface(node, site) for node in instances(site).values() if node.state != "terminated"]
    fields: Fields[Row] = {
        "attachment.instance-id": lambda one: [one["Attachment"]["InstanceId"]],
        "network-interface-id": lambda one: [one["NetworkInterfaceId"]],
        "subnet-id": lambda one: [one["SubnetId"]],
        "vpc-id": lambda one: [one["VpcId"]],
    }
    chosen = _of_ids(request, rows, "NetworkInterfaceId", "InvalidNetworkInterfaceID.NotFound")
    return _listed(request, "NetworkInterfaces", chosen, fields)


def _interface(node: Node, site: Site) -> Row:
    shown = described(node, site)
    attachment = {
        "AttachmentId": resource_id("eni-attach", node.id),
        "DeleteOnTermination": True,
        "DeviceIndex": 0,
        "InstanceId": node.id,
        "InstanceOwnerId": site.account,
        "NetworkCardIndex": 0,
        "Status": "attached",
    }
    if attached := first_launched(node):
        attachment["AttachTime"] = attached
    address, name = shown["PrivateIpAddress"], shown["PrivateDnsName"]
    return {
        "NetworkInterfaceId": resource_id("eni", node.id),
        "Attachment": attachment,
        "AvailabilityZone": shown["Placement"]["AvailabilityZone"],
        "Description": "",
        "Groups": shown["SecurityGroups"],
        "InterfaceType": "interface",
        "MacAddress": _mac(node),
        "OwnerId": site.account,
        "PrivateDnsName": name,
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateDnsName": name, "PrivateIpAddress": address}],
        "RequesterManaged": False,
        "SourceDestCheck": shown["SourceDestCheck"],
        "Status": "in-use",
        "SubnetId": shown["SubnetId"],
        "TagSet": [],
        "VpcId": shown["VpcId"],
    }


def _mac(node: Node) -> str:
    """The same in every run; its first octet says that it was given locally."""
    digits = resource_id("mac", node.id).removeprefix("mac-")
    return ":".join(["02", *(digits[start : start + 2] for start in range(0, 10, 2))])


@operation("ec2", "DescribeAddresses")
def describe_addresses(request: Request) -> Answer:
    if named := [*(request.params.get("AllocationIds") or ()), *(request.params.get("PublicIps") or ())]:
        raise AwsError("InvalidAddress.NotFound", f"Address '{named[0]}' not found.")
    return {"Addresses": filtered((), request.params, EMPTY, _no_tags)}


@operation("ec2", "DescribeClientVpnEndpoints")
def describe_client_vpn_endpoints(request: Request) -> Answer:
    if named := request.params.get("ClientVpnEndpointIds"):
        raise AwsError("InvalidClientVpnEndpointId.NotFound", f"Endpoint {named[0]} does not exist")
    return _listed(request, "ClientVpnEndpoints", (), EMPTY)


@operation("ec2", "DescribeTransitGateways")
def describe_transit_gateways(request: Request) -> Answer:
    if named := request.params.get("TransitGatewayIds"):
        raise AwsError("InvalidTransitGatewayID.NotFound", f"Transit Gateway {named[0]} was deleted or does not exist.")
    return _listed(request, "TransitGateways", (), EMPTY)


def _vpc(site: Site) -> str:
    return resource_id("vpc", site.account, site.region)


def _no_tags(_: Row) -> Mapping[str, str]:
    return {}


def _of_ids(request: Request, rows: Sequence[Row], key: str, code: str) -> Sequence[Row]:
    """The rows named by the parameter of ids, or all. Raises AWS's NotFound of the kind."""
    asked = request.params.get(f"{key}s")
    if not asked:
        return rows
    known = {row[key]: row for row in rows}
    if missing := [each for each in asked if each not in known]:
        raise AwsError(code, f"The ID '{missing[0]}' does not exist")
    return [known[each] for each in asked]


def _listed(request: Request, key: str, rows: Sequence[Row], fields: Fields[Row]) -> Answer:
    shown, more = cut(filtered(rows, request.params, fields, _no_tags), request.params, "")
    return {key: shown, **more}
