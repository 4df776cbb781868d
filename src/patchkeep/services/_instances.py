"""The reads of machines that several services make. Asked alike, in one look at a place, they are made once."""

from __future__ import annotations

from patchkeep.domain.call import Call

LIVING = ("pending", "running", "stopping", "stopped")
INSTANCES = Call.of("ec2", "describe_instances", Filters=[{"Name": "instance-state-name", "Values": LIVING}])
MANAGED = Call.of("ssm", "describe_instance_information", MaxResults=50)


def hybrid_tags(node: str) -> Call:
    """The tags of a machine that is not EC2's: those of instances come with them."""
    return Call.of("ssm", "list_tags_for_resource", ResourceType="ManagedInstance", ResourceId=node)
