"""The stored census answers as the snapshot does of which it was made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.asset import Inventory, Manifests, Update, UpdateState
from patchkeep.domain.census import census_of
from patchkeep.domain.packages import Package, Packages
from patchkeep.domain.policy import Freshness
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.store import Store
from patchkeep.match.question import parse
from patchkeep.work.who import Has, who
from tests.store.estates import HOUR, NOON, node, snapshot

SSL = (Package("openssl", "3.0.7-1", "x86_64"), Package("OpenSSL", "1.1"), Package("openssl-libs", "3.0.8-1"))

MISSING = Update("openssl.x86_64", "openssl-3.0.9", UpdateState.MISSING, cves=("CVE-2026-1000", "CVE-2026-1001"))


def fleet() -> Snapshot:
    """Two with one list, one with none collected, one whose list is empty, one that was not read, and an application."""
    alike = [replace(node(number), inventory=Inventory(NOON - HOUR, Packages(SSL))) for number in (1, 2)]
    bare = replace(node(3), inventory=None, updates=(MISSING,))
    empty = replace(node(4), inventory=Inventory(NOON - HOUR, Packages()))
    unread = replace(node(5), updates=None, unread=("patches not read: no",))
    lodash = Package("lodash", "4.17.15", ecosystem="npm", file="package-lock.json")
    inside = Inventory(NOON - HOUR, Packages([lodash]))
    application = replace(
        node(6), os="", inventory=inside, manifests=Manifests(("package-lock.json",), ("1 archive inside is not opened",))
    )
    return snapshot(*alike, bare, empty, unread, application)


@pytest.mark.parametrize(
    "question", ["openssl", "OPENSSL<3.0.8", "openssl*", "*ssl*>=3", "p1", "nothing", "lodash<4.17.21", "CVE-2026-1000", "CVE-2020-1234"]
)
def test_it_says_of_everybody_what_the_snapshot_says(store: Store, question: str) -> None:
    seen = fleet()
    store.snapshots.save(seen)
    store.census.keep(seen.id, census_of(seen))
    with store.census.latest() as census:
        assert census is not None
        told = who(parse(question), census, Freshness(), NOON)
        by_tags = [dict(asset.tags) for asset in census.assets]
    assert told == who(parse(question), seen, Freshness(), NOON)
    assert by_tags == [dict(asset.tags) for asset in seen.assets]


def test_names_are_asked_without_their_case_and_versions_told_apart(store: Store) -> None:
    seen = fleet()
    store.snapshots.save(seen)
    store.census.keep(seen.id, census_of(seen))
    with store.census.latest() as census:
        assert census is not None
        (holder, _) = who(parse("openssl"), census, Freshness(), NOON).those(Has.YES)
    assert holder.evidence == ("OpenSSL 1.1", "openssl 3.0.7-1")


def test_a_later_look_that_was_not_counted_has_no_census_and_a_counted_one_takes_its_place(store: Store) -> None:
    first, second = snapshot(node(1)), snapshot(node(2), at=NOON + HOUR)
    store.snapshots.save(first)
    store.census.keep(first.id, census_of(first))
    store.snapshots.save(second)
    with store.census.latest() as census:
        assert census is None
    store.census.keep(second.id, census_of(second))
    with store.census.latest() as census:
        assert census is not None
        assert [asset.name for asset in census.assets] == ["web-2"]
        assert not list(census.bearing(lambda _: True, "p7"))
