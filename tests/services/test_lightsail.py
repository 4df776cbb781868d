"""Lightsail's databases and instances, digested and judged: what AWS does by itself, what can be asked for, and who looks inside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, UpdateState
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.services import load
from patchkeep.services.lightsail.digest import line
from tests.services.asked import model
from tests.services.managed.lightsail import APPLIED, NODE, READS, database, instance
from tests.services.pages import as_botocore, outputs, page, parsed
from tests.services.talk import HERE, carry, refused

SERVICE = load()["lightsail"]
MAJOR = ManagedRule("all", updates=("major",))
MINOR = ManagedRule("all", updates=("maintenance", "minor"))


def look(**told: Any) -> tuple[dict[str, Asset], list[Call]]:
    assert SERVICE.discover
    found, calls = carry(SERVICE.discover(HERE), {**READS, **told})
    return {asset.name: asset for asset in found.assets}, calls


def course(asset: Asset, rule: ManagedRule) -> Course | str:
    assert SERVICE.course
    return SERVICE.course(asset, rule, {})


def test_maintenance_and_minor_versions_are_aws_s_and_the_next_line_is_on_offer() -> None:
    shop = look()[0]["shop"]
    assert {(update.classification, update.version, update.state, update.forced_at) for update in shop.updates or ()} == {
        ("maintenance", "", UpdateState.SCHEDULED, APPLIED),
        ("minor", "8.0.43", UpdateState.MISSING, None),
        ("major", "8.4.6", UpdateState.OPTIONAL, None),
    }
    assert course(shop, MINOR) == "what is on offer AWS puts on by itself alone: nobody can ask for it"


def test_a_database_takes_one_line_at_a_time_after_a_snapshot() -> None:
    archive = look()[0]["archive"]
    way = course(archive, MAJOR)
    assert isinstance(way, Course)
    assert (way.asks["blueprint"], way.steps, way.irreversible) == ("postgres_15", ("snapshot", "upgrade", "verify"), True)
    assert way.snapshot_gb == 40
    assert "Lightsail makes no new databases of its blueprint postgres_12 any more" in archive.remarks
    later = course(archive, replace(MAJOR, apply=Apply.AWS_WINDOW))
    assert isinstance(later, Course)
    assert (later.steps, later.undo) == (("schedule",), "")


@pytest.mark.parametrize(
    ("version", "major"), [("8.0.40", (8, 0)), ("5.7.44-log", (5, 7)), ("16.4", (16,)), ("9.6", (9,)), ("", ()), ("unknown", ())]
)
def test_the_major_line_is_told_by_how_many_numbers_a_version_has(version: str, major: tuple[int, ...]) -> None:
    assert line(version) == major


def test_a_version_without_a_number_breaks_nothing() -> None:
    odd = {"relationalDatabases": [database("odd", version="unknown")]}
    assert look(get_relational_databases=odd)[0]["odd"].version == "unknown"


def test_an_instance_without_an_agent_is_in_doubt_and_one_that_a_node_stands_for_is_not() -> None:
    assets, _ = look()
    (obstacle,) = assets["shop-blog"].obstacles
    assert (obstacle.cause, obstacle.stops_seeing, obstacle.stops_patching) == ("no agent", True, True)
    assert "aws ssm create-activation --default-instance-name shop-blog" in obstacle.fix
    assert "AWS calls that blueprint outdated: new instances are made from a newer one" in assets["shop-blog"].remarks
    assert assets["shop-cron"].obstacles == ()
    assert f"what runs in it is judged and patched as node {NODE['InstanceId']}" in assets["shop-cron"].remarks


@pytest.mark.parametrize(
    ("node", "known"),
    [
        ({}, True),
        ({"Name": "", "ComputerName": "ip-172-26-1-9.eu-central-1.compute.internal"}, True),
        ({"Name": "another", "ComputerName": "printer"}, False),
        ({"ResourceType": "EC2Instance"}, False),
    ],
)
def test_an_address_alone_makes_no_node_of_an_instance(node: dict[str, str], known: bool) -> None:
    assets, _ = look(describe_instance_information={"InstanceInformationList": [{**NODE, **node}]})
    assert (not assets["shop-cron"].obstacles) == known


@pytest.mark.parametrize(
    ("blueprint", "product", "version"),
    [
        ("ubuntu_22_04", "ubuntu", "22.04"),
        ("amazon_linux_2023", "amazon-linux", "2023"),
        ("windows_server_2022_sql_2019_express", "windows-server", "2022"),
        ("wordpress", "", ""),
        ("lamp_8_bitnami", "", ""),
    ],
)
def test_a_blueprint_of_a_system_names_the_product_whose_end_is_known(blueprint: str, product: str, version: str) -> None:
    asset = look(get_instances={"instances": [instance("one", blueprint)]})[0]["one"]
    assert (asset.product, asset.version) == (product, version)


def test_an_empty_account_costs_two_reads() -> None:
    assets, calls = look(get_relational_databases={"relationalDatabases": []}, get_instances={"instances": []})
    assert (assets, len(calls)) == ({}, 2)


def test_what_nodes_there_are_not_being_told_leaves_instances_known_and_in_doubt() -> None:
    assets, _ = look(describe_instance_information=refused("ssm:DescribeInstanceInformation"))
    assert assets["shop-blog"].unread == ("managed nodes not read: not authorized",)
    assert assets["shop"].unread == ()


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        ("get_relational_databases", {"MySQL", "Postgres"}),
        ("get_instances", {"Windows_Server_2022-1", "MEAN-1"}),
        ("get_relational_database_blueprints", {"shop", "archive"}),
    ],
)
def test_aws_s_own_examples_are_digested(operation: str, names: set[str]) -> None:
    (literal, *_) = outputs(page("lightsail", operation).read_text())
    shape = model("lightsail", operation).output_shape
    assert shape
    assert names <= set(look(**{operation: as_botocore(parsed(literal), shape)})[0])
