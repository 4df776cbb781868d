"""An organization file becomes the same world everywhere, and a bad one says all that is wrong with it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.agent import PatchRequest
from patchkeep.sandbox.catalogue import system
from patchkeep.sandbox.generate.nodes import spread
from patchkeep.sandbox.managed.service import services
from patchkeep.sandbox.orgschema import ODDITIES
from patchkeep.sandbox.simulated import SimulatedAgent
from patchkeep.sandbox.world import Node, World
from tests.sandbox.world.bench import default_of

SEVEN = {"amazon-linux-2", "amazon-linux-2023", "ubuntu-22.04", "ubuntu-24.04", "redhat-9", "debian-12", "windows-2022"}
HEAD = 'organization: {name: T, seed: 1, starts: 2026-09-01T06:00:00Z, management: "100000000001"}\naccounts:\n'
LIVE = "[{name: f, count: 1, os: {debian-12: 1}, live: true}]"
MANAGEMENT = '  - {id: "100000000001", name: m, regions: [eu-central-1]}\n'


def machines(world: World) -> list[Node]:
    return [node for site in world.sites.values() for node in site.nodes.values()]


def fleet(words: str) -> World:
    account = f'{{id: "200000000002", name: a, regions: [eu-central-1, us-east-1], fleets: [{{name: f, {words}}}]}}'
    return orgfile.build(orgfile.parse(f"{HEAD}{MANAGEMENT}  - {account}\n"))


def problems(text: str) -> dict[str, str]:
    with pytest.raises(orgfile.OrgFileError) as caught:
        orgfile.build(orgfile.parse(text))
    return {problem.path: problem.what for problem in caught.value.problems}


def test_the_same_file_gives_the_same_world() -> None:
    one, other = orgfile.load("small"), orgfile.load("small")
    assert [(node.id, node.os, node.tags, node.ec2, node.agent.applications()) for node in machines(one)] == [
        (node.id, node.os, node.tags, node.ec2, node.agent.applications()) for node in machines(other)
    ]
    assert (one.organization_id, one.ous) == (other.organization_id, other.ous)


def test_another_seed_gives_other_ids() -> None:
    text = f'{HEAD}  - {{id: "100000000001", name: m, regions: [eu-central-1], fleets: [{{name: f, count: 3, os: {{debian-12: 1}}}}]}}\n'
    one, other = (orgfile.build(orgfile.parse(text.replace("seed: 1", f"seed: {seed}"))) for seed in (1, 2))
    assert not {node.id for node in machines(one)} & {node.id for node in machines(other)}


def test_snowy_is_the_reference_estate() -> None:
    world = orgfile.load("snowy")
    nodes = machines(world)
    assert len(nodes) > 200
    assert len({node.id for node in nodes}) == len(nodes)
    assert {node.os for node in nodes} > SEVEN
    assert len({region for (_, region), site in world.sites.items() if site.nodes}) == 2
    assert sum(1 for account in world.accounts if any(world.site(account, region).nodes for region in world.accounts[account].regions)) >= 5


def test_snowy_has_a_resource_of_every_kind() -> None:
    file = orgfile.parse(files("patchkeep.sandbox").joinpath("orgs/snowy.yaml").read_text(encoding="utf-8"))
    declared = {one.kind for account in file.accounts for one in account.resources}
    assert declared == {kind for service in services().values() for kind in service.kinds}


def test_snowy_has_everything_that_goes_wrong() -> None:
    nodes = machines(orgfile.load("snowy"))
    tags = {tag for node in nodes for tag in node.tags}
    traits = {trait for node in nodes for trait in node.traits}
    assert {
        "aws:autoscaling:groupName",
        "eks:cluster-name",
        "elasticbeanstalk:environment-name",
        "AmazonECSManaged",
        "MaintainedBy",
    } <= tags
    assert {"no-agent", "unattended-upgrades", "install-error", "never-comes-back", "slow"} <= traits
    assert any(trait.startswith("fails-install:") for trait in traits)
    assert {"Patch Group", "PatchGroup"} <= tags
    assert any(name.startswith("QSConfigId-") for name in tags)
    assert any(node.id.startswith("mi-") for node in nodes)
    assert any(node.state == "stopped" for node in nodes)
    assert any(node.registered is None and node.profile is None and node.state == "running" for node in nodes)
    assert any(node.registered and node.state == "running" and not node.online for node in nodes)
    assert any("PatchGroup" in node.tags and node.tags["PatchGroup"] in {"pord", "satging", "dve"} for node in nodes)


def test_small_has_one_of_each_system() -> None:
    assert {node.os for node in machines(orgfile.load("small"))} == SEVEN


def test_snowy_loads_within_a_second() -> None:
    began = time.perf_counter()
    orgfile.load("snowy")
    assert time.perf_counter() - began < 1


def test_member_roles_trust_the_management_account_with_the_external_id() -> None:
    world = orgfile.load("small")
    role = world.accounts["200000000002"].roles["PatchkeepRead"]
    assert (role.trusted, role.external_id, role.refuses) == (("100000000001",), "patchkeep-small", ())


def test_an_account_may_lack_a_role_or_refuse_an_action() -> None:
    world = orgfile.load("snowy")
    assert "PatchkeepRead" not in world.accounts["120000000002"].roles
    assert "ssm:ListInventoryEntries" in world.accounts["180000000008"].roles["PatchkeepRead"].refuses


def test_units_above_an_account_exist_too() -> None:
    world = orgfile.load("snowy")
    assert {"", "Workloads", "Workloads/Dev", "Sandbox"} <= set(world.ous)
    assert world.ous[""].startswith("r-")
    assert world.ous["Workloads"].startswith(f"ou-{world.ous[''][2:]}-")


@pytest.mark.parametrize("oddity", ODDITIES)
def test_each_oddity_touches_just_its_share(oddity: str) -> None:
    plain = fleet("count: 10, os: {debian-12: 1}, environment: prod, patch_group: prod")
    odd = fleet(f"count: 10, os: {{debian-12: 1}}, environment: prod, patch_group: prod, share: {{{oddity}: 3}}")
    changed = [one.id for one, other in zip(machines(plain), machines(odd), strict=True) if _looks(one) != _looks(other)]
    assert len(changed) == 3


def _looks(node: Node) -> tuple[object, ...]:
    unbooted = frozenset(node.agent.holdings.unbooted) if isinstance(node.agent, SimulatedAgent) else frozenset()
    return node.tags, node.state, node.online, node.registered, node.profile, node.agent_version, node.traits, unbooted


def test_shares_are_disjoint_and_percentages_are_of_the_fleet() -> None:
    world = fleet("count: 20, os: {debian-12: 1}, share: {stopped: 50%, in_asg: 10}")
    stopped = {node.id for node in machines(world) if node.state == "stopped"}
    grouped = {node.id for node in machines(world) if "aws:autoscaling:groupName" in node.tags}
    assert (len(stopped), len(grouped), stopped & grouped) == (10, 10, set())


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1), st.integers(1, 60))
def test_spreading_keeps_count_and_proportion(weights: dict[str, int], count: int) -> None:
    got = Counter(spread(weights, count, "seed"))
    assert got.total() == count
    for word, weight in weights.items():
        assert abs(got[word] - count * weight / sum(weights.values())) < 1


def faults(call: str, asked: dict[str, Any]) -> str:
    shape = botocore.session.get_session().get_service_model("ssm").operation_model(call).input_shape
    assert shape is not None
    return str(ParamValidator().validate(asked, shape).generate_report())


def test_what_was_there_before_is_in_aws_own_shapes() -> None:
    calls = {"association": "CreateAssociation", "window": "CreateMaintenanceWindow", "baseline": "CreatePatchBaseline"}
    extra = {"association": {"kind"}, "window": {"kind", "Targets", "Tasks"}, "baseline": {"kind", "PatchGroups", "Default"}}
    wishes = [wish for name in ("small", "snowy") for site in orgfile.load(name).sites.values() for wish in orgfile.wishes_of(site)]
    for wish in wishes:
        kind = wish["kind"]
        assert faults(calls[kind], {key: value for key, value in wish.items() if key not in extra[kind]}) == ""
    assert {wish["kind"] for wish in wishes} == set(calls)


def test_a_window_that_was_there_before_can_be_made_with_its_targets_and_tasks() -> None:
    windows = [wish for site in orgfile.load("small").sites.values() for wish in orgfile.wishes_of(site) if wish["kind"] == "window"]
    for call, key in (("RegisterTargetWithMaintenanceWindow", "Targets"), ("RegisterTaskWithMaintenanceWindow", "Tasks")):
        for wish in windows[0][key]:
            assert faults(call, {**wish, "WindowId": "mw-0123456789abcdef0"}) == ""


@pytest.mark.parametrize("os", sorted(SEVEN))
def test_a_machine_that_fails_to_install_fails_on_its_kernel(os: str) -> None:
    (node,) = machines(fleet(f"count: 1, os: {{{os}: 1}}, behind: 90d, share: {{fails_install: 1}}"))
    shape = default_of(system(os).operating_system)
    outcome = node.agent.patch(PatchRequest("Install", shape, node_day(node)))
    assert [patch.state for patch in outcome.patches].count("Failed") == 1


def node_day(node: Node) -> datetime:
    assert node.last_ping
    return node.last_ping + timedelta(days=21)


def test_nodes_that_upgrade_themselves_do_so_every_morning() -> None:
    world = fleet("count: 2, os: {ubuntu-22.04: 1}, behind: 60d, share: {unattended_upgrades: 1}")
    world.clock.advance(datetime(2026, 9, 20, 12, tzinfo=UTC))
    request = PatchRequest("Scan", default_of("UBUNTU"), world.clock.now())
    lacking = {node.traits: [patch.state for patch in node.agent.patch(request).patches].count("Missing") for node in machines(world)}
    assert lacking[frozenset({"unattended-upgrades"})] == 0
    assert lacking[frozenset()] > 5


def test_a_fleet_stands_where_its_weights_say_and_is_as_old_as_it_says() -> None:
    world = fleet("count: 9, os: {debian-12: 1}, regions: {eu-central-1: 2, us-east-1: 1}, behind: 30d..31d")
    assert [len(world.site("200000000002", region).nodes) for region in ("eu-central-1", "us-east-1")] == [6, 3]
    ages = {world.clock.now() - since for node in machines(world) for since in _since(node)}
    assert ages <= {timedelta(days=30), timedelta(days=31)}


def _since(node: Node) -> set[datetime]:
    return set(node.agent.holdings.since.values()) if isinstance(node.agent, SimulatedAgent) else set()


def test_live_machines_come_from_who_offers_them() -> None:
    orders: list[orgfile.MachineOrder] = []

    def offer(order: orgfile.MachineOrder) -> SimulatedAgent:
        orders.append(order)
        return SimulatedAgent(order.os, order.packages_of, order.node_id)

    orgfile.AGENTS["live"] = offer
    try:
        world = fleet("count: 2, os: {debian-12: 1}, live: true")
    finally:
        del orgfile.AGENTS["live"]
    assert {order.node_id for order in orders} == {node.id for node in machines(world)}


def test_live_machines_that_nobody_offers_are_a_problem_not_a_crash() -> None:
    text = f'{HEAD}  - {{id: "100000000001", name: m, regions: [eu-central-1], fleets: {LIVE}}}\n'
    assert "live: false" in " ".join(problems(text).values())


def test_a_bad_file_says_everything_at_once_with_what_to_write() -> None:
    found = problems("""
