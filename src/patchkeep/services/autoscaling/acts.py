"""The steps of bringing a group to a newer image; the template's versions and the group's refreshes tell how far they are.

API References: EC2 (CreateLaunchTemplateVersion), EC2 Auto Scaling (StartInstanceRefresh, RollbackInstanceRefresh).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.progress import Phase, Result
from patchkeep.domain.wording import counted
from patchkeep.services._steps import BEGINS_WITHIN, DONE, At, Step, failed, running
from patchkeep.services.autoscaling.looks import Group, Row, note, see_machines, template_in

CLOCKS_APART = timedelta(minutes=5)  # between AWS's clock and ours
LEAST_HEALTHY = 90  # percent; AWS's own default, said all the same
CHECKPOINTS = (20, 100)  # percent: a fifth first, then a wait in which alarms may sound
CHECKPOINT_DELAY = timedelta(minutes=30)
# --- a version of the template ------------------------------------------------------------------------------------------


def _moved(at: At[Group]) -> str:
    """Whether somebody else changed what the group launches from."""
    asks, now = at.order.asks, template_in(at.now.row)
    same = now.get("LaunchTemplateId") == asks["template"] and at.now.asked in {asks["asked"], at.now.made or None}
    if same or not asks["template"]:
        return ""
    name = now.get("LaunchTemplateName", "no template")
    return f"launches from version {at.now.asked} of {name} since the plan was made, not {asks['asked']}"


def _another(at: At[Group]) -> str:
    other = at.now.under_way
    return f"an instance refresh of it is {other['Status']} ({other.get('PercentageComplete', 0)} %)" if other else ""


def _make(ready: tuple[At[Group], ...]) -> Call:
    order = ready[0].order
    named = {"LaunchTemplateId": order.asks["template"], "SourceVersion": order.asks["source"], "VersionDescription": note(order.asks)}
    wanted = {"ImageId": order.asks["image"]}
    return Call.of("ec2", "create_launch_template_version", named, ClientToken=order.mark, LaunchTemplateData=wanted)


MAKE: Step[Group] = Step(
    ends=lambda at: DONE if at.now.made else running("AWS has not listed the new version yet"),
    call=_make,
    done=lambda at: f"version {at.now.made} of its template has the image" if at.now.made else "",
    bars=_moved,
    busy=_another,
    begun=lambda at: bool(at.now.made),
    lasts=True,
)


# --- refresh ------------------------------------------------------------------------------------------------------------


def _desired(row: Row, number: str) -> dict[str, Any]:
    """The group's configuration with this version of its template, and nothing else changed."""
    template = {"LaunchTemplateId": template_in(row)["LaunchTemplateId"], "Version": number}
    mixed = row.get("MixedInstancesPolicy")
    if not mixed:
        return {"LaunchTemplate": template}
    launched = {**mixed["LaunchTemplate"], "LaunchTemplateSpecification": template}
    return {"MixedInstancesPolicy": {**mixed, "LaunchTemplate": launched}}


def _preferences(asks: Frozen, *, rolls_back: bool) -> dict[str, Any]:
    """What the refresh heeds; a group's own instance maintenance policy holds where it has one."""
    wanted: dict[str, Any] = {
        "SkipMatching": not asks["whole"],
        "AutoRollback": rolls_back,
        "CheckpointPercentages": CHECKPOINTS,
        "CheckpointDelay": int(CHECKPOINT_DELAY.total_seconds()),
        "ScaleInProtectedInstances": "Wait",
        "StandbyInstances": "Wait",
    }
    if not asks["keeps"]:
        wanted["MinHealthyPercentage"] = LEAST_HEALTHY
    if asks["alarms"]:
        wanted["AlarmSpecification"] = {"Alarms": asks["alarms"]}
    return wanted


def _refresh(ready: tuple[At[Group], ...]) -> Call:
    at = ready[0]
    asks = at.order.asks
    asked: dict[str, Any] = {"Strategy": "Rolling", "Preferences": _preferences(asks, rolls_back=bool(asks["rolls_back"]))}
    if asks["fresh"]:
        asked["DesiredConfiguration"] = _desired(at.now.row, at.now.made)
    return Call.of("autoscaling", "start_instance_refresh", asked, AutoScalingGroupName=asks["group"])


def _number_of(refresh: Row) -> str:
    """The version that a refresh goes to; "" for one that goes to what the group has."""
    wanted = refresh.get("DesiredConfiguration", {})
    return str(template_in(wanted).get("Version", ""))


def _begun(at: At[Group], number: str) -> Row | None:
    """The refresh to this version since the step was begun; AWS names no start while one is pending."""
    since = at.order.intended_at - CLOCKS_APART
    return next((one for one in at.now.refreshes if one.get("StartTime", since) >= since and _number_of(one) == number), None)


def _ours(at: At[Group]) -> Row | None:
    return _begun(at, at.now.made)


