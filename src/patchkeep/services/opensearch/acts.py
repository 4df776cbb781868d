"""The steps of changing a search domain; its status, service software and history of upgrades tell how far they are.

API Reference: StartServiceSoftwareUpdate, CancelServiceSoftwareUpdate, RollbackServiceSoftwareUpdate, UpgradeDomain, GetUpgradeHistory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services._answers import granted
from patchkeep.services._steps import DONE, At, Step, failed, orders, running
from patchkeep.services._versions import ENGINE, at_least
from patchkeep.services.opensearch.discover import SOFTWARE, Row, rank

BEGINS_WITHIN = timedelta(hours=1)  # "in the current hour if there's capacity available" (StartServiceSoftwareUpdate, ScheduleAt)
CANCEL, ROLL_BACK = "cancel", "roll back"  # ways back of service software
_COMING = frozenset({"PENDING_UPDATE", "IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain as it is now. `doing`: "" when AWS is at nothing; `attempt`: status and issues of the upgrade or check begun since."""

    doing: str
    version: str
    software: str
    update: str  # UpdateStatus of the service software
    cancellable: bool
    told: str  # what AWS says of that
    attempt: tuple[str, str] | None = None


def see(batch: Batch) -> Dialogue[Mapping[str, Domain | None]]:
    """The domain of a batch; of a name that isn't there DescribeDomains answers no row."""
    (order,) = orders(batch)
    rows = (yield Call.of("opensearch", "describe_domains", DomainNames=[order.name]))["DomainStatusList"]
    return {order.resource: _domain(rows[0]) if rows else None}


def see_upgrade(batch: Batch) -> Dialogue[Mapping[str, Domain | None]]:
    """And what its history says of the upgrade or check that began with the batch."""
    (order,) = orders(batch)
    described, told = yield (
        Call.of("opensearch", "describe_domains", DomainNames=[order.name]),
        Call.of("opensearch", "get_upgrade_history", DomainName=order.name),
    )
    rows = granted((described,))[0]["DomainStatusList"]
    if not rows:
        return {order.resource: None}
    since = batch.intended_at.replace(microsecond=0)
    (answer,) = granted((told,))
    attempts = [one for one in answer["UpgradeHistories"] if one["StartTimestamp"] >= since]
    last = max(attempts, key=lambda one: one["StartTimestamp"], default=None)
    return {order.resource: _domain(rows[0], (last["UpgradeStatus"], _issues(last)) if last else None)}


def _issues(attempt: Row) -> str:
    return "; ".join(issue for step in attempt.get("StepsList", ()) for issue in step.get("Issues", ()))


def _domain(row: Row, attempt: tuple[str, str] | None = None) -> Domain:
    software = row.get("ServiceSoftwareOptions", {})
    status = row.get("DomainProcessingStatus", "")
    doing = status if status not in {"", "Active", "Isolated"} else ""
    if not doing and (row.get("Processing") or row.get("UpgradeProcessing")):
        doing = "processing another change"
    return Domain(
        doing,
        row.get("EngineVersion", ""),
        software.get("CurrentVersion", ""),
        software.get("UpdateStatus", ""),
        bool(software.get("Cancellable")),
        software.get("Description", ""),
        attempt,
    )


def _busy(at: At[Domain]) -> str:
    return f"is {at.now.doing}" if at.now.doing else ""


def left_open(at: At[Domain]) -> Result:
    """What the plan wanted and is still not there, by the keys of its updates."""
    asks = at.order.asks
    left = [asks["keys"][ENGINE]] if asks["version"] and not _upgraded(at) else []
    left += [asks["keys"][SOFTWARE]] if asks["software"] and not _maintained(at) else []
    return Result(Phase.DONE, open=tuple(sorted(left)))


VERIFY = Step(ends=left_open)


# --- service software -----------------------------------------------------------------------------------------------


def _maintained(at: At[Domain]) -> str:
    return f"is on {at.now.software} already" if at_least(_release(at.now.software), _release(at.order.asks["software"])) else ""


def _release(software: str) -> str:
    """Without what changes with the version of the engine: "R20260801-P1" of "OpenSearch_2_11_R20260801-P1"."""
    return software.rpartition("_")[2]


def _start(at: At[Domain], when: str) -> Call:
    return Call.of("opensearch", "start_service_software_update", DomainName=at.order.name, ScheduleAt=when)


def _not_eligible(at: At[Domain]) -> str:
    return f"AWS does not update it now: {at.now.told}" if at.now.update == "NOT_ELIGIBLE" else ""


