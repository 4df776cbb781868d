"""Machines: EC2 instances and hybrid nodes, joined from what EC2 and Systems Manager know of them."""

from patchkeep.domain.asset import NODE
from patchkeep.domain.frozen import Frozen
from patchkeep.services._service import Service
from patchkeep.services.nodes.discover import discover

SERVICE = Service(
    name="nodes",
    kinds=(NODE,),
    sources=Frozen(
        reach="ssm:DescribeInstanceInformation",
        state="ec2:DescribeInstances",
        scan="ssm:DescribeInstancePatchStates",
        updates="ssm:DescribeInstancePatches",
        inventory="ssm:GetInventory",
    ),
    discover=discover,
)
