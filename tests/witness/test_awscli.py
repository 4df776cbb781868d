"""The AWS CLI, asked about the same nodes, tells what Patchkeep's store holds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.witness.awscli import AwsCli
from tests.witness.estate import PLACES, Estate, Place
from tests.witness.told import Told

pytestmark = [pytest.mark.http, pytest.mark.slow, pytest.mark.parametrize("place", PLACES)]


def test_the_same_instances_in_the_same_states(estate: Estate, by_cli: Mapping[Place, Told], place: Place) -> None:
    assert by_cli[place].instances == estate.told[place].instances
    assert by_cli[place].instances


def test_the_same_managed_nodes_with_agent_and_ping(estate: Estate, by_cli: Mapping[Place, Told], place: Place) -> None:
    assert by_cli[place].managed == estate.told[place].managed


def test_the_same_patch_compliance_with_counts_and_times(estate: Estate, by_cli: Mapping[Place, Told], place: Place) -> None:
    assert by_cli[place].patching == estate.told[place].patching
    assert by_cli[place].patching


def test_patch_states_say_what_compliance_summaries_say(
    estate: Estate, by_cli: Mapping[Place, Told], cli: Mapping[Place, AwsCli], place: Place
) -> None:
    asked = sorted(estate.told[place].managed)
    assert cli[place].patch_states(asked) == by_cli[place].patching


def test_the_same_software_on_the_same_nodes(estate: Estate, by_cli: Mapping[Place, Told], place: Place) -> None:
    assert by_cli[place].packages == estate.told[place].packages
    assert all(by_cli[place].packages.values())


def test_inventory_entry_by_entry_is_inventory_in_bulk(estate: Estate, cli: Mapping[Place, AwsCli], place: Place) -> None:
    node = min(estate.told[place].packages)
    assert cli[place].entries(node) == estate.told[place].packages[node]
