"""A whole organization from its file: what was there before lives on the virtual clock, and an Install cures a real simulated fleet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.ssm.association_store import associations_of
from patchkeep.sandbox.ssm.estate import furnish
from patchkeep.sandbox.ssm.patchstates import patch_states
from patchkeep.sandbox.ssm.select import reachable
from patchkeep.sandbox.world import World
from tests.sandbox.ssm.conftest import Ssm


@pytest.fixture
def world() -> World:
    made = orgfile.load("small")
    furnish(made)
    made.clock.advance(made.clock.now() + timedelta(days=8))
    return made


def test_what_scans_every_day_has_scanned_within_the_day(world: World) -> None:
    seen = 0
    for site in world.sites.values():
        for node in site.nodes.values():
            if "HostManagement" in node.tags and reachable(site, node):
                state = patch_states(site)[node.id]
                assert timedelta() < world.clock.now() - state.ended < timedelta(hours=25)
                seen += 1
    assert seen > 5


def test_a_patch_policy_s_install_came_on_its_sunday(world: World) -> None:
    labels = [one.label for site in world.sites.values() for one in associations_of(site).values() if one.executions]
    assert any(label.startswith("AWS-QuickSetup-PatchPolicy-InstallPatches") for label in labels)


def test_the_same_file_lives_the_same_life_twice(world: World) -> None:
    again = orgfile.load("small")
    furnish(again)
    again.clock.advance(again.clock.now() + timedelta(days=8))
    states = [{node: state.counts for node, state in patch_states(site).items()} for site in world.sites.values()]
    assert states == [{node: state.counts for node, state in patch_states(site).items()} for site in again.sites.values()]


def test_install_restart_and_scan_leave_nothing_missing(world: World) -> None:
    key, site = max(world.sites.items(), key=lambda pair: len(pair[1].nodes))
    ssm = Ssm(world, *key)
    ids = [node.id for node in site.nodes.values() if reachable(site, node) and not node.traits]
    assert sum(patch_states(site)[node].counts["MissingCount"] for node in ids) > 0
    ssm.run(*ids, operation="Install", MaxErrors="100%", wait={"hours": 1})
    ssm.run(*ids, wait={"hours": 1})
    left = [patch_states(site)[node].counts for node in ids]
    assert {(one["MissingCount"], one["InstalledPendingRebootCount"], one["FailedCount"]) for one in left} == {(0, 0, 0)}