organization: {name: X, seed: a, starts: 2026-09-01, management: 110000000001, nam: 1}
accounts:
  - {id: "110000000001", name: a, regions: [eu-central-1], flets: []}
  - {id: 120000000001, name: a, regions: [eu-central-1], tags: {a: 1}, fleets: [
      {name: x, count: 3, os: {ubuntu-22: 1}, behind: 3, share: {stoped: 1, offline: five}, hybird: true}]}
""")
    assert found["organization.nam"] == "unknown key; write name"
    assert "2026-09-01T06:00:00Z" in found["organization.starts"]
    assert "in quotes" in found["organization.management"]
    assert "in quotes" in found["accounts[1].id"]
    assert found["accounts[0].flets"] == "unknown key; write fleets"
    assert found["accounts[1].fleets[0].hybird"] == "unknown key; write hybrid"
    assert found["accounts[1].fleets[0].share.stoped"].endswith("write stopped")
    assert "10%" in found["accounts[1].fleets[0].share.offline"]
    assert "20d..90d" in found["accounts[1].fleets[0].behind"]
    assert found["accounts[1].fleets[0].os.ubuntu-22"].endswith("write ubuntu-22.04")
    assert found["accounts[1].tags.a"].endswith('in quotes: "1"')
    assert "accounts" not in found


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("count: 3, os: {debian-12: 1}, share: {stopped: 4}", "its shares want 4 machines of 3"),
        ("count: 3, os: {debian-12: 1}, regions: {ap-south-1: 1}", "which is off"),
        ("count: 3, os: {debian-12: 1}, hybrid: true, share: {in_eks: 1}", "cannot be in_eks"),
        ("count: 3, os: {debian-12: 1}, behind: 90d..20d", "20d..90d"),
        ("count: 0, os: {debian-12: 1}", "from 1 to 5000"),
        ("count: 3, os: {}", "at least one operating system"),
    ],
)
def test_a_fleet_that_cannot_be_is_refused_with_a_reason(words: str, says: str) -> None:
    text = f'{HEAD}{MANAGEMENT}  - {{id: "200000000002", name: a, regions: [eu-central-1], fleets: [{{name: f, {words}}}]}}\n'
    assert says in " ".join(problems(text).values())


def test_a_file_without_its_management_account_or_with_twins_is_refused() -> None:
    assert "management account" in " ".join(problems(HEAD + '  - {id: "200000000002", name: a, regions: [eu-central-1]}\n').values())
    assert "one id" in " ".join(problems(HEAD + MANAGEMENT + MANAGEMENT).values())


@pytest.mark.parametrize("text", ["a: [", "", "- 1"])
def test_what_is_no_mapping_or_no_yaml_is_a_sentence(text: str) -> None:
    assert len(problems(text)) == 1


def test_a_missing_file_is_a_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(orgfile.OrgFileError, match="one of snowy, small"):
        orgfile.load(tmp_path / "nothing.yaml")


def test_a_file_of_ones_own_loads_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + MANAGEMENT, encoding="utf-8")
    assert list(orgfile.load(path).accounts) == ["100000000001"]
