"""What a Scan reports and what an Install puts on, state by state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from patchkeep.sandbox import patching
from patchkeep.sandbox.catalogue import system
from tests.sandbox.world.bench import NOW, Bench, baseline, rule

SECURITY = rule({"CLASSIFICATION": ["Security"]})
MIDDLE = datetime(2026, 9, 10, 3, tzinfo=UTC)


def test_what_is_missing_names_its_version_and_every_cve_on_the_way() -> None:
    missing = Bench("redhat-9", behind=120, baseline=baseline(SECURITY)).scan()["openssl.x86_64"]
    assert missing.state == "Missing"
    assert missing.title == "openssl.x86_64:1:3.5.5-4.el9_8"
    assert {"CVE-2026-34180"} <= set(missing.cve_ids)
    assert missing.installed_time is None


def test_an_old_machine_lacks_the_cure_of_heartbleed() -> None:
    assert "CVE-2014-0160" in Bench("amazon-linux-1", behind=4650).scan()["openssl.x86_64"].cve_ids


def test_a_machine_from_before_openssl_3_0_7_says_so() -> None:
    applications = Bench("redhat-9", behind=1430).agent.applications()
    openssl = next(each for each in applications if each.name == "openssl")
    assert (openssl.epoch, openssl.version, openssl.release, openssl.architecture) == ("1", "3.0.1", "41.el9_0", "x86_64")


def test_a_deb_keeps_its_version_whole_and_has_no_time_of_installation() -> None:
    bind = next(each for each in Bench("debian-12").agent.applications() if each.name == "bind9-host")
    assert (bind.epoch, bind.release, bind.architecture, bind.installed_time) == ("", "", "x86_64", None)
    assert bind.version.startswith("1:9.18.")


def test_cves_are_told_for_missing_and_failed_only() -> None:
    machine = Bench("amazon-linux-2", traits=["fails-install:kernel"])
    for patches in (machine.run("Scan").patches, machine.run("Install").patches):
        for patch in patches:
            assert bool(patch.cve_ids) <= (patch.state in {"Missing", "Failed"}), patch


def test_what_the_baseline_does_not_mean_is_installed_other_without_words() -> None:
    plain = Bench("redhat-9", baseline=baseline()).scan().values()
    assert {patch.state for patch in plain} == {"InstalledOther"}
    assert {(patch.title, patch.severity, patch.classification) for patch in plain} == {("", "", "")}


def test_a_patch_inside_its_delay_leaves_no_trace_on_linux() -> None:
    patient = baseline(rule({"CLASSIFICATION": ["Security"]}, ApproveAfterDays=360))
    assert "Missing" not in Bench("amazon-linux-2023", baseline=patient).states()


def test_a_patch_inside_its_delay_is_an_available_security_update_on_windows() -> None:
    fresh = Bench("windows-2022").scan(MIDDLE)
    assert fresh["KB5108254"].state == "AvailableSecurityUpdate"
    assert fresh["KB5108254"].cve_ids == ()
    assert Bench("windows-2022").scan(MIDDLE + timedelta(days=7))["KB5108254"].state == "Missing"


def test_windows_shows_the_update_it_has_beside_the_one_it_lacks() -> None:
    rows = Bench("windows-2022", behind=100).scan()
    assert (rows["KB5094128"].state, rows["KB5108254"].state) == ("Installed", "Missing")


def test_the_same_kb_released_again_is_one_row() -> None:
    ids = [patch.kb_id for patch in Bench("windows-2022", behind=100, baseline=baseline(rule({"PRODUCT": ["*"]}))).run("Scan").patches]
    assert len(ids) == len(set(ids))
    assert "KB890830" in ids


def test_a_rejected_package_that_is_there_is_installed_rejected_only_under_block() -> None:
    allow = Bench("redhat-9", baseline=baseline(SECURITY, RejectedPatches=["openssl"]))
    block = Bench("redhat-9", baseline=baseline(SECURITY, RejectedPatches=["openssl"], RejectedPatchesAction="BLOCK"))
    assert allow.scan()["openssl.x86_64"].state == "InstalledOther"
    assert block.scan()["openssl.x86_64"].state == "InstalledRejected"


def test_an_approved_package_that_the_machine_has_not_is_not_applicable() -> None:
    machine = Bench("redhat-9", baseline=baseline(SECURITY))
    absent = set(machine.agent.holdings.os.packages) - set(machine.agent.holdings.index)
    assert absent
    assert {machine.scan()[f"{name}.x86_64"].state for name in absent} == {"NotApplicable"}


def test_install_puts_on_what_was_missing_and_reboots() -> None:
    machine = Bench("ubuntu-22.04")
    assert machine.states()["Missing"] > 5
    outcome = machine.run("Install")
    assert (outcome.exit_code, outcome.reboots) == (0, True)
    assert {patch.state for patch in outcome.patches} == {"Installed", "InstalledOther", "NotApplicable"}


def test_no_reboot_leaves_it_pending_until_the_machine_was_booted() -> None:
    machine = Bench("ubuntu-22.04")
    missing = machine.states()["Missing"]
    assert not machine.run("Install", reboot="NoReboot").reboots
    assert machine.states()["InstalledPendingReboot"] == missing
    machine.agent.reboot(NOW)
    assert machine.states()["InstalledPendingReboot"] == 0


def test_nothing_to_install_needs_no_reboot_unless_one_is_pending() -> None:
    machine = Bench("debian-12")
    machine.run("Install", reboot="NoReboot")
    assert machine.run("Install").reboots
    machine.agent.reboot(NOW)
    assert not machine.run("Install").reboots


def test_a_package_that_will_not_install_is_failed_then_missing_again() -> None:
    machine = Bench("redhat-9", behind=150, traits=["fails-install:openssl"])
    outcome = machine.run("Install", reboot="NoReboot")
    failed = [patch for patch in outcome.patches if patch.state == "Failed"]
    assert [patch.kb_id for patch in failed] == ["openssl.x86_64"]
    assert outcome.exit_code == 1
    assert "openssl" in outcome.error
    assert machine.scan()["openssl.x86_64"].state == "Missing"


def test_a_broken_run_changes_nothing() -> None:
    machine = Bench("redhat-9", traits=["install-error"])
    before = dict(machine.agent.holdings.index)
    outcome = machine.run("Install")
    assert (outcome.exit_code, outcome.reboots) == (1, False)
    assert machine.agent.holdings.index == before


def test_an_override_list_installs_just_that_and_shows_installed_other_inside_the_delay() -> None:
    machine = Bench("redhat-9", behind=150)
    day = datetime(2026, 9, 29, 3, tzinfo=UTC)
    kernel = machine.version("kernel-core")
    machine.run("Install", day, override=({"id": "openssl.x86_64", "title": "1:3.5.5-4.el9_8.1"},))
    assert machine.version("openssl") == "1:3.5.5-4.el9_8.1"
    assert machine.version("kernel-core") == kernel
    machine.agent.reboot(day)
    assert machine.scan(day)["openssl.x86_64"].state == "InstalledOther"
    assert machine.scan(day + timedelta(days=7))["openssl.x86_64"].state == "Installed"


def test_an_override_takes_wildcards_in_id_and_title() -> None:
    machine = Bench("amazon-linux-2023", behind=150)
    chosen = patching.overridden(
        machine.agent.holdings, [{"id": "openssl*", "title": "*3.0.8-1.amzn2023.0.8"}, {"id": "kern*.x86_64"}], NOW
    )
    names = {name: system("amazon-linux-2023").packages[name].releases[index].version for name, index in chosen.items()}
    assert names["openssl"] == names["openssl-libs"] == "1:3.0.8-1.amzn2023.0.8"
    assert set(names) == {"openssl", "openssl-libs", "kernel"}


def test_an_override_on_windows_goes_by_kb_only() -> None:
    machine = Bench("windows-2022")
    assert patching.overridden(machine.agent.holdings, [{"id": "KB5108254", "title": "whatever"}], NOW)
    assert not patching.overridden(machine.agent.holdings, [{"id": "cumulative-update"}], NOW)


def test_an_override_never_goes_back_and_an_empty_one_installs_nothing() -> None:
    machine = Bench("redhat-9", behind=10)
    assert patching.overridden(machine.agent.holdings, [{"id": "openssl", "title": "1:3.0.1-43.el9_0"}], NOW) == {}
    assert machine.run("Install", override=()).reboots is False


def test_scan_ignores_the_override_list() -> None:
    machine = Bench("redhat-9")
    assert machine.run("Scan", override=()).patches == machine.run("Scan").patches
