"""What happens to a process at one of its store's statements: counted in the process itself, by SQLAlchemy's own events."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import sqlalchemy as sa

Happening = Callable[[], None]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Fuse:
    """A hook: something happens at the `number`th instant of the store. 0: never.

    Instants are: before each statement, before each commit, and after it. `told`: a file that says in the end how many there were.
    """

    number: int
    told: Path | None = None
    happening: Happening = die

    def __call__(self) -> None:
        passed, guard = [0], threading.Lock()

        def instant(*_: Any) -> None:
            with guard:
                passed[0] += 1
                due = passed[0] == self.number
            if due:
                self.happening()

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", instant)
        sa.event.listen(sa.engine.Engine, "commit", instant)
        sa.event.listen(sa.pool.Pool, "checkin", instant)
        if self.told:
            told = self.told
            Finalize(None, lambda: told.write_text(str(passed[0]), encoding="utf-8"), exitpriority=1)
