"""Which releases a baseline approves: filters, delays, dates, lists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from patchkeep.sandbox.approval import Verdict, read_baseline, split_version, verdicts
from patchkeep.sandbox.catalogue import system
from tests.sandbox.world.bench import baseline, default_of, rule

SECURITY = {"CLASSIFICATION": ["Security"]}
DAY = date(2026, 9, 30)


def on(key: str, package: str, shape: dict[str, Any], day: date = DAY) -> Verdict:
    return verdicts(key, read_baseline(shape), day)[package]


def best(key: str, package: str, shape: dict[str, Any], day: date = DAY) -> str:
    index = on(key, package, shape, day).best
    return system(key).packages[package].releases[index].version if index >= 0 else ""


def test_a_delay_hides_what_is_younger() -> None:
    prompt, patient = baseline(rule(SECURITY)), baseline(rule(SECURITY, ApproveAfterDays=7))
    assert best("redhat-9", "openssl", prompt, date(2026, 9, 28)) == "1:3.5.5-4.el9_8.1"
    assert best("redhat-9", "openssl", patient, date(2026, 10, 4)) == "1:3.5.5-4.el9_8"
    assert best("redhat-9", "openssl", patient, date(2026, 10, 5)) == "1:3.5.5-4.el9_8.1"


def test_a_date_approves_what_came_until_its_evening() -> None:
    until = baseline(rule(SECURITY, ApproveUntilDate="2026-06-11"))
    before = baseline(rule(SECURITY, ApproveUntilDate="2026-06-10"))
    assert best("redhat-9", "openssl", until) == "1:3.5.5-4.el9_8"
    assert best("redhat-9", "openssl", before) == "1:3.5.5-2.el9_8"


def test_apt_knows_no_delay() -> None:
    shape = baseline(rule({"PRIORITY": ["*"]}, ApproveAfterDays=100))
    assert best("debian-12", "openssl", shape, date(2026, 9, 24)) == "3.0.22-1~deb12u1"


def test_apt_filters_by_priority_section_and_product() -> None:
    assert best("debian-12", "openssl", baseline(rule({"PRIORITY": ["Required"]}))) == ""
    assert best("debian-12", "openssl", baseline(rule({"SECTION": ["utils"], "PRODUCT": ["Debian12"]}))) != ""
    assert best("debian-12", "openssl", baseline(rule({"PRODUCT": ["Debian11"]}))) == ""


def test_apt_takes_only_the_security_archive_unless_told() -> None:
    narrow, wide = baseline(rule({"PRIORITY": ["*"]})), baseline(rule({"PRIORITY": ["*"]}, EnableNonSecurity=True))
    assert best("debian-12", "tzdata", narrow) == ""
    assert best("debian-12", "tzdata", wide) == "2026c-0+deb12u1"


def test_an_rpm_without_a_notice_is_approved_only_with_enable_non_security() -> None:
    assert 0 not in on("amazon-linux-2023", "openssl", baseline(rule({"PRODUCT": ["*"]}))).approved
    assert 0 in on("amazon-linux-2023", "openssl", baseline(rule(SECURITY, EnableNonSecurity=True))).approved


def test_severity_narrows_a_rule() -> None:
    critical = baseline(rule({**SECURITY, "SEVERITY": ["Critical", "Important"]}))
    assert best("redhat-9", "openssl", critical, date(2026, 6, 1)) == "1:3.5.1-7.el9_7"  # the Moderate one of 19 May is left out


@pytest.mark.parametrize("product", ["*", "RedhatEnterpriseLinux9", "RedhatEnterpriseLinux9.4", "RedhatEnterpriseLinux9.*"])
def test_products_match_by_wildcard_and_family(product: str) -> None:
    assert best("redhat-9", "openssl", baseline(rule({**SECURITY, "PRODUCT": [product]}))) != ""


def test_another_product_does_not_match() -> None:
    assert best("redhat-9", "openssl", baseline(rule({**SECURITY, "PRODUCT": ["RedhatEnterpriseLinux8.10"]}))) == ""


@pytest.mark.parametrize(
    "name",
    ["openssl", "openssl.x86_64", "open*", "openssl-1:3.0.1-43.el9_0", "openssl-3.0.1-43.el9_0.x86_64", "RHSA-2022:7288", "CVE-2022-3602"],
)
def test_the_list_approves_by_each_form_of_name(name: str) -> None:
    assert 1 in on("redhat-9", "openssl", baseline(ApprovedPatches=[name])).approved


def test_rejection_beats_approval() -> None:
    shape = baseline(rule(SECURITY), ApprovedPatches=["openssl"], RejectedPatches=["openssl*"])
    assert best("redhat-9", "openssl", shape) == ""


def test_a_global_filter_shuts_out_what_a_rule_would_approve() -> None:
    shape = baseline(rule(SECURITY), GlobalFilters={"PatchFilters": [{"Key": "NAME", "Values": ["openssl"]}]})
    assert best("redhat-9", "openssl", shape) != ""
    assert best("redhat-9", "openssl-libs", shape) == ""


def test_on_windows_a_newer_update_puts_the_approved_one_out_of_reach() -> None:
    """The trap of long delays: between two cumulative updates a month apart nothing is ever 30 days old."""
    patient = baseline(rule({"CLASSIFICATION": ["SecurityUpdates"]}, ApproveAfterDays=30))
    days = [date(2026, 10, day) for day in range(14, 32)]
    assert {best("windows-2022", "cumulative-update", patient, day) for day in days} == {""}


def test_windows_filters_by_severity_set_and_product() -> None:
    shape = baseline(rule({"PATCH_SET": ["OS"], "PRODUCT": ["WindowsServer2022"], "MSRC_SEVERITY": ["Critical"]}))
    assert best("windows-2022", "cumulative-update", shape) == "KB5110073"
    assert best("windows-2022", "dotnet-framework-4.8", shape) == ""
    assert best("windows-2022", "sql-server-2019", shape) == ""


def test_an_unknown_filter_is_loud() -> None:
    with pytest.raises(KeyError):
        on("redhat-9", "openssl", baseline(rule({"COLOUR": ["red"]})))


def test_aws_default_baselines_say_something_for_each_of_their_systems() -> None:
    for key in ("amazon-linux-2", "amazon-linux-2023", "ubuntu-22.04", "ubuntu-24.04", "redhat-9", "debian-12", "windows-2022"):
        judged = verdicts(key, read_baseline(default_of(system(key).operating_system)), DAY)
        assert sum(verdict.best >= 0 for verdict in judged.values()) > len(judged) / 4, key


def test_versions_are_split_as_the_agents_inventory_splits_them() -> None:
    assert split_version(system("redhat-9"), "1:3.0.1-43.el9_0") == ("1", "3.0.1", "43.el9_0")
    assert split_version(system("debian-12"), "1:9.18.44-1~deb12u1") == ("", "1:9.18.44-1~deb12u1", "")


def test_verdicts_look_no_further_than_their_day() -> None:
    openssl = system("redhat-9").packages["openssl"]
    assert (
        on("redhat-9", "openssl", baseline(rule(SECURITY)), date(2022, 11, 1)).best
        == openssl.index_at(datetime(2022, 11, 1, tzinfo=UTC))
        == 1
    )
