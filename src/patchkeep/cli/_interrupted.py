"""Ctrl-C and SIGTERM: what was stopped, what goes on without us, and what to type next."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AT_LARGE = "What was stored stays. Type the command again."
BY_KEYBOARD, BY_SIGNAL = 130, 143  # exit statuses, as shells count them: 128 and the signal's number


class Terminated(KeyboardInterrupt):
    """SIGTERM: whoever shuts this machine down, or stops the service, wants us to end as Ctrl-C does."""


class Interrupted(Exception):  # noqa: N818 - it says what happened
    """The command was interrupted; the sentence says what goes on, and what to type."""

    def __init__(self, why: str, status: int = BY_KEYBOARD) -> None:
        super().__init__(why)
        self.status = status


def interrupted(by: BaseException | None, what_goes_on: str = AT_LARGE) -> Interrupted:
    """What to say of an interruption."""
    ended = isinstance(by, Terminated)
    return Interrupted(f"{'Ended by SIGTERM' if ended else 'Interrupted'}. {what_goes_on}", BY_SIGNAL if ended else BY_KEYBOARD)


@contextmanager
def interruptible(what_goes_on: str) -> Iterator[None]:
    """Say so where somebody presses Ctrl-C, or ends this process, inside the block."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise interrupted(error, what_goes_on) from None


@contextmanager
def ending_politely() -> Iterator[None]:
    """SIGTERM inside the block is as Ctrl-C: whatever is open gets closed. By itself it would end this process without a word."""
    if threading.current_thread() is not threading.main_thread():  # Python lets no other one say what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what Python calls it with
    raise Terminated