def _maintains(at: At[Domain]) -> Result:
    if at.now.doing or at.now.update in _COMING:
        return running(f"service software is {at.now.update or at.now.doing}")
    if _maintained(at):
        return DONE
    if at.taken_for > BEGINS_WITHIN:
        return failed(f"is still on {at.now.software}: {at.now.told}")
    return running("waits for AWS to begin")


MAINTAIN = Step(
    ends=_maintains,
    call=lambda ready: _start(ready[0], "NOW"),
    done=_maintained,
    bars=_not_eligible,
    busy=_busy,
    begun=lambda at: at.now.update in _COMING or bool(_maintained(at)),
)
OPT_IN = Step(
    ends=lambda at: (
        Result(Phase.DONE, "agreed for its off-peak window")
        if at.now.update in _COMING or _maintained(at)
        else running("AWS has not noted it yet")
    ),
    call=lambda ready: _start(ready[0], "OFF_PEAK_WINDOW"),
    done=lambda at: "agreed already" if at.now.update in _COMING else _maintained(at),
    bars=_not_eligible,
    busy=_busy,
    begun=lambda at: at.now.update in _COMING or bool(_maintained(at)),
)


def _back(ready: tuple[At[Domain], ...]) -> Call:
    order = ready[0].order
    if order.asks["way"] == CANCEL:
        return Call.of("opensearch", "cancel_service_software_update", DomainName=order.name)
    return Call.of("opensearch", "rollback_service_software_update", DomainName=order.name)


def _is_back(at: At[Domain]) -> str:
    if at.order.asks["way"] == CANCEL:
        free = at.now.update not in _COMING and not _maintained(at)
        return "AWS is not to do it in its off-peak window any more" if free else ""
    return f"is on {at.now.software}" if at.now.software == at.order.asks["was"] and at.now.update not in _COMING else ""


def _too_late(at: At[Domain]) -> str:
    return "AWS has begun it: it can no longer be cancelled" if at.order.asks["way"] == CANCEL and not at.now.cancellable else ""


def _going_back(at: At[Domain]) -> Result:
    if _is_back(at) and not at.now.doing:
        return DONE
    if not at.now.doing and at.now.update not in _COMING and at.taken_for > BEGINS_WITHIN:
        return failed(f"is still on {at.now.software}: {at.now.told}")
    return running(f"is {at.now.doing or at.now.update}")


UNDO = Step(
    ends=_going_back,
    call=_back,
    done=_is_back,
    bars=_too_late,
    busy=_busy,
    begun=lambda at: bool(_is_back(at)) or (at.order.asks["way"] == ROLL_BACK and bool(at.now.doing)),
)


# --- engine versions ------------------------------------------------------------------------------------------------


def _upgraded(at: At[Domain]) -> str:
    wanted: Any = at.order.asks["version"]
    return f"is on {at.now.version} already" if rank(at.now.version) >= rank(wanted) else ""


def _upgrade(at: At[Domain], *, check_only: bool) -> Call:
    order = at.order
    return Call.of("opensearch", "upgrade_domain", DomainName=order.name, TargetVersion=order.asks["version"], PerformCheckOnly=check_only)


def _tried(at: At[Domain], what: str) -> Result | None:
    """How the attempt that began with the step ended; None while it may still come to an end."""
    if at.now.doing:
        return None
    match at.now.attempt:
        case ("FAILED", issues):
            return failed(f"{what} failed: {issues or 'AWS gives no reason'}")
        case None if at.taken_for > BEGINS_WITHIN:
            return failed(f"AWS took the order for {what}, but did not begin it")
        case _:
            return None


def _checked(at: At[Domain]) -> Result:
    if result := _tried(at, f"AWS's check for {at.order.asks['version']}"):
        return result
    match at.now.attempt:
        case ("SUCCEEDED" | "SUCCEEDED_WITH_ISSUES", issues) if not at.now.doing:
            return Result(Phase.DONE, issues)
        case _:
            return running("AWS checks whether it can be upgraded")


def _upgrades(at: At[Domain]) -> Result:
    if _upgraded(at) and not at.now.doing:
        return DONE
    return _tried(at, f"the upgrade to {at.order.asks['version']}") or running(f"is {at.now.doing or 'about to be upgraded'}")


CHECK = Step(
    ends=_checked,
    call=lambda ready: _upgrade(ready[0], check_only=True),
    done=_upgraded,
    busy=_busy,
    begun=lambda at: at.now.attempt is not None,
    see=see_upgrade,
    lasts=True,
)
UPGRADE = Step(
    ends=_upgrades,
    call=lambda ready: _upgrade(ready[0], check_only=False),
    done=_upgraded,
    busy=_busy,
    begun=lambda at: at.now.attempt is not None or bool(_upgraded(at)),
    see=see_upgrade,
    lasts=True,
)
