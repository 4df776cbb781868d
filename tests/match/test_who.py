"""Who has a package: yes on evidence, and no only from an inventory that can say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchkeep.domain.asset import Asset, Inventory, Manifests
from patchkeep.domain.call import Target
from patchkeep.domain.packages import Package, Packages
from patchkeep.domain.policy import Freshness
from patchkeep.domain.snapshot import Snapshot
from patchkeep.match.question import parse
from patchkeep.work.who import Has, Holder, who

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SSL = Package("openssl", "3.0.7-1", "x86_64")
ASSET = Asset("arn:aws:ec2:eu-central-1:111122223333:instance/i-1", "node", Target("111122223333", "eu-central-1"), "web", "redhat-9")


def asked(question: str, *packages: Package, age: timedelta = HOUR, os: str = "redhat-9") -> Holder:
    asset = replace(ASSET, os=os, inventory=Inventory(NOW - age, Packages(packages)))
    (holder,) = who(parse(question), Snapshot("s", NOW, "o-1", assets=(asset,)), Freshness(), NOW).holders
    return holder


def test_a_fresh_inventory_says_yes_and_no() -> None:
    assert asked("openssl", SSL).has is Has.YES
    assert asked("openssl<3.0.7", SSL).has is Has.NO
    assert asked("curl", SSL).has is Has.NO


@pytest.mark.parametrize(
    ("age", "why"), [(49 * HOUR, "inventory is 49 h old"), (-HOUR, "inventory lies in the future: a clock is wrong")], ids=str
)
def test_an_inventory_that_is_old_or_of_tomorrow_says_yes_and_never_no(age: timedelta, why: str) -> None:
    assert asked("openssl", SSL, age=age).has is Has.YES
    no = asked("curl", SSL, age=age)
    assert (no.has, no.evidence) == (Has.UNKNOWN, (why,))


def test_an_inventory_without_any_package_is_no_answer() -> None:
    assert asked("openssl").has is Has.UNKNOWN


def test_versions_of_a_system_that_nobody_knows_are_not_compared() -> None:
    """By rpm's rules 3.0.7-1 obeys <=3.0.7, by those of other systems it does not."""
    unknown = asked("openssl<=3.0.7", SSL, os="")
    assert (unknown.has, asked("openssl<=3.0.7", SSL).has) == (Has.UNKNOWN, Has.YES)
    assert unknown.evidence == ("openssl 3.0.7-1: its operating system is not known, so versions cannot be compared",)
    assert asked("openssl", SSL, os="").has is Has.YES
    assert asked("curl<8", SSL, os="").has is Has.NO


LODASH = Package("lodash", "4.17.15", ecosystem="npm", file="package-lock.json")


def within(question: str, *packages: Package, left: tuple[str, ...] = (), age: timedelta = HOUR) -> Holder:
    """Asked of an application whose manifests name these packages."""
    manifests = Manifests(tuple(sorted({package.file for package in packages})), left)
    asset = replace(ASSET, os="", inventory=Inventory(NOW - age, Packages(packages)), manifests=manifests)
    (holder,) = who(parse(question), Snapshot("s", NOW, "o-1", assets=(asset,)), Freshness(), NOW).holders
    return holder


def test_a_dependency_is_told_with_its_ecosystem_and_the_file_that_names_it() -> None:
    found = within("lodash<4.17.21", LODASH)
    assert (found.has, found.evidence) == (Has.YES, ("lodash 4.17.15 (npm, package-lock.json)",))


def test_an_application_without_the_package_may_have_it_in_what_it_runs_on() -> None:
    said = within("openssl", LODASH)
    assert said.has is Has.UNKNOWN
    assert said.evidence == ("not among the dependencies that package-lock.json names; more may be in what it runs on",)


def test_another_version_says_no_unless_something_is_left_open() -> None:
    newer = replace(LODASH, version="4.17.21")
    assert within("lodash<4.17.21", newer).has is Has.NO
    unsettled = within("lodash<4.17.21", newer, left=("2 archives inside are not opened",))
    assert (unsettled.has, unsettled.evidence[0][-34:]) == (Has.UNKNOWN, "but 2 archives inside are not opened"[-34:])
    assert within("lodash<4.17.21", newer, age=49 * HOUR).has is Has.UNKNOWN
    assert within("lodash<4.17.21", newer, LODASH).has is Has.YES


@pytest.mark.parametrize("version", ["5.0.0-rc.1", "v0.0.0-20210226172049-e18ecbb05110", "31.1-jre", "2!1.0"])
def test_versions_that_ecosystems_order_differently_are_not_compared(version: str) -> None:
    odd = replace(LODASH, version=version)
    assert within("lodash<4.17.21", odd).has is Has.UNKNOWN
    assert within("lodash", odd).has is Has.YES
    assert within("lodash<5.0.0-rc.1", LODASH).has is Has.UNKNOWN


def test_why_nothing_is_known_of_an_application_is_said() -> None:
    asset = replace(ASSET, os="", manifests=Manifests(open=("its dependencies are not known: its bundle is empty",)))
    (holder,) = who(parse("lodash"), Snapshot("s", NOW, "o-1", assets=(asset,)), Freshness(), NOW).holders
    assert (holder.has, holder.evidence) == (Has.UNKNOWN, ("its dependencies are not known: its bundle is empty",))
