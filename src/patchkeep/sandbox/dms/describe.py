"""Replication instances, engine versions and tags, in the shapes of the DMS API Reference."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from patchkeep.sandbox.dms.plant import forced_at
from patchkeep.sandbox.dms.state import Replication, engine, instance
from patchkeep.sandbox.managed.answers import chosen, paged
from patchkeep.sandbox.managed.engines import Version
from patchkeep.sandbox.managed.resource import kept, tag_list
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

SIZE = "dms.r6i.large"


@operation("dms", "DescribeReplicationInstances")
def describe_replication_instances(request: Request) -> Answer:
    """With filters that nothing satisfies it refuses, as the API's one declared fault has it."""
    reads = {
        "replication-instance-arn": lambda one: [one.arn],
        "replication-instance-id": lambda one: [one.name],
        "replication-instance-class": lambda _: [SIZE],
        "engine-version": lambda one: [one.version],
    }
    filters = request.params.get("Filters", ())
    picked = chosen(kept(request.site, Replication).values(), filters, reads)
    if filters and not picked:
        raise AwsError("ResourceNotFoundFault", "No replication instance satisfies the filters.")
    return paged(request.params, "ReplicationInstances", [shown(request, one) for one in picked])


def shown(request: Request, one: Replication) -> dict[str, Any]:
    zones = [request.region + letter for letter in "ab"]
    subnets = [
        {"SubnetIdentifier": f"subnet-0123456{zone[-1]}", "SubnetAvailabilityZone": {"Name": zone}, "SubnetStatus": "Active"}
        for zone in zones
    ]
    return {
        "ReplicationInstanceIdentifier": one.name,
        "ReplicationInstanceClass": SIZE,
        "ReplicationInstanceStatus": one.status,
        "AllocatedStorage": 50,
        "InstanceCreateTime": one.made,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-123abc", "Status": "active"}],
        "AvailabilityZone": zones[0],
        "ReplicationSubnetGroup": {
            "ReplicationSubnetGroupIdentifier": "default",
            "ReplicationSubnetGroupDescription": "default",
            "VpcId": "vpc-6594f31c",
            "SubnetGroupStatus": "Complete",
            "Subnets": subnets,
        },
        "PreferredMaintenanceWindow": str(one.window),
        "PendingModifiedValues": dict(one.pending),
        "MultiAZ": one.multi_az,
        "EngineVersion": one.version,
        "AutoMinorVersionUpgrade": one.auto_minor,
        "KmsKeyId": f"arn:aws:kms:{request.region}:{request.account}:key/AKIAIOSFODNN7EXAMPLE",
        "ReplicationInstanceArn": one.arn,
        "ReplicationInstancePrivateIpAddress": "172.31.75.90",
        "ReplicationInstancePrivateIpAddresses": ["172.31.75.90"],
        "PubliclyAccessible": False,
        **({"SecondaryAvailabilityZone": zones[1]} if one.multi_az else {}),
    }


@operation("dms", "DescribeEngineVersions")
def describe_engine_versions(request: Request) -> Answer:
    return paged(request.params, "EngineVersions", [_version(version, request.now) for version in engine().known(request.now)])


def _version(version: Version, now: datetime) -> dict[str, Any]:
    """Dates that there are not are left out. The newest is what a new instance gets."""
    gone = version.until is not None and version.until <= now
    newest = engine().known(now)[-1] is version
    dates = {"AutoUpgradeDate": version.automatic, "DeprecationDate": version.until, "ForceUpgradeDate": forced_at(version)}
    return {
        "Version": version.number,
        "Lifecycle": "DEPRECATED" if gone else "DEFAULT_VERSION" if newest else "ACTIVE",
        "ReleaseStatus": "prod",
        "LaunchDate": version.at,
        "AvailableUpgrades": [target.number for target in engine().targets(version, now)],
        **{key: date for key, date in dates.items() if date},
    }


@operation("dms", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    """Of one resource, or of several, each tag with whose it is."""
    if arn := request.params.get("ResourceArn"):
        return {"TagList": tag_list(instance(request, arn).tags)}
    several = request.params.get("ResourceArnList", ())
    return {"TagList": [{**tag, "ResourceArn": arn} for arn in several for tag in tag_list(instance(request, arn).tags)]}
