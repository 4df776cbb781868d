"""What the last patch operation left to say about each node: one record, overwritten by the next, whoever asked for it.

State: `site.kept["ssm.patch-states"]` node id -> PatchState.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.ids import must_be_node_id
from patchkeep.sandbox.ssm.listing import kept_by, listing, without_none
from patchkeep.sandbox.ssm.select import is_managed, known

if TYPE_CHECKING:
    from patchkeep.sandbox.agent import PatchRecord
    from patchkeep.sandbox.world import Site

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # what AWS answers for the installation time of what is not installed
_COUNTS = {
    "INSTALLED": "InstalledCount",
    "INSTALLEDOTHER": "InstalledOtherCount",
    "INSTALLEDPENDINGREBOOT": "InstalledPendingRebootCount",
    "INSTALLEDREJECTED": "InstalledRejectedCount",
    "MISSING": "MissingCount",
    "FAILED": "FailedCount",
    "NOTAPPLICABLE": "NotApplicableCount",
    "AVAILABLESECURITYUPDATE": "AvailableSecurityUpdateCount",
}
NON_COMPLIANT = frozenset({"INSTALLEDPENDINGREBOOT", "INSTALLEDREJECTED", "MISSING", "FAILED"})
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equal": operator.eq,
    "NotEqual": operator.ne,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
}


def folded(state: str) -> str:
    """Spell a state so that "NotApplicable" and "NOT_APPLICABLE" are the same word."""
    return state.replace("_", "").upper()


@dataclass(frozen=True, slots=True)
class PatchState:
    """One node's record. `levels`: the baseline's compliance level of each patch that is not compliant, by KB id."""

    node: str
    group: str
    baseline: str
    snapshot: str
    operation: str
    started: datetime
    ended: datetime
    patches: tuple[PatchRecord, ...]
    reboot_option: str
    override_list: str = ""
    last_no_reboot: datetime | None = None
    levels: dict[str, str] = field(default_factory=dict)
    execution: tuple[str, str] = ("", "Command")  # id and type of what asked: a command, an association

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(_COUNTS[folded(patch.state)] for patch in self.patches)
        return {name: found[name] for name in _COUNTS.values()}

    @property
    def non_compliant(self) -> list[PatchRecord]:
        return [patch for patch in self.patches if folded(patch.state) in NON_COMPLIANT]

    def gravity(self) -> dict[str, int]:
        """Count what is not compliant: critical by the baseline's level, else security by classification, else other."""
        counts = dict.fromkeys(("CriticalNonCompliantCount", "SecurityNonCompliantCount", "OtherNonCompliantCount"), 0)
        for patch in self.non_compliant:
            if self.levels.get(patch.kb_id) == "CRITICAL":
                counts["CriticalNonCompliantCount"] += 1
            elif patch.classification.startswith("Security"):
                counts["SecurityNonCompliantCount"] += 1
            else:
                counts["OtherNonCompliantCount"] += 1
        return counts


def patch_states(site: Site) -> dict[str, PatchState]:
    """Return the records by node id; those of nodes that are gone are forgotten."""
    kept = cast(dict[str, PatchState], site.kept["ssm.patch-states"])
    for node_id in [node_id for node_id in kept if not is_managed(site.nodes.get(node_id))]:
        del kept[node_id]
    return kept


def _answer(state: PatchState) -> Answer:
    return without_none(
        InstanceId=state.node,
        PatchGroup=state.group,
        BaselineId=state.baseline,
        SnapshotId=state.snapshot,
        InstallOverrideList=state.override_list or None,
        OwnerInformation="",
        **state.counts,
        UnreportedNotApplicableCount=0,
        OperationStartTime=state.started,
        OperationEndTime=state.ended,
        Operation=state.operation,
        LastNoRebootInstallOperationTime=state.last_no_reboot,
        RebootOption=state.reboot_option,
        **state.gravity(),
    )


