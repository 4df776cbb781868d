"""What the words of a fleet's `share` do to a machine: each is something that Patchkeep must notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from patchkeep.sandbox.catalogue import system
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.generate.unattended import UNATTENDED
from patchkeep.sandbox.orgschema import Fleet
from patchkeep.sandbox.simulated import SimulatedAgent
from patchkeep.sandbox.world import Node

FOREIGN_TAG = ("MaintainedBy", "platform-ops")  # the tag that the foreign install window goes by
OLD_AGENT = "3.2.2303.0"  # below 3.3.40.0, under which agents can no longer receive commands
Whose = tuple[str, Fleet, int]  # account id, fleet, number in the fleet
_TRAITS = {
    "no_agent": "no-agent",
    "unattended_upgrades": UNATTENDED,
    "install_error": "install-error",
    "never_comes_back": "never-comes-back",
    "slow": "slow",
}


def traits_of(oddity: str, os: str) -> frozenset[str]:
    """How a machine with that oddity misbehaves; one that fails to install does so on its kernel, which is always due."""
    if oddity == "fails_install":
        kernel = next(name for name in system(os).packages if name.startswith(("kernel", "linux-image", "cumulative")))
        return frozenset({f"fails-install:{kernel}"})
    return frozenset({_TRAITS[oddity]} if oddity in _TRAITS else ())


def policy_id(account: str) -> str:
    """The id of the account's Quick Setup patch policy: five letters and digits."""
    return settled(account, "patch-policy")[:5]


def make_odd(node: Node, oddity: str, starts: datetime, whose: Whose) -> None:
    """Apply one oddity to a machine that is otherwise well."""
    change = _CHANGES.get(oddity)
    if change is not None:
        change(node, starts, whose)


def _unmanaged(node: Node, starts: datetime, whose: Whose) -> None:
    """Its agent runs but nobody gave it a role: Default Host Management would bring it in."""
    node.profile = node.registered = node.last_ping = None


def _no_agent(node: Node, starts: datetime, whose: Whose) -> None:
    node.registered = node.last_ping = None
    node.online = False


def _stopped(node: Node, starts: datetime, whose: Whose) -> None:
    node.state, node.last_ping = "stopped", starts - timedelta(days=9)


def _offline(node: Node, starts: datetime, whose: Whose) -> None:
    node.online, node.last_ping = False, starts - timedelta(days=3, hours=4)


def _never_scanned(node: Node, starts: datetime, whose: Whose) -> None:
    node.tags.pop("HostManagement", None)


def _mis_tagged(node: Node, starts: datetime, whose: Whose) -> None:
    """A patch group with two letters swapped, or no Environment at all: by turns, where there is a group."""
    group = node.tags.get("PatchGroup")
    if group and len(group) > 2 and whose[2] % 2 == 0:
        node.tags["PatchGroup"] = group[0] + group[2] + group[1] + group[3:]
    else:
        node.tags.pop("Environment", None)


def _old_agent(node: Node, starts: datetime, whose: Whose) -> None:
    node.agent_version = OLD_AGENT


def _pending_reboot(node: Node, starts: datetime, whose: Whose) -> None:
    if isinstance(node.agent, SimulatedAgent):
        node.agent.leave_unbooted(starts - timedelta(days=2))


def _tagged(tags: Callable[[Whose], dict[str, str]]) -> Callable[[Node, datetime, Whose], None]:
    def change(node: Node, starts: datetime, whose: Whose) -> None:
        node.tags.update(tags(whose))

    return change


def _asg(whose: Whose) -> dict[str, str]:
    return {"aws:autoscaling:groupName": f"{whose[1].name}-asg"}


def _eks(whose: Whose) -> dict[str, str]:
    cluster = f"{whose[1].name}-cluster"
    return {
        f"kubernetes.io/cluster/{cluster}": "owned",
        "eks:cluster-name": cluster,
        "eks:nodegroup-name": f"{whose[1].name}-workers",
    }


def _beanstalk(whose: Whose) -> dict[str, str]:
    return {
        "elasticbeanstalk:environment-name": f"{whose[1].name}-env",
        "elasticbeanstalk:environment-id": f"e-{settled(whose[0], whose[1].name, 'beanstalk')[:10]}",
    }


def _ecs(whose: Whose) -> dict[str, str]:
    return {"AmazonECSManaged": "true", "Cluster": f"{whose[1].name}-ecs"}


def _emr(whose: Whose) -> dict[str, str]:
    return {
        "aws:elasticmapreduce:job-flow-id": f"j-{settled(whose[0], whose[1].name, 'emr')[:13].upper()}",
        "aws:elasticmapreduce:instance-group-role": "CORE",
    }


def _patch_policy(whose: Whose) -> dict[str, str]:
    return {f"QSConfigId-{policy_id(whose[0])}": policy_id(whose[0]), f"QSConfigName-{policy_id(whose[0])}": "organization-patch-policy"}


_CHANGES: dict[str, Callable[[Node, datetime, Whose], None]] = {
    "unmanaged": _unmanaged,
    "no_agent": _no_agent,
    "stopped": _stopped,
    "offline": _offline,
    "never_scanned": _never_scanned,
    "mis_tagged": _mis_tagged,
    "old_agent": _old_agent,
    "pending_reboot": _pending_reboot,
    "in_asg": _tagged(_asg),
    "in_eks": _tagged(_eks),
    "beanstalk": _tagged(_beanstalk),
    "ecs": _tagged(_ecs),
    "emr": _tagged(_emr),
    "patch_policy": _tagged(_patch_policy),
    "foreign_installer": _tagged(lambda _: dict([FOREIGN_TAG])),
}
