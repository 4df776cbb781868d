"""The record of what we did: entries of the append-only ledger, and what can keep us from writing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patchkeep.domain.call import Target
from patchkeep.domain.frozen import NOTHING, Frozen


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: a write we meant to make, or what came of it, or a refusal."""

    at: datetime
    kind: str  # "intent" | "answer" | "refusal" | "approval" | "note"
    subject: str  # plan id or rollout id
    mark: str  # setting id or batch id: joins an answer to its intent
    target: Target
    operation: str = ""  # "ssm:SendCommand"
    params: Frozen = NOTHING
    caller: str = ""
    request_id: str = ""
    outcome: str = ""  # "ok", or AWS's code and sentence


class Overtaken(Exception):  # noqa: N818 - it says what happened
    """Another process moved the rollout first: load it again."""


class Busy(Exception):  # noqa: N818 - it says what happened
    """Another Patchkeep process is doing the same thing right now."""
