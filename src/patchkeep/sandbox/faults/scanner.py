"""Another tool that scans with another baseline: its record overwrites whatever stood there, as in AWS, where every node has one.

It runs as a Quick Setup patch policy's scan does: it doesn't look at patch groups and takes the default baseline of the system.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from patchkeep.sandbox.faults.fault import Kind
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.orders import Order
from patchkeep.sandbox.ssm.patchrun import POLICY_LABEL, run_patch_document
from patchkeep.sandbox.ssm.reach import Line
from patchkeep.sandbox.ssm.select import managed

if TYPE_CHECKING:
    from patchkeep.sandbox.faults.board import Placed
    from patchkeep.sandbox.world import World

DOCUMENT = "AWS-RunPatchBaselineAssociation"


def keep_scanning(world: World, placed: Placed) -> None:
    """Scan now and then every so often, for as long as the fault hangs on the world's board."""
    if placed.id not in world.faults.placed or placed.spent:
        return
    for site in list(world.sites.values()):
        for node in managed(site):
            line = Line(world, site, node)
            if line.open() and line.struck(Kind.FOREIGN_SCAN) is placed.fault:
                order = Order(line, DOCUMENT, {}, {"Operation": ["Scan"]}, (guid(world), "Association"), f"{POLICY_LABEL}another-tool")
                run_patch_document(order, lambda _: None)
    world.clock.after(timedelta(seconds=placed.fault.seconds), lambda: keep_scanning(world, placed))
