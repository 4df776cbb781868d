"""What the emulated distributions and Windows have released, and when: facts from `catalogue/*.txt`, read once.

Each file states which of its rows are real and which (marked `~`) were invented so that releases keep coming in the demo's
virtual time; those come in batches (Mondays, for Amazon Linux every second Wednesday). A release is on offer from midnight UTC of its
date.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a package; on Windows the version is the KB id."""

    version: str
    at: datetime
    severity: str  # as AWS spells it for that OS; with APT the priority
    classification: str  # "Security", "Bugfix", "SecurityUpdates" ...; "": came without a notice
    advisory: str
    cves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A package, or on Windows a line of updates in which the newer supersedes the older."""

    name: str
    arch: str
    section: str
    priority: str
    presence: int  # per cent of machines that have it
    requires_reboot: bool
    releases: tuple[Release, ...]  # oldest first
    dates: tuple[datetime, ...]

    def index_at(self, when: datetime) -> int:
        """Index of the newest release on offer at `when`; -1: none yet."""
        return bisect_right(self.dates, when) - 1


@dataclass(frozen=True, slots=True)
class System:
    """An operating system as SSM sees it, with its packages by name."""

    key: str  # "amazon-linux-2023"
    family: str  # rpm | apt | windows
    operating_system: str  # value of a baseline's OperatingSystem
    product: str  # value of the filter PRODUCT; on rpm systems the part before the point is one too
    platform_type: str  # Linux | Windows
    platform_name: str
    platform_version: str
    publisher: str
    packages: dict[str, Package]


_SYSTEMS = {
    "amazon-linux-1": ("rpm", "AMAZON_LINUX", "AmazonLinux2013.09", "Linux", "Amazon Linux AMI", "2013.09", "Amazon.com"),
    "amazon-linux-2": ("rpm", "AMAZON_LINUX_2", "AmazonLinux2.0", "Linux", "Amazon Linux", "2", "Amazon Linux"),
    "amazon-linux-2023": ("rpm", "AMAZON_LINUX_2023", "AmazonLinux2023", "Linux", "Amazon Linux", "2023", "Amazon Linux"),
    "redhat-9": ("rpm", "REDHAT_ENTERPRISE_LINUX", "RedhatEnterpriseLinux9.4", "Linux", "Red Hat Enterprise Linux", "9.4", "Red Hat, Inc."),
    "ubuntu-22.04": ("apt", "UBUNTU", "Ubuntu22.04", "Linux", "Ubuntu", "22.04", "Ubuntu Developers"),
    "ubuntu-24.04": ("apt", "UBUNTU", "Ubuntu24.04", "Linux", "Ubuntu", "24.04", "Ubuntu Developers"),
    "debian-12": ("apt", "DEBIAN", "Debian12", "Linux", "Debian GNU/Linux", "12", "Debian Maintainers"),
    "windows-2022": (
        "windows",
        "WINDOWS",
        "WindowsServer2022",
        "Windows",
        "Microsoft Windows Server 2022 Datacenter",
        "10.0.20348",
        "Microsoft Corporation",
    ),
}
KEYS = tuple(_SYSTEMS)


@cache
def system(key: str) -> System:
    """The operating system of that key; KeyError when the catalogue has none."""
    facts = _SYSTEMS[key]
    text = files("patchkeep.sandbox").joinpath("catalogue", f"{key}.txt").read_text(encoding="utf-8")
    return System(key, *facts, {package.name: package for package in read(text)})


def systems_of(operating_system: str) -> tuple[System, ...]:
    """Every catalogue OS that a baseline's OperatingSystem covers ("UBUNTU": 22.04 and 24.04)."""
    return tuple(system(key) for key, facts in _SYSTEMS.items() if facts[1] == operating_system)


def read(text: str) -> Iterator[Package]:
    """The packages of one catalogue file."""
    head: list[str] = []
    releases: list[Release] = []
    for line in text.splitlines():
        words = line.lstrip("~ ").split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "package":
            if head:
                yield _package(head, releases)
            head, releases = words[1:], []
        else:
            releases.append(_release(words))
    if head:
        yield _package(head, releases)


def _package(head: list[str], releases: list[Release]) -> Package:
    name, arch, section, priority, presence, *marks = head
    dates = tuple(release.at for release in releases)
    if not releases or list(dates) != sorted(dates):
        raise ValueError(f"catalogue: releases of {name} are absent or not in order of time")
    return Package(name, arch, _word(section), _word(priority), int(presence), "reboot" in marks, tuple(releases), dates)


def _release(words: list[str]) -> Release:
    date, version, severity, classification, advisory, cves = words
    at = datetime.fromisoformat(date).replace(tzinfo=UTC)
    return Release(
        version, at, _word(severity), _word(classification), _word(advisory), tuple(_word(cves).split(",")) if cves != "-" else ()
    )


def _word(word: str) -> str:
    return "" if word == "-" else word
