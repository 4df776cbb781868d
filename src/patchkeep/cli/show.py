"""How answers are shown: text that fits the columns there are (80 where that isn't known), and versioned JSON for programs.

A command that is offered for typing is never broken: `following` gives each a line of its own, and what stands in backticks inside a
sentence stays whole when the sentence is wrapped, so that both can be copied.
"""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from patchkeep.cli._options import Setup
from patchkeep.cli._typed import PLAIN, typed
from patchkeep.domain.wording import printable

COLOURS = {
    "COMPLIANT": "green",
    "NON_COMPLIANT": "red",
    "UNKNOWN": "yellow",
    "WAIVED": "cyan",
    "yes": "red",
    "create": "green",
    "change": "yellow",
    "delete": "red",
    "blocked": "magenta",
    "patched": "green",
    "failed": "red",
    "lost": "magenta",
}
GAP = "  "
NARROW = 24  # a last column with less room than this goes below its row
INDENT = "    "
_TO_TYPE = re.compile(r"`[^`]+`")
_KEPT = "\ufdd0"  # stands for a blank while text is wrapped; no text can hold it, Unicode assigns it to nothing


def width() -> int:
    """Columns of the terminal, or COLUMNS; 80 where output goes into a file or a pipe."""
    return max(60, shutil.get_terminal_size((80, 24)).columns)


def here(text: str) -> str:
    """The text, its commands as this one was called: `patchkeep sandbox run plan` under `sandbox run`, with the --policy that it had."""
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return text
    setup = ctx.find_object(Setup)
    named = ctx.get_parameter_source("policy") is click.core.ParameterSource.COMMANDLINE
    return typed(text, setup.called if setup else PLAIN, ctx.params.get("policy", "") if named else "")


def say(text: str = "") -> None:
    click.echo(here(text))


def heading(text: str) -> None:
    """A bold line, wrapped; an empty line before it where the text begins with a line feed."""
    if text.startswith("\n"):
        click.echo()
    for line in _wrapped(here(text).strip("\n"), width()) or [""]:
        click.secho(line, bold=True)


def paragraph(text: str, *, indent: int = 0, hang: int | None = None) -> None:
    """Text wrapped into the columns there are; lines after the first are indented by `hang`."""
    further = indent if hang is None else hang
    for line in wrapped(printable(here(text)), min(width(), 100), " " * indent, " " * further):
        click.echo(line)


def following(*commands: str, first: str = "Next") -> None:
    """The commands to type next, in this order, a line each and unbroken however long it is."""
    for number, command in enumerate(commands):
        say(f"{first if number == 0 else 'then'}: {command}")


def after_the_scan(why: str, planning: str) -> None:
    """What to type once a scan has told what is missing, however long that takes. `planning`: the command that plans anew."""
    paragraph(f"{why} After that:")
    for command in ("patchkeep discover", planning):
        say(f"{' ' * len('Next: ')}{command}")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Sequence[int] = ()) -> None:
    """A plain table. `numbers`: indices of columns to align right. Only the last column wraps: ids and names stay whole."""
    cells = [[printable(here(str(value))) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    fixed, last = widths[:-1], len(columns) - 1
    room = width() - sum(fixed) - len(GAP) * last
    longest = max((len(word) for row in [columns, *cells] for word in _whole(row[last]).split()), default=0)
    below = last not in numbers and (room < min(NARROW, widths[last]) or room < min(longest, width() - len(INDENT)))
    titles = _padded(columns, widths if not below else fixed, numbers)
    click.secho(GAP.join(titles).rstrip(), bold=True)
    if below:
        click.secho(f"{INDENT}{columns[last]}", bold=True)
    for row in cells:
        wrapped = _wrapped(row[last], width() - len(INDENT) if below else room) or [""]
        if last in numbers:
            wrapped = [row[last].rjust(widths[last])]
        click.echo(_row(row, fixed, numbers, [""] if below else wrapped))
        for line in wrapped if below and row[last] else ():
            click.echo(f"{INDENT}{_coloured(line)}")


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Names and what stands behind them, a line each, wrapped; those with nothing behind them are left out."""
    kept = [(name, printable(value)) for name, value in rows if str(value)]
    size = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        click.echo(_row([name], [size], (), _wrapped(value, width() - size - len(GAP)) or [""]))


def _row(row: Sequence[str], fixed: Sequence[int], numbers: Sequence[int], wrapped: Sequence[str]) -> str:
    """One row of a table; further lines of its last cell stand below the first."""
    cells = [_coloured(cell) for cell in _padded(row, fixed, numbers)]
    further = " " * (sum(fixed) + len(GAP) * len(fixed))
    first = GAP.join([*cells, _coloured(wrapped[0])]).rstrip()
    return "\n".join([first, *(f"{further}{line}" for line in wrapped[1:])])


def _padded(row: Sequence[str], fixed: Sequence[int], numbers: Sequence[int]) -> list[str]:
    """All cells but the last, as wide as their columns."""
    return [_aligned(text, size, at in numbers) for at, (text, size) in enumerate(zip(row, fixed, strict=False))]


def _aligned(text: str, size: int, right: bool) -> str:
    return text.rjust(size) if right else text.ljust(size)


def _coloured(text: str) -> str:
    colour = COLOURS.get(text.strip())
    return click.style(text, fg=colour) if colour else text


def _wrapped(text: str, size: int) -> list[str]:
    """As `wrapped`, but for a column: a word that is too long for it is broken, a command is not."""
    if _TO_TYPE.search(text):
        return wrapped(text, max(size, 20))
    return textwrap.wrap(text, max(size, 20), break_on_hyphens=False)


def wrapped(text: str, size: int, initial: str = "", further: str = "") -> list[str]:
    """Lines of at most `size` characters, the first with one indent and the others with another; what is in backticks stays whole."""
    lines = textwrap.wrap(
        _whole(text), size, initial_indent=initial, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_KEPT, " ") for line in lines]


def _whole(text: str) -> str:
    """With every command as one word."""
    return _TO_TYPE.sub(lambda found: found[0].replace(" ", _KEPT), text)


def document(kind: str, content: Mapping[str, Any]) -> str:
    """One JSON document: {"format": "patchkeep.KIND", "version": 1, ...}."""
    return json.dumps({"format": f"patchkeep.{kind}", "version": 1, **content}, indent=1, default=_plain, ensure_ascii=False)


def as_json(kind: str, content: Mapping[str, Any]) -> None:
    click.echo(document(kind, content))


def plain(value: Any) -> Any:
    """A frozen value as plain dicts and lists, as the store would write it."""
    from patchkeep.doors.store import to_json

    return json.loads(to_json(value))


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    return plain(value)


def age(span: timedelta | None) -> str:
    """A span as people say it, like 3 h or 12 d; "never" for None."""
    if span is None:
        return "never"
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"


def ratio(part: int, whole: int) -> str:
    """A share in percent, never rounded up to 100; UNKNOWN where there is nothing to divide by."""
    if not whole:
        return "UNKNOWN"
    return f"{100 * part // whole} %"
