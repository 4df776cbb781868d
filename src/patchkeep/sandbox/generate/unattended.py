"""unattended-upgrades on the machines that have it: every morning, past everything that Patch Manager decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from patchkeep.sandbox.simulated import SimulatedAgent
from patchkeep.sandbox.world import Node, World

UNATTENDED = "unattended-upgrades"
_HOUR = 6  # UTC; apt-daily-upgrade.timer's default


def schedule_unattended(world: World) -> None:
    """Put the next morning on the agenda, and from there every following one; nothing where no machine upgrades itself."""
    machines = [node for site in world.sites.values() for node in site.nodes.values() if UNATTENDED in node.traits]
    if machines:
        now = world.clock.now()
        first = now.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
        _every_morning(world, machines, first if first > now else first + timedelta(days=1))


def _every_morning(world: World, machines: list[Node], when: datetime) -> None:
    def upgrade() -> None:
        for node in machines:
            if node.state == "running" and isinstance(node.agent, SimulatedAgent):
                node.agent.upgrade_unattended(when)
        _every_morning(world, machines, when + timedelta(days=1))

    world.clock.at(when, upgrade)
