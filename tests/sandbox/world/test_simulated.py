"""Promises of the simulated machine that hold for every system, day, baseline and order of events."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from patchkeep.match.versions import compare, scheme_of
from patchkeep.sandbox.catalogue import KEYS
from patchkeep.sandbox.simulated import FOR_EVER, SimulatedAgent
from tests.sandbox.world.bench import NOW, Bench, baseline, rule

MOST_PER_SCAN = timedelta(milliseconds=2)  # aimed at 0.5 ms; room for a busy machine
systems = st.sampled_from(KEYS)
behind = st.integers(0, 400)
days = st.integers(0, 80).map(lambda number: NOW + timedelta(days=number))
rules = st.builds(
    lambda after, more: rule({"PRODUCT": ["*"]}, ApproveAfterDays=after, EnableNonSecurity=more),
    st.sampled_from([0, 3, 7, 30]),
    st.booleans(),
)
baselines: st.SearchStrategy[dict[str, Any] | None] = st.none() | st.lists(rules, max_size=2).map(lambda many: baseline(*many))
events = st.lists(st.tuples(st.sampled_from(["Scan", "Install", "NoReboot", "Reboot", "Unattended"]), st.integers(0, 20)), max_size=8)


@given(systems, behind, days, baselines)
def test_after_install_nothing_approved_is_missing(os: str, old: int, day: datetime, approved: dict[str, Any] | None) -> None:
    machine = Bench(os, old, baseline=approved)
    machine.run("Install", day)
    machine.agent.reboot(day)
    assert not {"Missing", "Failed", "InstalledPendingReboot"} & set(machine.states(day))


@given(systems, behind, days)
def test_no_reboot_leaves_exactly_what_was_missing_pending(os: str, old: int, day: datetime) -> None:
    machine = Bench(os, old)
    missing = {patch.kb_id for patch in machine.scan(day).values() if patch.state == "Missing"}
    machine.run("Install", day, reboot="NoReboot")
    assert {patch.kb_id for patch in machine.scan(day).values() if patch.state == "InstalledPendingReboot"} == missing


@given(systems, behind, days, baselines)
def test_scanning_twice_gives_the_same_answer(os: str, old: int, day: datetime, approved: dict[str, Any] | None) -> None:
    machine = Bench(os, old, baseline=approved)
    assert machine.run("Scan", day).patches == machine.run("Scan", day).patches


@given(systems, behind, events)
def test_versions_never_go_backward(os: str, old: int, happenings: list[tuple[str, int]]) -> None:
    machine, now = Bench(os, old), NOW
    before = {name: machine.version(name) for name in machine.agent.holdings.index}
    for what, later in happenings:
        now += timedelta(days=later)
        _happen(machine, what, now)
        after = {name: machine.version(name) for name in before}
        for name in before if os != "windows-2022" else ():
            assert compare(scheme_of(os), before[name], after[name]) <= 0
        before = after


@given(systems, behind, events)
def test_every_row_has_an_id_of_its_own(os: str, old: int, happenings: list[tuple[str, int]]) -> None:
    machine, now = Bench(os, old), NOW
    for what, later in happenings:
        now += timedelta(days=later)
        _happen(machine, what, now)
    ids = [patch.kb_id for patch in machine.run("Scan", now).patches]
    assert len(ids) == len(set(ids))


def _happen(machine: Bench, what: str, now: datetime) -> None:
    match what:
        case "Reboot":
            machine.agent.reboot(now)
        case "Unattended":
            machine.agent.upgrade_unattended(now)
        case "NoReboot":
            machine.run("Install", now, reboot="NoReboot")
        case operation:
            machine.run(operation, now)


def test_durations_are_those_of_a_real_node() -> None:
    machine = Bench("amazon-linux-2")
    scan, install, away = machine.run("Scan").lasted, machine.run("Install").lasted, machine.agent.reboot(NOW)
    assert timedelta(seconds=40) <= scan <= timedelta(seconds=90)
    assert timedelta(minutes=2) <= install <= timedelta(minutes=10)
    assert timedelta(seconds=60) <= away <= timedelta(seconds=180)


def test_a_slow_machine_takes_longer_and_a_lost_one_never_returns() -> None:
    assert Bench("amazon-linux-2", traits=["slow"]).run("Scan").lasted >= timedelta(seconds=200)
    assert Bench("amazon-linux-2", traits=["never-comes-back"]).agent.reboot(NOW) == FOR_EVER


def test_the_machine_counts_what_was_done_to_it() -> None:
    machine = Bench("debian-12")
    machine.run("Scan")
    machine.run("Install", reboot="NoReboot")
    machine.agent.reboot(NOW)
    assert (machine.agent.installs, machine.agent.reboots) == (1, 1)
    assert [what for _, what in machine.agent.history] == ["Scan", "Install", "Reboot"]


def test_the_same_seed_makes_the_same_machine() -> None:
    one, other = (SimulatedAgent("ubuntu-24.04", NOW, "i-1") for _ in range(2))
    assert one.applications() == other.applications()
    assert one.applications() != SimulatedAgent("ubuntu-24.04", NOW, "i-2").applications()


def test_unattended_upgrades_move_packages_without_a_reboot_or_an_install() -> None:
    machine = Bench("ubuntu-22.04")
    assert machine.agent.upgrade_unattended(NOW) > 0
    assert machine.states()["Missing"] == machine.states()["InstalledPendingReboot"] == machine.agent.installs == 0
    assert machine.agent.upgrade_unattended(NOW) == 0


def test_what_an_earlier_install_left_unbooted_is_pending() -> None:
    machine = Bench("redhat-9")
    machine.agent.leave_unbooted(NOW - timedelta(days=2))
    assert machine.scan()["kernel-core.x86_64"].state == "InstalledPendingReboot"


def test_windows_lists_applications_not_updates() -> None:
    names = {each.name for each in Bench("windows-2022").agent.applications()}
    assert "Amazon SSM Agent" in names
    assert not any(name.startswith("KB") for name in names)


def test_a_scan_is_cheap() -> None:
    machine = Bench("redhat-9")
    machine.run("Scan")
    began = time.perf_counter()
    for _ in range(100):
        machine.run("Scan")
    assert (time.perf_counter() - began) / 100 < MOST_PER_SCAN.total_seconds()
