"""Where Patchkeep and another tool may say different things of one node, and why. docs/explanation/witnesses.md has each in words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

NON_COMPLIANT, COMPLIANT, UNKNOWN = "NON_COMPLIANT", "COMPLIANT", "UNKNOWN"
SILENT = "-"  # the tool says nothing of the node


class Why(StrEnum):
    """Each is a row of the table in docs/explanation/witnesses.md, word for word."""

    OTHER_BASELINE = "scanned with another baseline"
    NO_BASELINE = "the policy's baseline does not exist there"
    STALE = "the scan is too old"
    CUT_OFF = "the agent is not in touch"
    NEVER_SCANNED = "never scanned"
    HYBRID = "a hybrid machine"
    STOPPED_PASSES = "stopped passes as managed"
    LOST_PASSES = "a lost connection passes as managed"
    LAST_SUMMARY = "one summary for each node"


DOUBTS = (
    ("scanned with another baseline", Why.OTHER_BASELINE),
    ("the policy's baseline", Why.NO_BASELINE),
    ("last scan is", Why.STALE),
    ("runs, but its agent has lost the connection", Why.CUT_OFF),
    ("never scanned", Why.NEVER_SCANNED),
)
Reasons = Sequence[str]


def why(ours: str, reasons: Reasons, theirs: str) -> tuple[Why, ...]:
    """Why verdicts on patches differ though both looked at the same scan; () where nothing explains it.

    Patchkeep may only be stricter: what AWS calls compliant, or says nothing of, is UNKNOWN to us while something makes that no proof.
    """
    if ours != UNKNOWN or theirs not in (COMPLIANT, SILENT):
        return ()
    causes = tuple(cause for begins, cause in DOUBTS if any(reason.startswith(begins) for reason in reasons))
    return causes if theirs == COMPLIANT else tuple(cause for cause in causes if cause == Why.NEVER_SCANNED)


def why_of_prowler(ours: str, reasons: Reasons, theirs: str, summaries: Sequence[tuple[str, str]]) -> tuple[Why, ...]:
    """The same for Prowler, which keeps the summary that AWS lists last. `summaries`: (type, status) of the node, in AWS's order."""
    of_patches = dict(summaries).get("Patch", SILENT)
    if of_patches != theirs and summaries and summaries[-1][1] == theirs:
        return (Why.LAST_SUMMARY,)
    return why(ours, reasons, theirs)


def why_of_managed(causes: Sequence[str], theirs: str) -> tuple[Why, ...]:
    """Why Prowler passes an instance as managed that Patchkeep cannot see into. `causes`: of Patchkeep's obstacles."""
    if theirs != "PASS":
        return ()
    passes = {"stopped": Why.STOPPED_PASSES, "offline": Why.LOST_PASSES}
    return tuple(passes[cause] for cause in causes if cause in passes)
