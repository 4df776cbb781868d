"""The policy file and the calendars beside it: read here, understood in `policy`."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from patchkeep.domain.policy import Place, Policy, PolicyError, PolicyErrors
from patchkeep.policy import calendars_of, digest, load
from patchkeep.services import kinds
from patchkeep.services import load as load_services


def read_policy(path: str, now: datetime) -> Policy:
    """The policy file, or PolicyErrors with every mistake in it."""
    text, calendars = _texts(path)
    return load(text, path, now, calendars, cache(lambda: kinds(load_services())))


def hash_of(path: str, known: Policy, now: datetime) -> str:
    """The hash of the policy file as it stands. One that still says what the known one says isn't understood again."""
    text, calendars = _texts(path)
    return known.hash if digest(text, calendars) == known.hash else read_policy(path, now).hash


def _texts(path: str) -> tuple[str, dict[str, str | None]]:
    """The policy file's text, and by name those of the calendars beside it."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _unreadable(path, "There is no such file.", "Write one with `patchkeep init`, or name yours with --policy.") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"It is not UTF-8 text: {error.reason}.", "Save it as UTF-8.") from None
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.", "Name a readable file with --policy.") from None
    calendars = {name: _calendar(path, file.parent / name) for name in calendars_of(text)}
    return text, calendars


def _calendar(policy: str, path: Path) -> str | None:
    """The calendar's text; None where there is no such file, which the policy's other mistakes stand beside."""
    fix = "Correct `calendar:` under freezes."
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise _unreadable(policy, f"The calendar {path} cannot be read: it is not UTF-8 text ({error.reason}).", fix) from None
    except OSError as error:
        raise _unreadable(policy, f"The calendar {path} cannot be read: {error.strerror}.", fix) from None


def _unreadable(path: str, what: str, fix: str) -> PolicyErrors:
    return PolicyErrors((PolicyError(Place(path, 1, 1), what, fix),))
