"""The catalogues of engines are consistent with themselves, and a version may become what its engine allows."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise

import pytest

from patchkeep.sandbox.managed.engines import Engine, engines, ordered

NOW = datetime(2026, 9, 1, tzinfo=UTC)
CATALOGUES = sorted(
    one.name.removesuffix("-engines.txt")
    for one in files("patchkeep.sandbox").joinpath("catalogue").iterdir()
    if one.name.endswith("-engines.txt")
)
ENGINES = [pytest.param(engine, id=engine.name) for service in CATALOGUES for engine in engines(service).values()]


@pytest.mark.parametrize("engine", ENGINES)
def test_versions_stand_in_order_and_no_date_comes_before_its_release(engine: Engine) -> None:
    for older, newer in pairwise(engine.versions):
        assert ordered(older.number) < ordered(newer.number)
        assert older.major != newer.major or older.at <= newer.at
    for version in engine.versions:
        assert all(version.at < date for date in (version.automatic, version.until) if date)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_version_may_become_an_older_one(engine: Engine) -> None:
    for version in engine.known(NOW):
        assert all(ordered(target.number) > ordered(version.number) for target in engine.targets(version, NOW))


def test_a_version_that_is_not_out_yet_is_not_known() -> None:
    postgres = engines("rds")["postgres"]
    assert postgres.version("16.15", NOW) is None
    assert postgres.version("16.15", datetime(2026, 9, 22, tzinfo=UTC)) is not None
