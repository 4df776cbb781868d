"""Trusted Advisor: what AWS itself flags as outdated, deprecated or without support. Only read, nothing is refreshed or dismissed.

- support:DescribeTrustedAdvisorChecks: which checks there are, by name; those about versions and support are gone on with
- support:DescribeTrustedAdvisorCheckSummaries: which of them flag something
- support:DescribeTrustedAdvisorCheckResult, for each that does: which resources

Asked once per account: one endpoint in the partition's home region answers for all of them.
https://docs.aws.amazon.com/awssupport/latest/user/trusted-advisor-check-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.wording import counted
from patchkeep.services import _told
from patchkeep.services._paid import without_a_plan
from patchkeep.services._service import Service

NAME, KIND = "trustedadvisor", "advice"
FLAGGED = frozenset({"warning", "error"})
CHECKS = Call.of("support", "describe_trusted_advisor_checks", language="en")
Row = Mapping[str, Any]

# Checks have no field that says so: their English names do.
_OF_PATCHING = re.compile(
    r"(?i)end[- ]of[- ](support|life)|deprecat|minor version|engine version|out[- ]of[- ]date|outdated|upgrade|\bpatch|platform version"
)
_NAMING = ("ARN", "Resource", "Name", "ID")  # headings of the column that names a resource, the best first


def discover(target: Target) -> Dialogue[Found]:
    """The checks that flag something, as objects; without a paid support plan one gap that says so."""
    try:
        checks: Sequence[Row] = (yield CHECKS)["checks"]
    except Refused as refused:
        return without_a_plan(refused, "Trusted Advisor")
    chosen = {check["id"]: check for check in checks if _OF_PATCHING.search(check["name"])}
    if not chosen:
        return Found()
    summaries = (yield Call.of("support", "describe_trusted_advisor_check_summaries", checkIds=sorted(chosen)))["summaries"]
    flagged = [chosen[row["checkId"]] for row in summaries if row["status"] in FLAGGED and row["checkId"] in chosen]
    calls = tuple(Call.of("support", "describe_trusted_advisor_check_result", checkId=check["id"], language="en") for check in flagged)
    answers = (yield calls) if calls else ()
    told = ((check, answer["result"]) for check, answer in zip(flagged, answers, strict=True) if not isinstance(answer, Refused))
    return Found(gaps=_told.gaps_about((), answers), objects=tuple(_existing(target, check, result) for check, result in told))


def _existing(target: Target, check: Row, result: Row) -> Existing:
    rows = [row for row in result["flaggedResources"] if row["status"] in FLAGGED and not row.get("isSuppressed")]
    names = tuple(sorted({_name(check, row) for row in rows}))
    said = f"{check['name']} ({counted(len(rows), 'resource')})"
    fields = {"check": check["id"], "status": result["status"], "entities": names}
    return Existing(NAME, KIND, target, check["id"], said, "", Frozen(fields))


def _name(check: Row, row: Row) -> str:
    """What the row's column of names says; AWS's own id of the row, which means nothing to people, where there is none."""
    columns = dict(zip(check.get("metadata") or (), row.get("metadata") or (), strict=False))
    for word in _NAMING:
        if found := next((value for heading, value in columns.items() if word.lower() in heading.lower() and value), ""):
            return str(found)
    return str(row["resourceId"])


SERVICE = Service(name=NAME, discover=discover, once=True)
