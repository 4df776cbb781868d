"""Plain tables that fit a line: prose wraps between words, and a name or id is never cut where the line can hold it.

Where not even words fit side by side, the last wrapping column goes below its row.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, TypeAlias

from patchkeep.domain.wording import printable

Side: TypeAlias = Literal["left", "right", "wrap"]
Column: TypeAlias = tuple[str, Side]  # a title may have several lines; "wrap" is on the left, too

INDENT = 4
PROSE = 20  # a column of sentences is not made narrower than this


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns stand beside each other, how wide each, and which go below."""

    beside: tuple[int, ...]
    widths: tuple[int, ...]
    below: tuple[int, ...]


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, gap: int = 2) -> str:
    """The table with a line feed after every line; `gap` blanks stand between columns."""
    titles = [title for title, _ in columns]
    cells = [[printable(cell) for cell in row] for row in rows]
    layout = _layout(columns, [titles, *cells], width, gap)
    deepest = max(title.count("\n") for title in titles)
    sunk = ["\n" * (deepest - title.count("\n")) + title for title in titles]  # titles stand on one ground
    lines = (line for row in (sunk, *cells) for line in _row(row, columns, layout, (width, gap)))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _layout(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, gap: int) -> _Layout:
    """As many columns beside each other as fit; the first stays there, whatever its length."""
    beside, below = list(range(len(columns))), list[int]()
    while True:
        room = width - gap * (len(beside) - 1)
        widest = {at: max(len(line) for row in rows for line in row[at].split("\n")) for at in beside}
        least = {at: _least(columns[at], [row[at] for row in rows], widest[at]) for at in beside}
        moved = next((at for at in reversed(beside[1:]) if columns[at][1] == "wrap"), None)
        if sum(least.values()) <= room or moved is None:
            return _Layout(tuple(beside), tuple(_shrunk(least, widest, room)[at] for at in beside), tuple(below))
        beside.remove(moved)
        below.insert(0, moved)


def _least(column: Column, cells: Sequence[str], widest: int) -> int:
    """The width that cuts no word; sentences have some room besides."""
    if column[1] != "wrap":
        return widest
    return min(widest, max([PROSE, *(len(word) for cell in cells for word in cell.split())]))


def _shrunk(least: dict[int, int], widest: dict[int, int], room: int) -> dict[int, int]:
    """Widths that fill the room at most, what is free shared by need; a single column too wide for a line takes the line."""
    free = room - sum(least.values())
    if free < 0:
        first = min(least)
        return least | {first: max(least[first] + free, 1)}
    needs = {at: widest[at] - least[at] for at in least}
    share = min(1.0, free / max(sum(needs.values()), 1))
    return {at: least[at] + int(need * share) for at, need in needs.items()}


def _row(row: Sequence[str], columns: Sequence[Column], layout: _Layout, line: tuple[int, int]) -> Iterator[str]:
    width, gap = line
    blocks = [_lines(row[at], size) for at, size in zip(layout.beside, layout.widths, strict=True)]
    for parts in zip_longest(*blocks, fillvalue=""):
        sides = (columns[at][1] for at in layout.beside)
        yield (" " * gap).join(
            part.rjust(size) if side == "right" else part.ljust(size) for part, size, side in zip(parts, layout.widths, sides, strict=True)
        )
    for at in layout.below:
        yield from (f"{'':{INDENT}}{part}" for part in _lines(row[at], width - INDENT) if part)


def _lines(text: str, width: int) -> list[str]:
    return [part for line in text.split("\n") for part in textwrap.wrap(line, width, break_on_hyphens=False) or [""]]
