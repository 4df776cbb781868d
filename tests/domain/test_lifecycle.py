"""A version belongs to the longest line that the feed knows; what a feed tells bears its date, and an old feed is a doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from patchkeep.domain.asset import Asset, Support
from patchkeep.domain.compliance import Expected, Status, compliance
from patchkeep.domain.lifecycle import NO_LIFECYCLES, Lifecycles, with_support
from patchkeep.domain.offered import offered
from patchkeep.domain.policy import Freshness
from tests.domain.make import HERE, NOW, asset, scan

TODAY = NOW.date()


def line(name: str, until: date | None = date(2030, 1, 1), product: str = "store", **more: object) -> Support:
    return replace(Support(product, name, until, None, "https://feed.example", TODAY - timedelta(days=9)), **more)  # type: ignore[arg-type]


FEED = Lifecycles((line("8"), line("8.0", date(2026, 4, 30)), line("python3.12"), line("1.1.0.0")), NOW)


def store(version: str, **more: object) -> Asset:
    asset = Asset(HERE.arn("x", "store:a"), "store", HERE, "a", "", updates=(), product="store", version=version)
    return replace(asset, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "found"),
    [("8.0.35", "8.0"), ("8.4.1", "8"), ("8", "8"), ("80.1", None), ("python3.12", "python3.12"), ("1.1.0.0.R5", "1.1.0.0"), ("", None)],
)
def test_a_version_belongs_to_the_longest_line(version: str, found: str | None) -> None:
    support = FEED.support_of("store", version)
    assert (support.line if support else None) == found


def test_what_aws_told_itself_stands_before_the_feed() -> None:
    told = line("8.0", date(2040, 1, 1), as_of=None)
    assert with_support(store("8.0.1", support=told), FEED).support == told
    assert with_support(store("8.0.1"), FEED).support == FEED.support_of("store", "8.0")
    assert with_support(store("8.0.1", product=""), FEED).support is None


def test_an_end_that_a_feed_tells_is_evidence_with_the_feeds_date_and_age() -> None:
    verdict = offered(with_support(store("8.0.1"), FEED), Freshness(), NOW, NOW)
    assert verdict.status is Status.NON_COMPLIANT
    assert verdict.reasons == ("standard support of store 8.0 ended on 2026-04-30 (feed of 2026-11-14, 9 d old)",)


def test_an_end_without_a_date_is_evidence_too() -> None:
    over = Lifecycles((line("7", None, over=True),), NOW)
    assert "standard support of store 7 has ended" in offered(with_support(store("7.1"), over), Freshness(), NOW, NOW).reasons[0]


def test_without_a_feed_nobody_knows_and_the_doubt_names_the_cure() -> None:
    verdict = offered(with_support(store("8.0.1"), NO_LIFECYCLES), Freshness(), NOW, NOW)
    assert verdict.status is Status.UNKNOWN
    assert verdict.reasons == ("until when store 8.0.1 is supported is not known: `patchkeep feeds update` asks endoflife.date",)
    assert verdict.doubt
    assert verdict.doubt.fix == "`patchkeep feeds update` asks endoflife.date"


@pytest.mark.parametrize(("days", "status"), [(60, Status.COMPLIANT), (61, Status.UNKNOWN)])
def test_a_feed_of_more_than_sixty_days_proves_nothing(days: int, status: Status) -> None:
    aged = Lifecycles((line("8", as_of=TODAY - timedelta(days=days)),), NOW)
    verdict = offered(with_support(store("8.4"), aged), Freshness(), NOW, NOW)
    assert verdict.status is status
    assert any(reason.startswith(f"the lifecycle feed is {days} d old") for reason in verdict.reasons) == (status is Status.UNKNOWN)


def test_a_newer_document_takes_a_products_place_and_an_older_one_does_not() -> None:
    known = Lifecycles((line("8"), line("1", product="other")), NOW)
    newer = known.joined([line("9", as_of=TODAY)], NOW)
    assert [(one.product, one.line) for one in newer.lines] == [("other", "1"), ("store", "9")]
    assert newer.joined([line("8")], NOW).lines == newer.lines


@pytest.mark.parametrize(
    ("os", "product", "line_"),
    [
        ("ubuntu-22.04", "ubuntu", "22.04"),
        ("amazon-linux-2", "amazon-linux", "2"),
        ("amazon-linux-2018", "amazon-linux", "2018.03"),
        ("redhat-9", "rhel", "9"),
        ("windows-2022", "windows-server", "2022"),
        ("rocky-9", "rocky-linux", "9"),
    ],
)
def test_a_machine_is_supported_for_as_long_as_its_system(os: str, product: str, line_: str) -> None:
    feed = Lifecycles((line(line_, product=product),), NOW)
    assert with_support(replace(asset(), os=os), feed).support == feed.lines[0]
    assert with_support(replace(asset(), os="bottlerocket"), feed).support is None


def test_a_system_past_its_support_is_a_remark_on_a_machine_and_no_verdict() -> None:
    feed = Lifecycles((line("12", date(2026, 7, 11), product="debian", extended_until=date(2028, 6, 30)),), NOW)
    over = "standard support of debian 12 ended on 2026-07-11, its extended support lasts until 2028-06-30 (feed of 2026-11-14, 9 d old)"
    clean, unscanned = (with_support(replace(asset(seen=seen), os="debian-12"), feed) for seen in (scan(), None))
    judged = [compliance(one, Expected("ours", "pb-1"), Freshness(), NOW) for one in (clean, unscanned)]
    assert [(one.status, one.reasons) for one in judged] == [
        (Status.COMPLIANT, ("scanned, nothing open", over)),
        (Status.UNKNOWN, ("never scanned", over)),
    ]
