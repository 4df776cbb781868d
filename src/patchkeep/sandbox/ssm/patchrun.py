"""AWS-RunPatchBaseline and its kin on one node: which baseline and list it obeys, the run, the restart, the record it leaves.

Sources: the user guide's pages "About the AWS-RunPatchBaseline SSM document" and "... WithHooks".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from patchkeep.sandbox.agent import PatchOutcome, PatchRequest, RunFailed
from patchkeep.sandbox.faults.fault import Kind
from patchkeep.sandbox.ssm.baseline_rules import compliance_level
from patchkeep.sandbox.ssm.baselines import Baseline, default_baseline
from patchkeep.sandbox.ssm.groups import baseline_for, group_of
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.objects import FetchError, fetch
from patchkeep.sandbox.ssm.orders import TIMED_OUT, Ending, Finish, Order
from patchkeep.sandbox.ssm.patchstates import PatchState, patch_states
from patchkeep.sandbox.ssm.platforms import platform_of

if TYPE_CHECKING:
    from patchkeep.sandbox.ssm.reach import Line
    from patchkeep.sandbox.world import Site

POLICY_LABEL = "AWS-QuickSetup-PatchPolicy-"
RUNS_AT_MOST = timedelta(hours=2)  # the documents' own timeoutSeconds of 7200
_FAILS_AFTER = timedelta(seconds=5)


class RunError(Exception):
    """The document ends on the node before anything was looked at."""


@dataclass(frozen=True, slots=True)
class _Run:
    order: Order
    request: PatchRequest
    snapshot: str
    began: datetime
    finish: Finish

    @property
    def line(self) -> Line:
        return self.order.line

    @property
    def deadline(self) -> datetime:
        return self.began + RUNS_AT_MOST


def run_patch_document(order: Order, finish: Finish) -> None:
    """Begin a Scan or an Install now; `finish` is called when its end is seen in virtual time."""
    try:
        request = _request(order)
        outcome = order.line.node.agent.patch(request)
    except (RunError, RunFailed, FetchError) as error:
        failed = Ending("Failed", 1, error=str(error))
        order.line.after(_FAILS_AFTER, lambda: finish(failed))
        return
    snapshot = order.first("SnapshotId") or guid(order.line.world)
    run = _Run(order, request, snapshot, order.line.now, finish)
    order.line.after(outcome.lasted, lambda: run.line.when_open(run.deadline, lambda: _ended(run, outcome), lambda: finish(TIMED_OUT)))


def _request(order: Order) -> PatchRequest:
    override, baselines = order.first("InstallOverrideList"), order.first("BaselineOverride")
    if override and baselines:
        raise RunError("InstallOverrideList and BaselineOverride parameters can't be used together.")
    line, operation = order.line, order.first("Operation")
    shape = _overriding(order, baselines) if baselines else _baseline(order).shape
    listed = _override_list(order, override) if override and operation == "Install" else None
    failing = line.struck(Kind.PATCH_FAILS) if operation == "Install" else None
    fails = (failing.package or "*",) if failing else ()
    return PatchRequest(operation, dict(shape), line.now, order.first("RebootOption") or "RebootIfNeeded", listed, fails)


def _baseline(order: Order) -> Baseline:
    """A patch policy doesn't look at patch groups."""
    site, node = order.line.site, order.line.node
    if order.label.startswith(POLICY_LABEL):
        return default_baseline(site, platform_of(node.os).operating_system)
    return baseline_for(site, node)


def _overriding(order: Order, url: str) -> dict[str, Any]:
    if any(mark in url for mark in "`'\"$"):
        raise RunError(f"The name of the baseline override {url} contains a character that is not allowed.")
    system = platform_of(order.line.node.os).operating_system
    try:
        baselines = json.loads(fetch(order.line.world, order.line.site, url))
        return next(dict(one) for one in baselines if one["OperatingSystem"] == system)
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"The baseline override {url} is not a list of baselines.") from error
    except StopIteration as error:
        raise RunError(f"The baseline override {url} has no baseline for {system}.") from error


def _override_list(order: Order, url: str) -> tuple[dict[str, str], ...]:
    try:
        patches = yaml.safe_load(fetch(order.line.world, order.line.site, url))["patches"]
        return tuple({key: str(value) for key, value in patch.items()} for patch in patches)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"The override list {url} is not a YAML list of patches.") from error


def _ended(run: _Run, outcome: PatchOutcome) -> None:
    """An outcome that restarts the node tells of the node as it will be then: it is reported when the node is back."""

    def report() -> None:
        _record(run, outcome)
        run.finish(Ending("Success" if outcome.exit_code == 0 else "Failed", outcome.exit_code, outcome.output, outcome.error))

    if outcome.reboots and run.request.reboot_option != "NoReboot":
        run.line.restart(run.deadline, report, lambda: run.finish(TIMED_OUT))
    else:
        report()


def _record(run: _Run, outcome: PatchOutcome) -> None:
    """Overwrite the node's record. A baseline override outside a patch policy writes none."""
    order, site, node = run.order, run.line.site, run.line.node
    by_policy = order.label.startswith(POLICY_LABEL)
    if order.first("BaselineOverride") and not by_policy:
        return
    shape, kept = run.request.baseline, patch_states(site)
    install = run.request.operation == "Install"
    before = kept.get(node.id)
    state = PatchState(
        node=node.id,
        group="" if by_policy else group_of(node),
        baseline=str(shape.get("BaselineId", "")).rpartition("/")[2],
        snapshot=run.snapshot,
        operation=run.request.operation,
        started=run.began,
        ended=run.line.now,
        patches=outcome.patches,
        reboot_option=run.request.reboot_option if install else "NoReboot",
        override_list=order.first("InstallOverrideList") if install else "",
        last_no_reboot=before.last_no_reboot if before else None,
        execution=order.execution,
    )
    if install and run.request.reboot_option == "NoReboot":
        state = replace(state, last_no_reboot=run.line.now)
    state = replace(state, levels={patch.kb_id: compliance_level(shape, patch) for patch in state.non_compliant})
    lagging = run.line.struck(Kind.STATE_LAGS)
    if lagging is None:
        kept[node.id] = state
    elif lagging.seconds:
        run.line.after(timedelta(seconds=lagging.seconds), lambda: _show_late(site, state))


def _show_late(site: Site, state: PatchState) -> None:
    """Put a record there that comes late, unless a newer one is there already."""
    kept = patch_states(site)
    if state.node not in kept or kept[state.node].ended <= state.ended:
        kept[state.node] = state
