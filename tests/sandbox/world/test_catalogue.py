"""The catalogue is consistent with itself and with how versions are ordered."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from patchkeep.match.versions import compare, scheme_of
from patchkeep.sandbox.catalogue import KEYS, read, system, systems_of

CURRENT = [key for key in KEYS if key != "amazon-linux-1"]
SEVERITIES = {
    "AMAZON_LINUX": {"", "Critical", "Important", "Medium", "Low"},
    "AMAZON_LINUX_2": {"", "Critical", "Important", "Medium", "Low"},
    "AMAZON_LINUX_2023": {"", "Critical", "Important", "Medium", "Low"},
    "REDHAT_ENTERPRISE_LINUX": {"", "Critical", "Important", "Moderate", "Low", "None"},
    "UBUNTU": {"Required", "Important", "Standard", "Optional", "Extra"},
    "DEBIAN": {"Required", "Important", "Standard", "Optional", "Extra"},
    "WINDOWS": {"Critical", "Important", "Moderate", "Low", "Unspecified"},
}


@pytest.mark.parametrize("key", [key for key in KEYS if key != "windows-2022"])
def test_every_release_is_newer_than_the_one_before(key: str) -> None:
    for package in system(key).packages.values():
        for older, newer in pairwise(package.releases):
            assert compare(scheme_of(key), older.version, newer.version) < 0, (package.name, older.version, newer.version)


@pytest.mark.parametrize("key", KEYS)
def test_severities_are_spelt_as_aws_spells_them_there(key: str) -> None:
    os = system(key)
    seen = {release.severity for package in os.packages.values() for release in package.releases}
    assert seen <= SEVERITIES[os.operating_system]


@pytest.mark.parametrize("key", CURRENT)
def test_releases_keep_coming_while_the_demo_lives(key: str) -> None:
    releases = [release for package in system(key).packages.values() for release in package.releases]
    for month in (9, 10, 11):
        assert any(release.at.month == month and release.at.year == 2026 and release.cves for release in releases), month


@pytest.mark.parametrize("key", KEYS)
def test_security_releases_name_their_cves(key: str) -> None:
    for package in system(key).packages.values():
        for release in package.releases:
            if release.classification in {"Security", "SecurityUpdates"}:
                assert release.cves, (package.name, release.version)


def test_ids_are_unique_among_windows_updates_of_different_lines() -> None:
    seen = [{release.version for release in package.releases} for package in system("windows-2022").packages.values()]
    assert sum(map(len, seen)) == len(set.union(*seen))


def test_a_baseline_for_ubuntu_covers_both_of_its_releases() -> None:
    assert [os.key for os in systems_of("UBUNTU")] == ["ubuntu-22.04", "ubuntu-24.04"]


def test_a_package_is_at_the_release_of_its_day() -> None:
    openssl = system("amazon-linux-1").packages["openssl"]
    assert openssl.index_at(datetime(2014, 4, 6, tzinfo=UTC)) == 0
    assert openssl.index_at(datetime(2014, 4, 7, tzinfo=UTC)) == 1
    assert openssl.index_at(datetime(2000, 1, 1, tzinfo=UTC)) == -1


def test_a_file_whose_releases_are_out_of_order_is_refused() -> None:
    text = "package a x86_64 - - 100\n  2026-02-01 2-1 - - - -\n  2026-01-01 1-1 - - - -\n"
    with pytest.raises(ValueError, match="not in order"):
        list(read(text))


def test_an_invented_row_reads_like_a_real_one() -> None:
    (package,) = read("# words\npackage a noarch - - 40 reboot\n~ 2026-01-01 1-1 Low Security X-1 CVE-2026-1,CVE-2026-2\n")
    assert (package.presence, package.requires_reboot, package.releases[0].cves) == (40, True, ("CVE-2026-1", "CVE-2026-2"))
