"""Cloud Custodian, asked about the same nodes, tells what Patchkeep's store holds; where verdicts differ, the reason is one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.server import serve
from tests.e2e.desk import world_of
from tests.witness.custodian import Found, custodian
from tests.witness.differences import NON_COMPLIANT, SILENT, UNKNOWN, Why, why
from tests.witness.estate import DEV, PLACES, Estate, Place
from tests.witness.told import Told
from tests.witness.tools import why_not

pytestmark = [pytest.mark.http, pytest.mark.slow]
everywhere = pytest.mark.parametrize("place", PLACES)
Fact = TypeVar("Fact")
TWELVE = """
organization: {name: Twelve, seed: 3, starts: 2026-09-01T06:00:00Z, management: "100000000001", external_id: twelve}
accounts:
  - {id: "100000000001", name: root, regions: [eu-central-1]}
  - id: "200000000002"
    name: dev
    regions: [eu-central-1]
    fleets: [{name: app, count: 12, os: {debian-12: 1}, environment: dev}]
"""


def of_instances(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Without hybrid machines: Custodian's questions about patches and software start from EC2 instances."""
    return {node: fact for node, fact in facts.items() if node.startswith("i-")}


@everywhere
def test_the_same_instances_in_the_same_states(estate: Estate, by_custodian: Mapping[Place, Told], place: Place) -> None:
    assert by_custodian[place].instances == estate.told[place].instances
    assert by_custodian[place].instances


@everywhere
def test_the_same_managed_nodes_with_agent_and_ping(estate: Estate, by_custodian: Mapping[Place, Told], place: Place) -> None:
    assert by_custodian[place].managed == estate.told[place].managed


@everywhere
def test_the_ssm_filter_knows_the_managed_instances(estate: Estate, found: Mapping[Place, Found], place: Place) -> None:
    told = {row["InstanceId"]: row["c7n:SsmState"]["PingStatus"] for row in found[place]["managed-instances"]}
    assert told == {node: ping for node, (ping, _) in of_instances(estate.told[place].managed).items()}


@everywhere
def test_the_same_patch_compliance_of_instances_with_counts_and_times(
    estate: Estate, by_custodian: Mapping[Place, Told], place: Place
) -> None:
    assert by_custodian[place].patching == of_instances(estate.told[place].patching)
    assert by_custodian[place].patching


@everywhere
def test_the_same_software_on_instances(estate: Estate, by_custodian: Mapping[Place, Told], place: Place) -> None:
    assert by_custodian[place].packages == of_instances(estate.told[place].packages)
    assert by_custodian[place].packages


@everywhere
def test_whatever_custodian_calls_not_compliant_patchkeep_does_too(estate: Estate, found: Mapping[Place, Found], place: Place) -> None:
    blamed = {row["InstanceId"] for row in found[place]["not-compliant"]}
    assert {node for node in of_instances(estate.told[place].managed) if estate.verdicts[node].status == NON_COMPLIANT} == blamed


@everywhere
def test_verdicts_are_the_same_or_differ_for_a_reason_we_know(estate: Estate, by_custodian: Mapping[Place, Told], place: Place) -> None:
    nodes = of_instances({**estate.told[place].instances, **estate.told[place].managed})
    assert {node: causes for node in nodes if not (causes := _causes(estate, by_custodian[place], node))} == {}


def test_every_verdict_occurs_and_every_reason_for_a_difference_too(estate: Estate, by_custodian: Mapping[Place, Told]) -> None:
    causes = {cause for place in PLACES for node in by_custodian[place].instances for cause in _causes(estate, by_custodian[place], node)}
    assert causes == {"agree", Why.NEVER_SCANNED, Why.OTHER_BASELINE, Why.NO_BASELINE, Why.STALE, Why.CUT_OFF}
    assert {verdict.status for verdict in estate.verdicts.values()} == {"COMPLIANT", NON_COMPLIANT, UNKNOWN}


def test_a_hybrid_machine_is_managed_to_both_and_its_patches_are_known_to_patchkeep_alone(
    estate: Estate, by_custodian: Mapping[Place, Told]
) -> None:
    place = PLACES[-1]
    (hybrid,) = (node for node in estate.told[place].managed if node.startswith("mi-"))
    assert hybrid in by_custodian[place].managed
    assert hybrid in estate.told[place].patching
    assert hybrid in estate.told[place].packages
    assert hybrid not in {*by_custodian[place].patching, *by_custodian[place].packages}


def _causes(estate: Estate, told: Told, node: str) -> tuple[str, ...]:
    """Why the two verdicts on one node are as they are; () where nothing explains it."""
    ours = estate.verdicts[node]
    theirs = told.patching[node].status if node in told.patching else SILENT
    return ("agree",) if ours.status == theirs else why(ours.status, ours.reasons, theirs)


def test_its_ssm_filter_reads_one_page_so_its_answer_may_lack_machines_where_there_are_more_than_ten(tmp_path: Path) -> None:
    if reason := why_not("c7n"):
        pytest.skip(reason)
    with serve(world_of(TWELVE)) as running:
        variables = SandboxClient(running.endpoint).environment(DEV)
        told = custodian(variables, "eu-central-1", tmp_path)
    assert (len(told["instances"]), len(told["managed"]), len(told["managed-instances"])) == (12, 12, 10)
