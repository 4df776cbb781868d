"""Compliance items: those of patching, made from the patch records, of associations, and those that others put.

State: `site.kept["ssm.compliance"]` (node id, type) -> Items put by PutComplianceItems; each put replaces the whole set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.association_store import associations_of
from patchkeep.sandbox.ssm.baseline_rules import LEVELS
from patchkeep.sandbox.ssm.listing import listing, without_none
from patchkeep.sandbox.ssm.patchstates import NON_COMPLIANT, PatchState, folded, patch_states
from patchkeep.sandbox.ssm.select import is_managed

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

_SIZE = (1, 50, 50)
_NODE = "ManagedInstance"
_KEYS = frozenset(
    {"ComplianceType", "Status", "Severity", "OverallSeverity", "Id", "Title", "ResourceId"}
    | {"Classification", "PatchBaselineId", "PatchGroup", "PatchState", "PatchSeverity", "DocumentName"}
)
_COMPARES: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "EQUAL": lambda present, values: present in values,
    "NOT_EQUAL": lambda present, values: present not in values,
    "BEGIN_WITH": lambda present, values: present.startswith(tuple(values)),
    "LESS_THAN": lambda present, values: present < values[0],
    "GREATER_THAN": lambda present, values: present > values[0],
}


@dataclass(frozen=True, slots=True)
class Items:
    """Every item of one type of one node, in the shape of ListComplianceItems."""

    node: str
    type: str
    summary: Mapping[str, Any]  # ExecutionSummary
    rows: tuple[Mapping[str, Any], ...]

    def counts(self, status: str) -> dict[str, int]:
        found = Counter(row["Severity"] for row in self.rows if row["Status"] == status)
        return {f"{level.capitalize()}Count": found[level] for level in LEVELS}


def _kept(site: Site) -> dict[tuple[str, str], Items]:
    return cast(dict[tuple[str, str], Items], site.kept["ssm.compliance"])


def all_items(site: Site) -> list[Items]:
    """Return the items of every managed node: patching, associations, and what was put."""
    found = [_of_patching(state) for state in patch_states(site).values()]
    found += _of_associations(site)
    return found + [items for items in _kept(site).values() if is_managed(site.nodes.get(items.node))]


def _of_patching(state: PatchState) -> Items:
    summary = {"ExecutionTime": state.ended, "ExecutionId": state.execution[0], "ExecutionType": state.execution[1]}
    rows = []
    for patch in state.patches:
        if folded(patch.state) == "NOTAPPLICABLE":
            continue
        details = {"Classification": patch.classification, "PatchBaselineId": state.baseline, "PatchGroup": state.group}
        row = {
            "Id": patch.kb_id,
            "Title": patch.title,
            "Status": "NON_COMPLIANT" if folded(patch.state) in NON_COMPLIANT else "COMPLIANT",
            "Severity": state.levels.get(patch.kb_id, "UNSPECIFIED"),
            "Details": {**details, "PatchState": patch.state, "PatchSeverity": patch.severity},
        }
        rows.append(row)
    return Items(state.node, "Patch", summary, tuple(rows))


def _of_associations(site: Site) -> list[Items]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    times: dict[str, Any] = {}
    for association in associations_of(site).values():
        for run in association.executions[-1].targets.values() if association.executions else ():
            if run.status in {"Success", "Failed"} and is_managed(site.nodes.get(run.node)):
                status = "COMPLIANT" if run.status == "Success" else "NON_COMPLIANT"
                severity = association.asked.get("ComplianceSeverity") or "UNSPECIFIED"
                details = {"DocumentName": association.document, "DocumentVersion": association.asked.get("DocumentVersion") or "$DEFAULT"}
                row = {"Id": association.id, "Title": association.label, "Status": status, "Severity": severity, "Details": details}
                rows.setdefault(run.node, []).append(row)
                times[run.node] = max(run.at, times.get(run.node, run.at))
    return [Items(node, "Association", {"ExecutionTime": times[node]}, tuple(found)) for node, found in rows.items()]


@operation("ssm", "PutComplianceItems")
def put_compliance_items(request: Request) -> Answer:
    params = request.params
    node, kind = params["ResourceId"], params["ComplianceType"]
    if params["ResourceType"] != _NODE:
        raise AwsError("InvalidResourceType", f"The resource type must be {_NODE}.")
    if not is_managed(request.site.nodes.get(node)):
        raise AwsError("InvalidResourceId", f"The resource ID {node} is not valid.")
    if not kind.startswith("Custom:") and kind not in {"Patch", "Association"}:
        raise AwsError("ValidationException", "A compliance type of one's own begins with 'Custom:'.")
    if not kind.startswith("Custom:"):
        raise AwsError("EmulatorNotImplemented", f"Items of type {kind} are made by the sandbox's own agents.")
    put: tuple[Mapping[str, Any], ...] = tuple({"Id": "", "Title": "", "Details": {}, **item} for item in params["Items"])
    if params.get("UploadType") == "PARTIAL" and (earlier := _kept(request.site).get((node, kind))):
        ids = {item["Id"] for item in put}
        put = (*(row for row in earlier.rows if row["Id"] not in ids), *put)
    _kept(request.site)[node, kind] = Items(node, kind, dict(params["ExecutionSummary"]), put)
    return {}


@operation("ssm", "ListComplianceItems")
def list_compliance_items(request: Request) -> Answer:
    params = request.params
    if params.get("ResourceTypes") and list(params["ResourceTypes"]) != [_NODE]:
        raise AwsError("InvalidResourceType", f"The resource type must be {_NODE}.")
    wanted = params.get("ResourceIds")
    rows = [
        {
            "ComplianceType": items.type,
            "ResourceType": _NODE,
            "ResourceId": items.node,
            "ExecutionSummary": _summary(items),
            **{name: row[name] for name in ("Id", "Title", "Status", "Severity", "Details")},
        }
        for items in all_items(request.site)
        if not wanted or items.node in wanted
        for row in items.rows
        if _passes({"ComplianceType": items.type, **row}, params.get("Filters") or ())
    ]
    return listing(request, "ComplianceItems", rows, size=_SIZE)


def _summary(items: Items) -> Answer:
    return without_none(**items.summary)


def _passes(row: Mapping[str, Any], filters: Iterable[Mapping[str, Any]]) -> bool:
    for one in filters:
        if one["Key"] not in _KEYS:
            raise AwsError("InvalidFilter", f"The filter key '{one['Key']}' is not valid.")
        present = row.get(one["Key"]) or (row.get("Details") or {}).get(one["Key"], "")
        if not _COMPARES[one.get("Type") or "EQUAL"](str(present), one.get("Values") or ()):
            return False
    return True


@operation("ssm", "ListResourceComplianceSummaries")
def list_resource_compliance_summaries(request: Request) -> Answer:
    rows = [_of_node(items) for items in all_items(request.site)]
    filters = request.params.get("Filters") or ()
    return listing(request, "ResourceComplianceSummaryItems", [row for row in rows if _passes(row, filters)], size=_SIZE)


def _of_node(items: Items) -> Answer:
    wrong = [str(row["Severity"]) for row in items.rows if row["Status"] == "NON_COMPLIANT"]
    return {
        "ComplianceType": items.type,
        "ResourceType": _NODE,
        "ResourceId": items.node,
        "Status": "NON_COMPLIANT" if wrong else "COMPLIANT",
        "OverallSeverity": min(wrong, key=LEVELS.index, default="UNSPECIFIED"),
        "ExecutionSummary": _summary(items),
        "CompliantSummary": {"CompliantCount": len(items.rows) - len(wrong), "SeveritySummary": items.counts("COMPLIANT")},
        "NonCompliantSummary": {"NonCompliantCount": len(wrong), "SeveritySummary": items.counts("NON_COMPLIANT")},
    }


@operation("ssm", "ListComplianceSummaries")
def list_compliance_summaries(request: Request) -> Answer:
    """By type, how many nodes are compliant and how many are not, by their overall severity."""
    nodes: dict[str, list[Answer]] = {}
    for items in all_items(request.site):
        nodes.setdefault(items.type, []).append(_of_node(items))
    rows = [{"ComplianceType": kind, **_totals(found)} for kind, found in nodes.items()]
    filters = request.params.get("Filters") or ()
    return listing(request, "ComplianceSummaryItems", [row for row in rows if _passes(row, filters)], size=_SIZE)


def _totals(nodes: Sequence[Answer]) -> Answer:
    def summed(status: str) -> tuple[int, dict[str, int]]:
        levels = Counter(str(node["OverallSeverity"]) for node in nodes if node["Status"] == status)
        return sum(levels.values()), {f"{level.capitalize()}Count": levels[level] for level in LEVELS}

    (good, good_levels), (bad, bad_levels) = summed("COMPLIANT"), summed("NON_COMPLIANT")
    return {
        "CompliantSummary": {"CompliantCount": good, "SeveritySummary": good_levels},
        "NonCompliantSummary": {"NonCompliantCount": bad, "SeveritySummary": bad_levels},
    }
