"""The agent's stand-in alone, on copies of a real root file system, checked by dpkg and apt themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchkeep.sandbox.agent import PatchOutcome, PatchRequest, RunFailed
from patchkeep.sandbox.live.agent import LiveAgent
from patchkeep.sandbox.live.chroot import Root
from patchkeep.sandbox.live.memory import recall
from tests.live.repository import UPDATES, Deb, offer, put
from tests.live.witness import comes_along, moved, pending_security_updates, versions

pytestmark = pytest.mark.live

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OLD = (Deb("canary", "1"), Deb("helper", "1"))
NEW = (Deb("canary", "2", depends="helper (>= 2)"), Deb("helper", "2"))


def baseline(**more: Any) -> dict[str, Any]:
    """Every security update, at once."""
    group = {"PatchFilters": [{"Key": "PRODUCT", "Values": ["Debian12"]}, {"Key": "PRIORITY", "Values": ["*"]}]}
    return {"OperatingSystem": "DEBIAN", "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": group}]}, **more}


def with_non_security() -> dict[str, Any]:
    asked = baseline()
    asked["ApprovalRules"]["PatchRules"][0]["EnableNonSecurity"] = True
    return asked


def run(agent: LiveAgent, operation: str, shape: dict[str, Any] | None = None, **more: Any) -> PatchOutcome:
    return agent.patch(PatchRequest(operation, shape or baseline(), NOW, **{"reboot_option": "NoReboot", **more}))


def titled(outcome: PatchOutcome, state: str) -> dict[str, str]:
    """Package -> version of the rows in that state, read back from their titles."""
    rows = (re.fullmatch(r"(\S+)\.(?:amd64|arm64|all):(\S+)", row.title) for row in outcome.patches if row.state == state)
    return {row[1]: row[2] for row in rows if row}


def pending(root: Root, least: int = 1) -> dict[str, str]:
    root.read("apt-get", "update")
    found = pending_security_updates(root)
    if len(found) < least:
        pytest.skip(f"Debian has {len(found)} security updates pending: there was a point release just now")
    return found


def test_what_a_scan_misses_an_install_brings_and_a_reboot_ends(root: Root, say: Callable[[str], None]) -> None:
    expected = pending(root)
    agent, before = LiveAgent("debian-12", root), versions(root.path)
    scanned = run(agent, "Scan")
    assert titled(scanned, "Missing") == expected
    assert versions(root.path) == before
    installed = run(agent, "Install")
    after = versions(root.path)
    assert moved(before, after) == expected
    assert (installed.exit_code, installed.error, installed.reboots) == (0, "", False)
    assert titled(installed, "InstalledPendingReboot") == expected
    assert titled(run(agent, "Scan"), "InstalledPendingReboot") == expected
    agent.reboot(NOW)
    clean = run(agent, "Scan")
    assert {row.state for row in clean.patches} == {"Installed", "InstalledOther"}
    assert expected.items() <= titled(clean, "Installed").items()
    assert len(clean.patches) == len(after)
    say(f"{len(expected)} security updates pending: {', '.join(sorted(expected))}")
    others = len(after) - len(expected)
    say(f"installed in {installed.lasted.total_seconds():.1f} s; dpkg confirms it, the other {others} packages are untouched")


def test_an_override_list_installs_its_own_packages_and_nothing_else(root: Root) -> None:
    offered = pending(root, least=2)
    alone = {name: comes_along(root, name, version) for name, version in offered.items()}
    few = min(alone.values(), key=len)
    if few >= offered.keys():
        pytest.skip("the pending updates depend on each other: there is no proper part of them")
    before = versions(root.path)
    listed = tuple({"id": name, "title": offered[name]} for name in sorted(few))
    outcome = run(LiveAgent("debian-12", root), "Install", baseline(ApprovalRules={"PatchRules": []}), override_list=listed)
    assert moved(before, versions(root.path)) == {name: offered[name] for name in few}
    assert outcome.exit_code == 0


def test_inventory_is_what_dpkg_lists(bench: Root) -> None:
    rows = LiveAgent("debian-12", bench).applications()
    assert {row.name: row.version for row in rows} == versions(bench.path)
    assert {row.architecture for row in rows} <= {"x86_64", "aarch64", "all"}


def test_updates_from_elsewhere_wait_for_a_rule_that_wants_them(bench: Root) -> None:
    put(bench, Deb("canary", "1"))
    offer(bench, [Deb("canary", "2", UPDATES)])
    agent = LiveAgent("debian-12", bench)
    assert run(agent, "Install").exit_code == 0
    assert versions(bench.path)["canary"] == "1"
    assert titled(run(agent, "Scan", with_non_security()), "Missing") == {"canary": "2"}
    run(agent, "Install", with_non_security())
    assert versions(bench.path)["canary"] == "2"


def test_the_newest_security_update_is_taken_though_another_suite_has_a_newer_version(bench: Root) -> None:
    put(bench, Deb("canary", "1"))
    offer(bench, [Deb("canary", "2"), Deb("canary", "3", UPDATES)])
    run(LiveAgent("debian-12", bench), "Install")
    assert versions(bench.path)["canary"] == "2"


def test_an_installation_that_breaks_is_failed_in_the_words_of_dpkg_while_the_others_go_on(bench: Root) -> None:
    for deb in (Deb("brittle", "1"), Deb("canary", "1")):
        put(bench, deb)
    offer(bench, [Deb("brittle", "2", breaks=True), Deb("canary", "2")])
    agent = LiveAgent("debian-12", bench)
    outcome = run(agent, "Install")
    assert outcome.exit_code == 1
    assert "brittle package post-installation script subprocess returned error exit status 1" in outcome.error
    assert outcome.error.endswith("could not install: brittle")
    assert titled(outcome, "Failed") == {"brittle": "2"}
    assert titled(outcome, "InstalledPendingReboot") == {"canary": "2"}
    assert titled(run(agent, "Scan"), "Failed") == {"brittle": "2"}


def test_a_rejected_package_stays_and_blocks_what_needs_it(bench: Root) -> None:
    for deb in OLD:
        put(bench, deb)
    offer(bench, NEW)
    blocking = baseline(RejectedPatches=["helper"], RejectedPatchesAction="BLOCK")
    outcome = run(LiveAgent("debian-12", bench), "Install", blocking)
    assert outcome.error == "rejected by the baseline, but needed by others: helper"
    assert titled(outcome, "Failed") == {"canary": "2"}
    assert {name: versions(bench.path)[name] for name in ("canary", "helper")} == {"canary": "1", "helper": "1"}
    assert [row.state for row in outcome.patches if row.kb_id == "helper"] == ["InstalledRejected"]


def test_a_rejected_package_may_come_as_a_dependency_when_the_baseline_allows_it(bench: Root) -> None:
    for deb in OLD:
        put(bench, deb)
    offer(bench, NEW)
    run(LiveAgent("debian-12", bench), "Install", baseline(RejectedPatches=["helper"]))
    assert {name: versions(bench.path)[name] for name in ("canary", "helper")} == {"canary": "2", "helper": "2"}


def test_what_the_administrator_holds_back_is_not_missing(bench: Root) -> None:
    put(bench, Deb("canary", "1"))
    offer(bench, [Deb("canary", "2")])
    bench.read("apt-mark", "hold", "canary")
    agent = LiveAgent("debian-12", bench)
    assert titled(run(agent, "Scan"), "Missing") == {}
    run(agent, "Install")
    assert versions(bench.path)["canary"] == "1"


def test_an_install_that_may_reboot_tells_of_the_node_as_it_is_afterwards(bench: Root) -> None:
    put(bench, Deb("canary", "1"))
    offer(bench, [Deb("canary", "2")])
    agent = LiveAgent("debian-12", bench)
    first = recall(bench).boot_id
    outcome = run(agent, "Install", reboot_option="RebootIfNeeded")
    assert outcome.reboots
    assert titled(outcome, "Installed") == {"canary": "2"}
    assert agent.reboot(NOW) > timedelta(0)
    remembered = recall(bench)
    assert (remembered.boots, remembered.unbooted) == ([NOW.isoformat()], [])
    assert remembered.boot_id != first
    assert not run(agent, "Install", reboot_option="RebootIfNeeded").reboots


def test_lists_that_cannot_be_fetched_end_the_run_without_a_report(bench: Root) -> None:
    bench.write("/etc/apt/sources.list.d/machine.sources", "Types: deb\nURIs: file:/nowhere\nSuites: bookworm\nComponents: main\n")
    with pytest.raises(RunFailed, match="file:/nowhere"):
        run(LiveAgent("debian-12", bench), "Scan")
