"""Who has a package: yes on evidence, and no only from an inventory that can say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchkeep.domain.asset import Asset, Inventory
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