@operation("ssm", "DescribeInstancePatchStates")
def describe_instance_patch_states(request: Request) -> Answer:
    """Ids that SSM doesn't know and nodes that were never scanned are simply absent."""
    kept, asked = patch_states(request.site), dict.fromkeys(request.params["InstanceIds"])
    for node_id in asked:
        must_be_node_id(node_id)
    rows = [_answer(kept[node_id]) for node_id in asked if node_id in kept]
    return listing(request, "InstancePatchStates", rows, size=(10, 100, 50))


@operation("ssm", "DescribeInstancePatchStatesForPatchGroup")
def describe_instance_patch_states_for_patch_group(request: Request) -> Answer:
    rows = [_answer(state) for state in _of_group(request)]
    for one in request.params.get("Filters") or ():
        rows = [row for row in rows if _compares(row, one)]
    return listing(request, "InstancePatchStates", rows, size=(10, 100, 50))


def _of_group(request: Request) -> list[PatchState]:
    return [state for state in patch_states(request.site).values() if state.group == request.params["PatchGroup"]]


def _compares(row: Answer, one: Answer) -> bool:
    present, wanted = row.get(one["Key"]), one["Values"][0]
    if one["Key"] not in {*_COUNTS.values(), "InstanceId", "BaselineId", "Operation", "SnapshotId", "RebootOption"}:
        raise AwsError("InvalidFilter", f"The filter key '{one['Key']}' is not valid.")
    try:
        return _COMPARE[one["Type"]](present, int(wanted) if isinstance(present, int) else wanted)
    except ValueError as error:
        raise AwsError("InvalidFilter", f"'{wanted}' is not a number.") from error


@operation("ssm", "DescribePatchGroupState")
def describe_patch_group_state(request: Request) -> Answer:
    states = _of_group(request)
    counts, gravity = [state.counts for state in states], [state.gravity() for state in states]
    return {
        "Instances": len(states),
        "InstancesWithInstalledPatches": _having(counts, "InstalledCount"),
        "InstancesWithInstalledOtherPatches": _having(counts, "InstalledOtherCount"),
        "InstancesWithInstalledPendingRebootPatches": _having(counts, "InstalledPendingRebootCount"),
        "InstancesWithInstalledRejectedPatches": _having(counts, "InstalledRejectedCount"),
        "InstancesWithMissingPatches": _having(counts, "MissingCount"),
        "InstancesWithFailedPatches": _having(counts, "FailedCount"),
        "InstancesWithNotApplicablePatches": _having(counts, "NotApplicableCount"),
        "InstancesWithUnreportedNotApplicablePatches": 0,
        "InstancesWithCriticalNonCompliantPatches": _having(gravity, "CriticalNonCompliantCount"),
        "InstancesWithSecurityNonCompliantPatches": _having(gravity, "SecurityNonCompliantCount"),
        "InstancesWithOtherNonCompliantPatches": _having(gravity, "OtherNonCompliantCount"),
        "InstancesWithAvailableSecurityUpdates": _having(counts, "AvailableSecurityUpdateCount"),
    }


def _having(counts: Iterable[dict[str, int]], name: str) -> int:
    return sum(count[name] > 0 for count in counts)


@operation("ssm", "DescribeInstancePatches")
def describe_instance_patches(request: Request) -> Answer:
    node = known(request.site, request.params["InstanceId"])
    tests = {
        "State": lambda patch, values: folded(patch.state) in {folded(value) for value in values},
        "Classification": lambda patch, values: patch.classification in values,
        "Severity": lambda patch, values: patch.severity in values,
        "KBId": lambda patch, values: patch.kb_id in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "InvalidFilter")
    state = patch_states(request.site).get(node.id)
    rows = [_patch(patch) for patch in (state.patches if state else ()) if passes(patch)]
    return listing(request, "Patches", rows, size=(10, 100, 50))


def _patch(patch: PatchRecord) -> Answer:
    cves = ",".join(patch.cve_ids) if folded(patch.state) in {"MISSING", "FAILED"} else ""
    return without_none(
        Title=patch.title,
        KBId=patch.kb_id,
        Classification=patch.classification,
        Severity=patch.severity,
        State=patch.state,
        InstalledTime=patch.installed_time or NEVER,
        CVEIds=cves or None,
    )
