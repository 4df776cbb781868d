"""Upgrades of the engine and the check before them: UpgradeDomain, GetUpgradeHistory, GetUpgradeStatus.

Developer Guide, "Upgrading Amazon OpenSearch Service domains": pre-upgrade checks, then a snapshot, then the upgrade.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.work import Job, begin, tell
from patchkeep.sandbox.opensearch.state import Attempt, Domain, must_be_active, named, targets
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

CHECK_FAILS = "check-fails"
CHECKS, UPGRADES = timedelta(minutes=5), timedelta(minutes=45)
KEPT = 10  # "the last 10 upgrades" (GetUpgradeHistory)
ISSUE = "Indices created before the source version must be reindexed before the upgrade."
BROKEN = "The upgrade could not be completed and has been taken back."


@operation("opensearch", "UpgradeDomain")
def upgrade_domain(request: Request) -> Answer:
    """The check alone, or check and upgrade."""
    one, target = named(request, request.params["DomainName"]), request.params["TargetVersion"]
    only = bool(request.params.get("PerformCheckOnly"))
    must_be_active(one)
    if target not in targets(one.version, request.now):
        raise AwsError("ValidationException", f"Cannot upgrade domain {one.name} from {one.version} to {target}.")
    name = f"{'Pre-Upgrade Check' if only else 'Upgrade'} from {one.version} to {target}"
    attempt = Attempt(name, request.now, only)
    one.attempts = [*one.attempts, attempt][-KEPT:]
    _run(request, one, attempt, target)
    identity = settled(one.arn, request.now)[:36]
    return {"UpgradeId": identity, "DomainName": one.name, "TargetVersion": target, "PerformCheckOnly": only}


def _run(request: Request, one: Domain, attempt: Attempt, target: str) -> None:
    world = request.world

    def done() -> None:
        if CHECK_FAILS in one.traits:
            attempt.status, attempt.issues = "FAILED", (ISSUE,)
            return
        attempt.status = "SUCCEEDED"
        if not attempt.check_only:
            one.version = target
            tell(world, one, f"{attempt.name} completed.")

    def failed() -> None:
        attempt.status, attempt.issues = "FAILED", (BROKEN,)
        tell(world, one, f"{attempt.name} failed.")

    lasts = CHECKS if attempt.check_only or CHECK_FAILS in one.traits else UPGRADES
    begin(world, one, Job("UpgradingEngineVersion", lasts, done, None if attempt.check_only else failed))


@operation("opensearch", "GetUpgradeHistory")
def get_upgrade_history(request: Request) -> Answer:
    one = named(request, request.params["DomainName"])
    rows, more = page([_shown(attempt) for attempt in reversed(one.attempts)], request.params, most=100)
    return {"UpgradeHistories": rows, **more}


def _shown(attempt: Attempt) -> dict[str, Any]:
    names = ["PRE_UPGRADE_CHECK"] if attempt.check_only else ["PRE_UPGRADE_CHECK", "SNAPSHOT", "UPGRADE"]
    steps = [{"UpgradeStep": name, "UpgradeStepStatus": "SUCCEEDED", "Issues": []} for name in names[:-1]]
    last = {"UpgradeStep": names[-1], "UpgradeStepStatus": attempt.status, "Issues": list(attempt.issues)}
    return {"UpgradeName": attempt.name, "StartTimestamp": attempt.at, "UpgradeStatus": attempt.status, "StepsList": [*steps, last]}


@operation("opensearch", "GetUpgradeStatus")
def get_upgrade_status(request: Request) -> Answer:
    """Of the last upgrade or check; nothing of a domain that had none."""
    one = named(request, request.params["DomainName"])
    if not one.attempts:
        return {}
    last = one.attempts[-1]
    step = "PRE_UPGRADE_CHECK" if last.check_only else "UPGRADE"
    return {"UpgradeStep": step, "StepStatus": last.status, "UpgradeName": last.name}
