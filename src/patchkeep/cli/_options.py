"""What all commands share: the policy file, the output format, the clock, and progress."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from patchkeep.cli._typed import PLAIN

if TYPE_CHECKING:
    from patchkeep.wire import House
    from patchkeep.work.discover import Ticks
    from patchkeep.work.seams import Clock

F = TypeVar("F", bound=Callable[..., Any])

_FORMS = click.Choice(["human", "json"])
DEFAULT_POLICY = "patchkeep.yaml"
FILE = click.Path()  # only so that shells complete file names: what is wrong with one is said where it is opened
policy_option = click.option(
    "--policy", "policy", default=DEFAULT_POLICY, show_default=True, metavar="FILE", type=FILE, help="The policy file."
)
format_option = click.option(
    "--format", "form", type=_FORMS, default="human", show_default=True, help="json: one document with `format` and `version`."
)

endpoint_option = click.option(
    "--endpoint", default="http://127.0.0.1:4566", show_default=True, envvar="PATCHKEEP_SANDBOX", show_envvar=True, help="Where it serves."
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a caller may inject: the sandbox's clock, and how the command was called (sentences name further commands that way)."""

    clock: Clock | None = None
    called: str = PLAIN


class WrongUse(click.ClickException):
    """A wish that cannot be met, in one sentence, where the command's usage would not help."""

    exit_code = 2


def clock_of(ctx: click.Context) -> Clock:
    """Real time, unless a sandbox injected its own."""
    from patchkeep.doors.clock import SystemClock

    setup = ctx.find_object(Setup)
    return setup.clock if setup and setup.clock else SystemClock()


@contextmanager
def opened(ctx: click.Context, policy: str, trace: str | None = None, *, first: bool = False) -> Iterator[House]:
    """The house with all doors. `first`: this command may be the first one, so it makes the database where there is none."""
    from patchkeep.wire import house

    if trace:
        _try_to_append(trace)
    with house(policy, clock_of(ctx), trace, create=first) as built:
        yield built


def _try_to_append(path: str) -> None:
    """Refuse a trace file that can't be written before anything is looked at."""
    try:
        Path(path).open("a").close()
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be written: {error.strerror}", param_hint="--trace") from error


@contextmanager
def progress(what: str) -> Iterator[Ticks]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _part: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tick(done: int, total: int, part: str) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(f"{what}: {part}", total=total)
            bars.update(tasks[part], completed=done, total=total)

        yield tick


def writable(ctx: click.Context, param: click.Parameter, path: str | None) -> str | None:  # noqa: ARG001 - click's signature
    """An output file's path, refused before any work is done where it cannot be written."""
    folder = Path(path).parent if path else None
    if folder and not folder.is_dir():
        raise click.BadParameter(f"{path} cannot be written: there is no folder {folder}")
    return path


def save(path: str, content: str, option: str = "--output", *, private: bool = False) -> None:
    """Write a file, or say why that cannot be. `private`: readable by its owner alone, also where it was there before."""
    try:
        with open(path, "w", encoding="utf-8", opener=_private if private else None) as file:
            if private and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), stat.S_IRUSR | stat.S_IWUSR)
            file.write(content)
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be written: {error.strerror}", param_hint=option) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
