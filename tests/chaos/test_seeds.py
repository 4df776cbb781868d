"""A bounded sample of `make chaos`, and every seed that once failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.matrix import SHARE, Chaos, faults_of, kept_seeds, let_loose

pytestmark = [pytest.mark.http, pytest.mark.slow]
SAMPLE = (1, 2, 9, 16, 40)


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    with let_loose(tmp_path_factory.mktemp("chaos")) as ready:
        yield ready


@pytest.mark.parametrize("seed", sorted({*SAMPLE, *kept_seeds()}))
def test_nothing_unread_is_compliant_and_nothing_vanishes(chaos: Chaos, seed: int) -> None:
    outcome = chaos.run(seed)
    assert outcome.lies == ()
    assert outcome.refused > 0


def test_a_seed_has_the_same_faults_each_time() -> None:
    assert [faults_of(seed) for seed in range(50)] == [faults_of(seed) for seed in range(50)]
    shares = [sum(fault["share"] for fault in faults_of(seed) if fault["kind"] not in {"short-pages", "page-token"}) for seed in range(50)]
    assert max(shares) <= 2 * SHARE + 1e-9
