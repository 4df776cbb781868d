"""endoflife.date's two shapes are read alike; new keys are passed over, and a date that is none is refused."""

from __future__ import annotations

import json
import os
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from patchkeep.domain.asset import Support
from patchkeep.feeds import FeedError
from patchkeep.feeds.endoflife import read
from patchkeep.wire import sandbox_lifecycles

PUBLIC = Path(os.environ.get("PATCHKEEP_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))
ARCHIVE = PUBLIC / "lifecycle" / "endoflife-date-2026-08-22.tar.xz"
WHERE, DAY = "https://endoflife.date/api/v1/products/thing", date(2026, 8, 22)


def document(*releases: dict[str, Any], **more: Any) -> bytes:
    product = {"name": "thing", "releases": list(releases), "labels": {"eol": "Support"}}
    return json.dumps({"schema_version": "1.2.0", "generated_at": "2026-08-22T08:52:00+00:00", "result": product, **more}).encode()


def file(releases: str, permalink: str = "/thing") -> bytes:
    return f"---\ntitle: Thing\npermalink: {permalink}\nreleases:\n{releases}\n---\n\nProse with eol: 2020-01-01.\n".encode()


def test_a_product_of_the_api_tells_each_line_with_its_source_and_date() -> None:
    release = {"name": "14", "isEol": False, "eolFrom": "2027-02-28", "isEoes": False, "eoesFrom": "2030-02-28", "novelty": {"a": 1}}
    assert read(document(release), WHERE) == (Support("thing", "14", date(2027, 2, 28), date(2030, 2, 28), WHERE, DAY),)


def test_the_full_list_tells_of_all_its_products() -> None:
    products = [{"name": name, "releases": [{"name": "1", "isEol": False, "eolFrom": None}]} for name in ("a", "b")]
    assert [line.product for line in read(document(result=products), WHERE)] == ["a", "b"]


def test_a_product_file_says_the_same_as_the_api() -> None:
    lines = ['- releaseCycle: "14"', "  eol: 2027-02-28", "  eoes: 2030-02-28", "  novelty: [1]"]
    lines += ['- releaseCycle: "13"', "  eol: true", '- releaseCycle: "15"', "  eol: false"]
    api = (
        {"name": "14", "isEol": False, "eolFrom": "2027-02-28", "isEoes": False, "eoesFrom": "2030-02-28"},
        {"name": "13", "isEol": True, "eolFrom": None},
        {"name": "15", "isEol": False, "eolFrom": None},
    )
    assert read(file("\n".join(lines)), WHERE, DAY) == read(document(*api), WHERE)


def test_what_is_over_without_a_date_has_ended_and_what_has_no_end_has_not() -> None:
    over, endless = read(document({"name": "1", "isEol": True, "eolFrom": None}, {"name": "2", "isEol": False, "eolFrom": None}), WHERE)
    assert (over.ended(DAY), over.standard_until) == (True, None)
    assert (endless.ended(date(2099, 1, 1)), endless.standard_until) == (False, None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (document({"name": "1", "eolFrom": "2027-02-30"}), "thing 1: eol is '2027-02-30', a day that no calendar has"),
        (document({"name": "1", "eolFrom": "soon"}), "thing 1: eol is 'soon', and neither a day"),
        (document({"name": "1", "eolFrom": 20270228}), "thing 1: eol is 20270228, and neither a day"),
        (document({"name": 1, "eolFrom": None}), "a release's name is 1, and not a name"),
        (document("1"), "a row is '1', and has no keys"),  # type: ignore[arg-type]
        (document(generated_at="yesterday"), "generated_at is 'yesterday', and not a moment"),
        (document(result=[{"name": "a", "uri": "x"}]), "lists products without their releases"),
        (document(result=None), "a row is None"),
        (b'{"result": ', "is not JSON"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"<html>moved</html>", "neither a document of endoflife.date's API nor a product file"),
        (file("- releaseCycle: '1'\n  eol: 2027-02-30"), "day is out of range"),
        (file("- releaseCycle: '1'\n  eol: 2027-02-28 10:00:00"), "and not a day"),
        (file("- releaseCycle: 1\n  eol: false"), "a releaseCycle is 1, and not a name"),
        (file("- [", "/x"), "parsing"),
        (b"---\n- 1\n---\n", "has no keys"),
    ],
)
def test_what_is_not_as_published_is_refused_with_its_place(content: bytes, says: str) -> None:
    with pytest.raises(FeedError, match=says.replace("(", r"\(")):
        read(content, WHERE, DAY)


def test_a_file_without_a_date_needs_one() -> None:
    with pytest.raises(FeedError, match="doesn't say of when it is"):
        read(file("- releaseCycle: '1'\n  eol: false"), WHERE)


def test_the_sandbox_has_a_dated_sample_in_the_published_shape() -> None:
    lines = read(sandbox_lifecycles().encode(), "lifecycles.json")
    assert {line.as_of for line in lines} == {DAY}
    assert {"amazon-rds-postgresql", "amazon-eks", "aws-lambda"} <= {line.product for line in lines}


@pytest.mark.skipif(not ARCHIVE.exists(), reason="the public lifecycle data is not here: set PATCHKEEP_TEST_DATA to its folder")
def test_every_product_file_of_the_real_feed_is_read_and_the_sample_agrees_with_it() -> None:
    with tarfile.open(ARCHIVE) as archive:
        members = [member for member in archive.getmembers() if member.name.startswith("products/") and member.name.endswith(".md")]
        files = {member.name: extracted.read() for member in members if (extracted := archive.extractfile(member))}
    real = {(line.product, line.line): line for name, content in files.items() for line in read(content, name, DAY)}
    assert len({product for product, _ in real}) == len(files) > 400
    for line in read(sandbox_lifecycles().encode(), "lifecycles.json"):
        there = real[line.product, line.line]
        assert (line.standard_until, line.extended_until, line.over) == (there.standard_until, there.extended_until, there.over)