def _reached(at: At[Group]) -> str:
    """Whether the group is on the version made, with every machine."""
    made = at.now.made
    there = bool(made) and at.now.asked == made and at.now.versions <= {made} and not at.now.under_way
    return f"all its machines are of version {made} already" if there else ""


def _progress(refresh: Row) -> Result:
    """What AWS tells of a refresh, as a result."""
    why = f": {refresh['StatusReason']}" if refresh.get("StatusReason") else ""
    match refresh["Status"]:
        case "Successful":
            return DONE
        case "Failed" | "Cancelled" | "Cancelling" | "RollbackFailed":
            return failed(f"AWS's instance refresh: {refresh['Status']}{why}")
        case "RollbackInProgress" | "RollbackSuccessful":
            told = refresh.get("RollbackDetails", {}).get("RollbackReason")
            over = "has rolled" if refresh["Status"] == "RollbackSuccessful" else "is rolling"
            return failed(f"AWS {over} the group back{f': {told}' if told else why}")
        case status:
            left = f", {counted(refresh['InstancesToUpdate'], 'machine')} to go" if refresh.get("InstancesToUpdate") else ""
            return running(f"{status}, {refresh.get('PercentageComplete', 0)} % replaced{left}{why}")


def _not_listed(at: At[Group]) -> Result:
    if at.taken_for > BEGINS_WITHIN:
        return failed("AWS took the order, but lists no such instance refresh")
    return running("AWS has not listed the refresh yet")


def _refreshed(at: At[Group]) -> Result:
    refresh = _ours(at)
    return _progress(refresh) if refresh else _not_listed(at)


REFRESH: Step[Group] = Step(
    ends=_refreshed,
    call=_refresh,
    done=_reached,
    bars=lambda at: "" if at.now.made or not at.order.asks["fresh"] else "the version made for it is gone from its template",
    busy=_another,
    begun=lambda at: _ours(at) is not None,
    lasts=True,
)


# --- the way back -------------------------------------------------------------------------------------------------------


def _rolled(at: At[Group]) -> Row | None:
    """Our refresh where AWS rolls it back, or has."""
    newest = at.now.refreshes[0] if at.now.refreshes else None
    ours = newest is not None and _number_of(newest) == at.now.made
    return newest if newest and ours and newest["Status"].startswith("Rollback") else None


def _is_back(at: At[Group]) -> str:
    source = at.order.asks["source"]
    back = at.now.asked in {source, at.order.asks["asked"]} and at.now.versions <= {source} and not at.now.under_way
    return f"is on version {source} already" if back else ""


def _take_back(ready: tuple[At[Group], ...]) -> Call:
    """While AWS replaces machines it is told to turn round; afterwards another refresh goes back."""
    at = ready[0]
    asks = at.order.asks
    if at.now.under_way and asks["rolls_back"]:
        return Call.of("autoscaling", "rollback_instance_refresh", AutoScalingGroupName=asks["group"])
    asked = {"DesiredConfiguration": _desired(at.now.row, asks["source"]), "Preferences": _preferences(asks, rolls_back=True)}
    return Call.of("autoscaling", "start_instance_refresh", asked, AutoScalingGroupName=asks["group"], Strategy="Rolling")


def _in_the_way(at: At[Group]) -> str:
    """A refresh that cannot be turned round must end first."""
    refresh = at.now.under_way
    if refresh is None or (at.order.asks["rolls_back"] and _number_of(refresh) == at.now.made and not refresh["Status"].startswith("Roll")):
        return ""
    return _another(at)


def _went_back(at: At[Group]) -> Result:
    if refresh := _begun(at, str(at.order.asks["source"])):
        return _progress(refresh)
    rolled = _rolled(at)
    if rolled is None:
        return DONE if _is_back(at) else _not_listed(at)
    match rolled["Status"]:
        case "RollbackSuccessful":
            return DONE
        case "RollbackFailed":
            return failed(f"AWS could not roll the group back: {rolled.get('StatusReason', 'no reason given')}")
        case _:
            return running(f"AWS is rolling it back, {rolled.get('RollbackDetails', {}).get('PercentageCompleteOnRollback', 0)} %")


TAKE_BACK: Step[Group] = Step(
    ends=_went_back,
    call=_take_back,
    done=_is_back,
    busy=_in_the_way,
    begun=lambda at: _rolled(at) is not None or _begun(at, str(at.order.asks["source"])) is not None,
    lasts=True,
)


# --- proof --------------------------------------------------------------------------------------------------------------


def _left_open(at: At[tuple[str, ...]]) -> Result:
    asks = at.order.asks
    return Result(Phase.DONE, open=(asks["key"],) if set(at.now) - {asks["image"]} else ())


VERIFY: Step[tuple[str, ...]] = Step(ends=_left_open, see=see_machines)
