"""Starting, stopping and rebooting instances. The state moves at once to its name in progress and arrives in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.ec2.instance import first_launched, named_instances, state_of
from patchkeep.sandbox.faults.fault import Kind
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.reach import NEVER_BACK
from patchkeep.sandbox.world import Node

STARTS_IN, STOPS_IN = timedelta(seconds=20), timedelta(seconds=40)


@operation("ec2", "StartInstances")
def start_instances(request: Request) -> Answer:
    nodes = named_instances(request)
    _require(nodes, {"stopped", "pending", "running"}, "started")
    return {"StartingInstances": [_change(request, node, _start if node.state == "stopped" else None) for node in nodes]}


@operation("ec2", "StopInstances")
def stop_instances(request: Request) -> Answer:
    nodes = named_instances(request)
    _require(nodes, {"running", "pending", "stopping", "stopped"}, "stopped")
    return {"StoppingInstances": [_change(request, node, _stop if node.state in ("running", "pending") else None) for node in nodes]}


@operation("ec2", "RebootInstances")
def reboot_instances(request: Request) -> Answer:
    nodes = named_instances(request)
    _require(nodes, {"running"}, "rebooted")
    for node in nodes:
        reboot(request, node)
    return {}


def reboot(request: Request, node: Node) -> None:
    """Restart the machine: its agent is away for as long as the machine says, or for ever when it never comes back."""
    was_online, clock = node.online, request.world.clock
    lost = request.world.faults.on_node(Kind.NEVER_BACK, (request.account, request.region), node.id, clock.now())
    node.online, node.last_ping = False, clock.now()
    away = node.agent.reboot(clock.now())
    if was_online and NEVER_BACK not in node.traits and not lost:
        clock.after(away, lambda: _answer_again(clock, node))


def _answer_again(clock: VirtualClock, node: Node) -> None:
    node.online, node.last_ping = True, clock.now()


def _require(nodes: list[Node], states: set[str], done: str) -> None:
    for node in nodes:
        if node.state not in states:
            raise AwsError("IncorrectInstanceState", f"The instance '{node.id}' is not in a state from which it can be {done}.")


def _change(request: Request, node: Node, change: Callable[[VirtualClock, Node], None] | None) -> dict[str, Any]:
    before = state_of(node.state)
    if change:
        change(request.world.clock, node)
    return {"InstanceId": node.id, "CurrentState": state_of(node.state), "PreviousState": before}


def _start(clock: VirtualClock, node: Node) -> None:
    if launched := first_launched(node):
        node.ec2.setdefault("UsageOperationUpdateTime", launched)
    node.state, node.launched = "pending", clock.now()

    def arrive() -> None:
        if node.state == "pending":
            node.state = "running"
            node.agent.reboot(clock.now())  # a start boots the machine: what waited for a reboot has had it

    clock.after(STARTS_IN, arrive)


def _stop(clock: VirtualClock, node: Node) -> None:
    node.state, node.last_ping = "stopping", clock.now()

    def arrive() -> None:
        if node.state == "stopping":
            node.state = "stopped"

    clock.after(STOPS_IN, arrive)
