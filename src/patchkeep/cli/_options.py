"""What all commands share: the policy file, the output format, the clock, and progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from patchkeep.wire import House
    from patchkeep.work.discover import Ticks
    from patchkeep.work.seams import Clock

F = TypeVar("F", bound=Callable[..., Any])

_FORMS = click.Choice(["human", "json"])
policy_option = click.option("--policy", "policy", default="patchkeep.yaml", show_default=True, metavar="FILE", help="The policy file.")
format_option = click.option(
    "--format", "form", type=_FORMS, default="human", show_default=True, help="json: one document with `format` and `version`."
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a caller may inject: the sandbox's clock."""

    clock: Clock | None = None


def clock_of(ctx: click.Context) -> Clock:
    """Real time, unless a sandbox injected its own."""
    from patchkeep.doors.clock import SystemClock

    setup = ctx.find_object(Setup)
    return setup.clock if setup and setup.clock else SystemClock()


@contextmanager
def opened(ctx: click.Context, policy: str, trace: str | None = None) -> Iterator[House]:
    """The house with all doors."""
    from patchkeep.wire import house

    if trace:
        _try_to_append(trace)
    with house(policy, clock_of(ctx), trace) as built:
        yield built


def _try_to_append(path: str) -> None:
    """Refuse a trace file that can't be written before anything is looked at."""
    from pathlib import Path

    try:
        Path(path).open("a").close()
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be written: {error.strerror}", param_hint="--trace") from error


@contextmanager
def progress(what: str) -> Iterator[Ticks]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def tick(done: int, total: int, part: str) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(f"{what}: {part}", total=total)
            bars.update(tasks[part], completed=done, total=total)

        yield tick


def only_of(words: str) -> Any:
    """`--only ou=Workloads/Dev,account=111122223333` as a match; wrong keys are refused with what may stand there."""
    from patchkeep.domain.frozen import Frozen
    from patchkeep.domain.policy import Match
    from patchkeep.work.plan import Only

    given: dict[str, list[str]] = {"ou": [], "account": []}
    tags: dict[str, list[str]] = {}
    parts = tuple(part.strip() for part in words.split(",") if part.strip())
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or not value or not (key in given or key.startswith("tag:")):
            raise click.BadParameter(f"{part!r}: write ou=PATH, account=ID or tag:KEY=VALUE, joined by commas", param_hint="--only")
        if key == "account" and not (len(value) == 12 and value.isdigit()):
            raise click.BadParameter(f"{value!r} is not an account id: twelve digits", param_hint="--only")
        (given[key] if key in given else tags.setdefault(key.removeprefix("tag:"), [])).append(value)
    return Only(parts, Match(tuple(given["ou"]), tuple(given["account"]), Frozen(tags)))


def writable(ctx: click.Context, param: click.Parameter, path: str | None) -> str | None:  # noqa: ARG001 - click's signature
    """An output file's path, refused before any work is done where it cannot be written."""
    from pathlib import Path

    folder = Path(path).parent if path else None
    if folder and not folder.is_dir():
        raise click.BadParameter(f"{path} cannot be written: there is no folder {folder}")
    return path


only_option = click.option(
    "--only", default="", metavar="ou=...,account=...", help="A pilot: no more than what these match (ou, account, tag:KEY)."
)


def save(path: str, content: str, option: str = "--output") -> None:
    """Write a file, or say why that cannot be."""
    from pathlib import Path

    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be written: {error.strerror}", param_hint=option) from error
