"""Which kind of agent a machine gets: the registry that live nodes join, and the simulated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from patchkeep.sandbox.agent import Agent
from patchkeep.sandbox.simulated import SimulatedAgent


@dataclass(frozen=True, slots=True)
class MachineOrder:
    """What a factory is told about the machine that it makes an agent for."""

    node_id: str
    os: str
    packages_of: datetime  # the day whose packages it has, where the factory can choose
    traits: frozenset[str]


AgentFactory = Callable[[MachineOrder], Agent]


def simulated(order: MachineOrder) -> Agent:
    return SimulatedAgent(order.os, order.packages_of, order.node_id, order.traits)


AGENTS: dict[str, AgentFactory] = {"simulated": simulated}
