"""What an account or an instance says of itself when asked for one setting. Nobody changes these here: they are AWS's defaults.

Account settings: EC2 user guide, "Amazon EBS encryption by default", "Block public access for EBS snapshots", "Block public
access to your AMIs" and "Set account defaults for IMDS". Attributes of an instance: DescribeInstanceAttribute, API reference.
"""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.ec2.instance import described, instances, root_device
from patchkeep.sandbox.ec2.query import looked_up
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation


@operation("ec2", "GetEbsEncryptionByDefault")
def get_ebs_encryption_by_default(_: Request) -> Answer:
    return {"EbsEncryptionByDefault": False, "SseType": "sse-ebs"}


@operation("ec2", "GetSnapshotBlockPublicAccessState")
def get_snapshot_block_public_access_state(_: Request) -> Answer:
    return {"State": "unblocked", "ManagedBy": "account"}


@operation("ec2", "GetImageBlockPublicAccessState")
def get_image_block_public_access_state(_: Request) -> Answer:
    """Switched on by AWS itself where an account had no public AMI."""
    return {"ImageBlockPublicAccessState": "block-new-sharing", "ManagedBy": "account"}


@operation("ec2", "GetInstanceMetadataDefaults")
def get_instance_metadata_defaults(_: Request) -> Answer:
    return {"AccountLevel": {"ManagedBy": "account"}}


@operation("ec2", "DescribeInstanceAttribute")
def describe_instance_attribute(request: Request) -> Answer:
    """One attribute of one instance. Raises `EmulatorNotImplemented` for one that no tool here asks for."""
    site, name = request.site, request.params["Attribute"]
    node = looked_up([request.params["InstanceId"]], instances(site), "instance ID", "InvalidInstanceID")[0]
    shown = described(node, site)
    values: dict[str, tuple[str, Any]] = {
        "disableApiStop": ("DisableApiStop", {"Value": False}),
        "disableApiTermination": ("DisableApiTermination", {"Value": False}),
        "ebsOptimized": ("EbsOptimized", {"Value": shown["EbsOptimized"]}),
        "enaSupport": ("EnaSupport", {"Value": shown["EnaSupport"]}),
        "groupSet": ("Groups", shown["SecurityGroups"]),
        "instanceInitiatedShutdownBehavior": ("InstanceInitiatedShutdownBehavior", {"Value": "stop"}),
        "instanceType": ("InstanceType", {"Value": shown["InstanceType"]}),
        "rootDeviceName": ("RootDeviceName", {"Value": root_device(node.os)}),
        "sourceDestCheck": ("SourceDestCheck", {"Value": shown["SourceDestCheck"]}),
        "userData": ("UserData", {}),
    }
    if name not in values:
        raise AwsError("EmulatorNotImplemented", f"The sandbox does not emulate the attribute '{name}' of an instance.")
    key, value = values[name]
    return {"InstanceId": node.id, key: value}
