"""Commands inside sentences as they must be typed here: under `sandbox run` the bare ones would go to the real AWS."""

from __future__ import annotations

import re

from patchkeep.cli import COMMANDS

PLAIN = "patchkeep"
_ELSEWHERE = {"demo", "sandbox", "completion"}  # these never work on an organization that somebody chose
_COMMAND = re.compile(rf"(?<![\w./-]){PLAIN} (?=(?:{'|'.join(sorted(set(COMMANDS) - _ELSEWHERE))})\b)")


def typed(text: str, called: str) -> str:
    """The text with `patchkeep VERB` as `called VERB`."""
    return text if called == PLAIN else _COMMAND.sub(lambda _: f"{called} ", text)
