"""How answers are shown: tables that fit 80 columns for people, versioned JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

COLOURS = {
    "COMPLIANT": "green",
    "NON_COMPLIANT": "red",
    "UNKNOWN": "yellow",
    "WAIVED": "cyan",
    "create": "green",
    "change": "yellow",
    "delete": "red",
    "blocked": "magenta",
}


def console() -> Console:
    """Standard output: colour on terminals only, 80 columns where the width isn't known, and no less."""
    wide = sys.stdout.isatty()
    return Console(highlight=False, width=None if wide else 100, soft_wrap=False)


def say(text: str = "") -> None:
    click.echo(text)


def heading(text: str) -> None:
    console().print(Text(text, style="bold"))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Sequence[int] = ()) -> None:
    """A plain table. `numbers`: indices of columns to align right."""
    made = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True, padding=(0, 2, 0, 0))
    for index, name in enumerate(columns):
        made.add_column(name, justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    console().print(made)


def _cell(value: Any) -> Text:
    text = str(value)
    return Text(text, style=COLOURS.get(text, ""))


def as_json(kind: str, content: Mapping[str, Any]) -> None:
    """One JSON document: {"format": "patchkeep.KIND", "version": 1, ...}."""
    click.echo(json.dumps({"format": f"patchkeep.{kind}", "version": 1, **content}, indent=1, default=_plain, ensure_ascii=False))


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
    """A share in percent; UNKNOWN where there is nothing to divide by."""
    return f"{100 * part / whole:.0f} %" if whole else "UNKNOWN"
