"""How the demo runs a command: announced, shown as typed, then run by the very code that a person's own typing would run."""

from __future__ import annotations

import io
import sys
import textwrap
from contextlib import redirect_stdout
from dataclasses import dataclass
from shlex import join
from typing import TYPE_CHECKING

import click

from patchkeep.cli import show
from patchkeep.cli._options import Setup

if TYPE_CHECKING:
    from patchkeep.work.seams import Clock

WRONG_USE = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is shown. `clock`: the sandbox's, by which every command runs."""

    clock: Clock

    def say(self, what: str) -> None:
        click.echo()
        for line in textwrap.wrap(what, min(show.width(), 100) - 2):
            click.secho(f"# {line}", bold=True)

    def run(self, *arguments: str, quiet: bool = False, head: int = 0) -> None:
        """Run one command as typed; with `head` only its first lines are shown."""
        if not quiet:
            click.secho(f"\n$ patchkeep {join(arguments)}", fg="cyan")
        if quiet or head:
            text = self.caught(*arguments)
            if not quiet:
                _show_head(text, head)
        else:
            self._called(*arguments)

    def caught(self, *arguments: str) -> str:
        """What the command would have shown."""
        page = _Page()
        with redirect_stdout(page):
            self._called(*arguments)
        return page.getvalue()

    def _called(self, *arguments: str) -> None:
        """A status of 2 or an unknown error ends the demo."""
        from patchkeep.cli import patchkeep

        status = patchkeep.main(list(arguments), prog_name="patchkeep", standalone_mode=False, obj=Setup(self.clock))
        if status == WRONG_USE:
            raise click.ClickException(f"`patchkeep {join(arguments)}` ended with exit status 2")


class _Page(io.StringIO):
    """Text caught that keeps its colours where they would have been shown."""

    def isatty(self) -> bool:
        return bool(sys.__stdout__ and sys.__stdout__.isatty())


def _show_head(text: str, most: int) -> None:
    """The first lines, each cut to the columns there are."""
    lines = text.rstrip().splitlines()
    for line in lines[:most]:
        click.echo(line if len(line) <= show.width() or "\x1b" in line else f"{line[: show.width() - 1]}…")
    if len(lines) > most:
        click.echo(f"  ... {len(lines) - most} more lines")
