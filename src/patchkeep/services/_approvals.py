"""What a baseline approves, in words, and what another content of it would approve and no longer approve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def rule_in_words(rule: Mapping[str, Any]) -> str:
    """As in "CLASSIFICATION=Security, SEVERITY=Critical|Important after 3 d"."""
    filters = rule.get("PatchFilterGroup", {}).get("PatchFilters", ())
    said = ", ".join(f"{one['Key']}={'|'.join(one['Values'])}" for one in filters) or "everything"
    until = f" released until {rule['ApproveUntilDate']}" if rule.get("ApproveUntilDate") else ""
    days = rule.get("ApproveAfterDays")
    more = ", non-security updates, too" if rule.get("EnableNonSecurity") else ""
    return f"{said}{f' after {days} d' if days else ''}{until}{more}"


def changes(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences on what nodes that take the baseline will get; nothing of fields that stay. Only `becomes`'s keys are compared."""
    return tuple(_changes(was, becomes))


def _changes(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Iterator[str]:
    if "ApprovalRules" in becomes:
        before = [rule_in_words(rule) for rule in was.get("ApprovalRules") or ()]
        after = [rule_in_words(rule) for rule in becomes["ApprovalRules"]]
        yield from _moved("approves", before, after)
        if sorted(before) == sorted(after):
            yield "its approval rules differ in their compliance level alone"
    for key, verb in (("ApprovedPatches", "approves by name"), ("RejectedPatches", "rejects")):
        if key in becomes:
            yield from _moved(verb, was.get(key) or (), becomes[key])
    if "RejectedPatchesAction" in becomes:
        yield f"rejected patches: {was.get('RejectedPatchesAction') or 'nothing said'} becomes {becomes['RejectedPatchesAction']}"
    if "GlobalFilters" in becomes:
        filters = (f"{one['Key']}={'|'.join(one['Values'])}" for one in was.get("GlobalFilters") or ())
        yield f"hides no more what {', '.join(filters)} hid"
    if "Sources" in becomes:
        yield f"installs no more from {', '.join(one['Name'] for one in was.get('Sources') or ())}"


def _moved(verb: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    if fresh := [one for one in after if one not in before]:
        yield f"newly {verb}: {'; '.join(fresh)}"
    if gone := [one for one in before if one not in after]:
        yield f"no longer {verb}: {'; '.join(gone)}"
