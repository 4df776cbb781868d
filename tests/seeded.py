"""A matrix of seeds on the command line: which seeds are meant, what is printed of each, and what to do about those that failed."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

LINE_EVERY = 10
SHOWN = 5  # sentences of a seed
ROOT = Path(__file__).parents[1]


def meant(parser: argparse.ArgumentParser, words: Sequence[str], whole: int, kept: Iterable[int]) -> list[int]:
    """So many seeds, a range, or several single seeds; all but single ones with those that once failed. `whole`: unless told."""
    try:
        match words:
            case []:
                chosen = range(1, whole + 1)
            case [only]:
                first, _, last = only.rpartition("-")
                chosen = range(int(first or 1), int(last) + 1)
            case _:
                return [int(word) for word in words]
    except ValueError:
        parser.error(f"{' '.join(words)} names no seeds: write {whole}, or 1-50, or 5 7 17")
    return sorted({*chosen, *kept})


@dataclass(slots=True)
class Tally:
    """How many of `number` seeds are done, and the names of those that failed."""

    number: int
    done: int = 0
    failed: list[str] = field(default_factory=list)

    def show(self, name: str, befell: str, wrong: Sequence[str]) -> None:
        """A line per ten seeds; of one that failed what befell it, and the first things that went wrong."""
        self.done += 1
        if wrong:
            self.failed.append(name)
            click.echo(f"{name} FAILED, {befell}:")
            for sentence in wrong[:SHOWN]:
                click.echo(f"  {sentence}")
            if len(wrong) > SHOWN:
                click.echo(f"  ... {len(wrong) - SHOWN} more")
        if self.done % LINE_EVERY == 0 or self.done == self.number:
            click.echo(f"{self.done} of {self.number}: {len(self.failed)} failed")

    def sum_up(self, repeat: str, kept: Path, held: str) -> int:
        """The exit status. `repeat`: what to type for the first that failed; `held`: the sentence where none did."""
        if not self.failed:
            click.echo(held)
            return 0
        click.echo(f"{len(self.failed)} FAILED: {', '.join(self.failed)}. Repeat: {repeat}")
        click.echo(f"Keep them: a line each in {kept.relative_to(ROOT)}, with the sentence that it found.")
        return 1
