"""What is typed after `make chaos`, and what it prints in the end."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests.seeded import ROOT, SHOWN, Tally, meant

KEPT = (7, 250)


@pytest.mark.parametrize(
    ("words", "seeds"), [([], [1, 2, 3, 7, 250]), (["2"], [1, 2, 7, 250]), (["5-6"], [5, 6, 7, 250]), (["5", "9"], [5, 9])]
)
def test_a_number_a_range_and_single_seeds_are_understood(words: list[str], seeds: list[int]) -> None:
    assert meant(argparse.ArgumentParser(), words, 3, KEPT) == seeds


@pytest.mark.parametrize("words", [["many"], ["1-x"], ["1", "x"]])
def test_what_names_no_seeds_ends_with_a_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        meant(argparse.ArgumentParser(), words, 3, KEPT)
    assert f"{' '.join(words)} names no seeds: write 3, or 1-50, or 5 7 17" in capsys.readouterr().err


def test_a_seed_that_failed_is_shown_at_once_and_makes_the_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(2)
    tally.show("1", "killed late", ())
    tally.show("2", "killed late", [f"wrong {number}" for number in range(SHOWN + 2)])
    assert tally.sum_up("make it so.", Path(ROOT / "tests" / "seeds.txt"), "all well") == 1
    said = capsys.readouterr().out
    assert "2 FAILED, killed late:\n  wrong 0\n" in said
    assert f"  ... 2 more\n2 of 2: 1 failed\n1 FAILED: 2. Repeat: make it so.\nKeep them: a line each in {Path('tests/seeds.txt')}" in said


def test_where_all_held_the_sentence_is_said_and_the_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(1)
    tally.show("1", "killed late", ())
    assert tally.sum_up("", ROOT / "seeds.txt", "all well") == 0
    assert capsys.readouterr().out == "1 of 1: 0 failed\nall well\n"
