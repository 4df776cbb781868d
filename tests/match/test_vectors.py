"""The orders of rpm and dpkg against the vectors of the ecosystems' own test suites."""

from __future__ import annotations

import csv
import lzma
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from patchkeep.match.versions import Scheme, compare

PUBLIC = Path(os.environ.get("PATCHKEEP_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))
VECTORS = PUBLIC / "version-vectors" / "vectors.tsv.xz"
SIGN = {-1: "<", 0: "=", 1: ">"}

pytestmark = pytest.mark.skipif(
    not VECTORS.exists(), reason="the public version vectors are not here: set PATCHKEEP_TEST_DATA to their folder"
)


class Vector(NamedTuple):
    scheme: str
    a: str
    op: str
    b: str
    source: str


def vectors(scheme: str) -> list[Vector]:
    with lzma.open(VECTORS, "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Vector(*row) for row in rows if row[0] == scheme]


@pytest.mark.parametrize(
    ("name", "scheme", "at_least"), [("rpm", Scheme.RPM, 56), ("rpm-evr", Scheme.RPM, 94), ("dpkg", Scheme.DPKG, 8751)]
)
def test_every_vector_of_the_ecosystem_agrees(name: str, scheme: Scheme, at_least: int) -> None:
    rows = vectors(name)
    assert len(rows) >= at_least
    assert [row for row in rows if SIGN[compare(scheme, row.a, row.b)] != row.op] == []


@pytest.mark.parametrize(("name", "scheme"), [("rpm", Scheme.RPM), ("rpm-evr", Scheme.RPM), ("dpkg", Scheme.DPKG)])
def test_every_vector_agrees_turned_round(name: str, scheme: Scheme) -> None:
    turned = {"<": ">", "=": "=", ">": "<"}
    assert [row for row in vectors(name) if SIGN[compare(scheme, row.b, row.a)] != turned[row.op]] == []
