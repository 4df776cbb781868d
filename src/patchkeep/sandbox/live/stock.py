"""What dpkg has in a root file system and what apt could put in its place, in the shapes of the catalogue.

So the rules that say which release a baseline approves are the simulated machines' own. As APT gives them no other: severity is the
package's priority, "Security" is what an archive whose suite ends in "-security" offers, and CVE ids are not known (the archive's
indexes don't name them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from patchkeep.sandbox.agent import Application
from patchkeep.sandbox.catalogue import Package, Release, System, system
from patchkeep.sandbox.live.chroot import Root

_FIELDS = ("db:Status-Status", "Package", "Architecture", "Version", "Section", "Priority", "Maintainer", "binary:Summary")
_ABSENT = frozenset({"not-installed", "config-files"})
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)  # apt takes no approval delay, so when a version came out is never asked
_NAME = re.compile(r"^(\S+):$")
_VERSION = re.compile(r"^ (?:\*\*\*|   ) (\S+) -?\d+$")
_ORIGIN = re.compile(r"^ +-?\d+ \S+ (\S+)/\S+ \S+ Packages$")
_MOVES = re.compile(r"^Inst (\S+) ")
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}  # as the SSM agent spells them


@dataclass(frozen=True, slots=True)
class Installed:
    """One package as dpkg knows it. `sound`: unpacked and configured, nothing left half done."""

    sound: bool
    name: str
    architecture: str
    version: str
    section: str
    priority: str
    maintainer: str
    summary: str

    def as_application(self) -> Application:
        """The row of AWS:Application: the SSM agent leaves a deb's version whole; dpkg keeps no time of installation."""
        architecture = _ARCHITECTURES.get(self.architecture, self.architecture)
        return Application(self.name, self.version, "", "", architecture, self.maintainer, self.summary)


@dataclass(frozen=True, slots=True)
class Stock:
    """`os.packages`: what is installed, each with every version apt knows, oldest first. `have`: index of the installed one."""

    os: System
    have: Mapping[str, int]
    movable: frozenset[str]  # what a full upgrade would move: neither held back nor without a way
    unsound: frozenset[str]


def installed(root: Root) -> dict[str, Installed]:
    """What dpkg says is there, by package name. Raises `RootError`."""
    shown = root.read("dpkg-query", "--show", "--showformat", "\\t".join(f"${{{field}}}" for field in _FIELDS) + "\\n")
    rows = (line.split("\t") for line in shown.splitlines())
    return {row[1]: Installed(row[0] == "installed", *row[1:]) for row in rows if row[0] not in _ABSENT}


def read_stock(root: Root, os: str) -> Stock:
    """Look at a root whose package lists are fresh. `os`: key of the catalogue. Raises `RootError`."""
    present = installed(root)
    offers = dict(read_policy(root.read("apt-cache", "policy", *present)))
    packages = {name: _package(one, offers.get(name, {})) for name, one in present.items()}
    have = {name: [release.version for release in packages[name].releases].index(one.version) for name, one in present.items()}
    unsound = frozenset(name for name, one in present.items() if not one.sound)
    movable = frozenset(moved(root.read("apt-get", "--simulate", "dist-upgrade"))) if not unsound else frozenset(present)
    return Stock(replace(system(os), packages=packages), have, movable, unsound)


def read_policy(text: str) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """Read `apt-cache policy NAME ...`: name, and by version (oldest first, as apt orders them) the suites that offer it."""
    name, table = "", dict[str, tuple[str, ...]]()
    for line in text.splitlines():
        if match := _NAME.match(line):
            if name:
                yield name, dict(reversed(table.items()))
            name, table = match[1], {}
        elif match := _VERSION.match(line):
            table[match[1]] = ()
        elif (match := _ORIGIN.match(line)) and table:
            table[next(reversed(table))] += (match[1],)
    if name:
        yield name, dict(reversed(table.items()))


def moved(simulation: str) -> list[str]:
    """Names of the packages that `apt-get --simulate` would put on or replace."""
    return [match[1].partition(":")[0] for line in simulation.splitlines() if (match := _MOVES.match(line))]


def _package(one: Installed, offers: Mapping[str, tuple[str, ...]]) -> Package:
    known = offers if one.version in offers else {one.version: (), **offers}
    priority = one.priority.capitalize()  # as the filter PRIORITY spells it
    releases = tuple(Release(version, _ALWAYS, priority, _classification(suites), "", ()) for version, suites in known.items())
    dates = tuple(release.at for release in releases)
    return Package(one.name, one.architecture, one.section, priority, 100, requires_reboot=False, releases=releases, dates=dates)


def _classification(suites: tuple[str, ...]) -> str:
    return "Security" if any(suite.endswith("-security") for suite in suites) else ""
