"""Instance refreshes: StartInstanceRefresh, RollbackInstanceRefresh, CancelInstanceRefresh, and what they do in virtual time.

Sources: EC2 Auto Scaling User Guide ("Use an instance refresh", "Add checkpoints", "Undo changes with a rollback", "Use an instance refresh
with skip matching") and API Reference (RefreshPreferences). How long a machine takes to replace is invented.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from patchkeep.sandbox.autoscaling.state import Group, Machine, Refresh, group, launch, number_of, template_of, terminate
from patchkeep.sandbox.cloudwatch.alarms import alarms
from patchkeep.sandbox.ec2.templates import RESOLVE
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.resource import found
from patchkeep.sandbox.managed.work import FAILS, SLOW, SLOWER
from patchkeep.sandbox.operation import Answer, AwsError, Params, Request, operation
from patchkeep.sandbox.world import Site, World

BEGINS, STEP, HOUR = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)
DEFAULTS = {
    "MinHealthyPercentage": 90,
    "InstanceWarmup": 300,
    "SkipMatching": False,
    "AutoRollback": False,
    "ScaleInProtectedInstances": "Wait",
    "StandbyInstances": "Wait",
}
DELAY = 3600  # seconds, after a checkpoint


@operation("autoscaling", "StartInstanceRefresh")
def start_instance_refresh(request: Request) -> Answer:
    """Refuses a second one beside one under way, and what cannot be rolled back with AutoRollback."""
    params, site = request.params, request.site
    one = group(request, params["AutoScalingGroupName"])
    desired, asked, strategy = params.get("DesiredConfiguration") or {}, params.get("Preferences") or {}, params.get("Strategy", "Rolling")
    if strategy != "Rolling":
        raise AwsError("EmulatorNotImplemented", f"The sandbox does not emulate the strategy {strategy}.")
    if one.under_way:
        sentence = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."
        raise AwsError("InstanceRefreshInProgress", sentence)
    preferences = {**DEFAULTS, **asked}
    if one.healthy[0] >= 0 and "MinHealthyPercentage" not in asked:
        preferences["MinHealthyPercentage"] = one.healthy[0]
    _check_points(preferences)
    if one.configuration and (desired or preferences["SkipMatching"]):
        raise AwsError("ValidationError", "Skip matching cannot be used with a launch configuration.")
    if preferences["AutoRollback"] and (why := irreversible(site, one, desired)):
        raise AwsError("ValidationError", f"AutoRollback cannot be set to true: {why}")
    to = "" if one.configuration else number_of(site, one, _wanted(one, desired) or one.asked)
    replaced = [machine.id for machine in one.machines if not preferences["SkipMatching"] or machine.version != to]
    identity = str(UUID(settled(request.world.seed, one.arn, "refresh", len(one.refreshes))[:32]))
    refresh = Refresh(id=identity, preferences=preferences, desired=desired, before=one.asked, to=to, left=replaced, count=len(replaced))
    one.refreshes.insert(0, refresh)
    request.world.clock.after(BEGINS, partial(_begin, request.world, site, one, refresh))
    return {"InstanceRefreshId": identity}


def _check_points(preferences: Params) -> None:
    points = list(preferences.get("CheckpointPercentages", ()))
    if points != sorted(set(points)) or any(not 0 < point <= 100 for point in points):
        raise AwsError("ValidationError", "CheckpointPercentages must be unique, in ascending order, from 1 to 100.")
    if "CheckpointDelay" in preferences and not points:
        raise AwsError("ValidationError", "CheckpointDelay needs CheckpointPercentages.")


def _wanted(one: Group, desired: Params) -> str:
    """The version that a desired configuration names; of another template ValidationError, as none other is emulated."""
    mixed = desired.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    named = mixed or desired.get("LaunchTemplate")
    if not named:
        return ""
    if bool(named.get("LaunchTemplateId")) == bool(named.get("LaunchTemplateName")):
        raise AwsError("ValidationError", "Valid requests must contain either launchTemplateId or LaunchTemplateName")
    if bool(one.mixed) != bool(mixed) or named.get("LaunchTemplateId") != one.template:
        raise AwsError("ValidationError", "The sandbox takes a version of the group's own template, in the form that the group has.")
    return str(named.get("Version", "$Default"))


def irreversible(site: Site, one: Group, desired: Params) -> str:
    """Why a refresh could not be rolled back; "" where it could (API Reference, RefreshPreferences, AutoRollback)."""
    if not desired:
        return "There is no desired configuration specified for the instance refresh."
    if one.asked.startswith("$"):
        return "The Auto Scaling group uses the launch template's $Latest or $Default version."
    version = template_of(site, one).version(one.asked)
    if version and str(version.content.get("ImageId", "")).startswith(RESOLVE):
        return "The launch template uses an AWS Systems Manager parameter instead of an AMI ID."
    return ""


@operation("autoscaling", "RollbackInstanceRefresh")
def rollback_instance_refresh(request: Request) -> Answer:
    one = group(request, request.params["AutoScalingGroupName"])
    refresh = _active(one)
    if why := irreversible(request.site, one, refresh.desired):
        raise AwsError("IrreversibleInstanceRefresh", why)
    _turn_round(request.world, request.site, one, refresh, "Rollback requested by user")
    return {"InstanceRefreshId": refresh.id}


@operation("autoscaling", "CancelInstanceRefresh")
def cancel_instance_refresh(request: Request) -> Answer:
    """What was replaced stays so."""
    params = request.params
    one, _wait = group(request, params["AutoScalingGroupName"]), params.get("WaitForTransitioningInstances", True)
    refresh = _active(one)
    _end(request.world, refresh, "Cancelled", "Cancelled by user")
    return {"InstanceRefreshId": refresh.id}


def _active(one: Group) -> Refresh:
    if one.under_way is None:
        sentence = f"No in progress or pending Instance Refresh found for Auto Scaling group {one.name}"
        raise AwsError("ActiveInstanceRefreshNotFound", sentence)
    return one.under_way


def _end(world: World, refresh: Refresh, status: str, reason: str = "") -> None:
    refresh.status, refresh.reason, refresh.end = status, reason, world.clock.now()


def _after(world: World, one: Group, delay: timedelta, then: Any) -> None:
    world.clock.after(delay * (SLOWER if SLOW in one.traits else 1), then)


def _begin(world: World, site: Site, one: Group, refresh: Refresh) -> None:
    if refresh.status == "Pending":
        refresh.status, refresh.start = "InProgress", world.clock.now()
        _go_on(world, site, one, refresh)


def _go_on(world: World, site: Site, one: Group, refresh: Refresh) -> None:
    """The next batch: as many machines as may be out of service at once, or a wait for those that may not be touched."""
    if refresh.status != "InProgress" or found(site, one.arn) is not one:
        return
    if sounding := _sounding(site, refresh):
        _fail(world, site, one, refresh, f"CloudWatch alarm {sounding} is in ALARM state.")
        return
    there = {machine.id: machine for machine in one.machines}
    refresh.left = [name for name in refresh.left if name in there and not _ignored(there[name], refresh)]
    if not refresh.left:
        _succeed(world, site, one, refresh)
        return
    free = [there[name] for name in refresh.left if not _untouchable(there[name], refresh)]
    again = partial(_go_on, world, site, one, refresh)
    if not free:
        _wait(world, site, one, refresh, again)
        return
    refresh.waiting_since, refresh.reason = None, ""
    out = len(one.machines) * (100 - refresh.preferences["MinHealthyPercentage"]) // 100
    before = refresh.percent
    fresh = [_replace(world, site, one, machine, refresh) for machine in free[: max(1, out)]]
    if FAILS in one.traits:
        fresh[0].health = "Unhealthy"
        refresh.reason = f"Waiting for instances to become healthy. For example: {fresh[0].id} is unhealthy."
        reason = f"There were 1 unhealthy instances, for example {fresh[0].id}, that did not pass their health checks within an hour."
        _after(world, one, HOUR, partial(_fail, world, site, one, refresh, reason))
        return
    _after(world, one, _pause(refresh, before), again)


def _sounding(site: Site, refresh: Refresh) -> str:
    watched = refresh.preferences.get("AlarmSpecification", {}).get("Alarms", ())
    return next((name for name in watched if name in alarms(site) and alarms(site)[name].state == "ALARM"), "")


def _untouchable(machine: Machine, refresh: Refresh) -> bool:
    waits = machine.protected and refresh.preferences["ScaleInProtectedInstances"] == "Wait"
    return waits or (machine.state == "Standby" and refresh.preferences["StandbyInstances"] == "Wait")


def _ignored(machine: Machine, refresh: Refresh) -> bool:
    ignored = machine.protected and refresh.preferences["ScaleInProtectedInstances"] == "Ignore"
    return ignored or (machine.state == "Standby" and refresh.preferences["StandbyInstances"] == "Ignore")


def _wait(world: World, site: Site, one: Group, refresh: Refresh, again: Any) -> None:
    """An hour at most, then it fails (ScaleInProtectedInstances, StandbyInstances: Wait)."""
    now = world.clock.now()
    refresh.waiting_since = refresh.waiting_since or now
    held = f"{len(refresh.left)} instances protected from scale-in or in Standby, for example {refresh.left[0]}"
    if now - refresh.waiting_since >= HOUR:
        _fail(world, site, one, refresh, f"Timed out waiting for {held}.")
        return
    refresh.reason = f"Waiting for {held}."
    world.clock.after(STEP, again)


def _pause(refresh: Refresh, before: int) -> timedelta:
    """Until the next batch; longer after a checkpoint that was passed, but for the last."""
    passed = [point for point in refresh.preferences.get("CheckpointPercentages", ()) if before < point <= refresh.percent < 100]
    if not passed:
        return STEP
    refresh.reason = f"Waiting at the checkpoint of {passed[-1]} percent."
    return timedelta(seconds=refresh.preferences.get("CheckpointDelay", DELAY))


def _replace(world: World, site: Site, one: Group, machine: Machine, refresh: Refresh) -> Machine:
    terminate(site, one, machine)
    refresh.left.remove(machine.id)
    return launch(world, site, one, refresh.to)


def _succeed(world: World, site: Site, one: Group, refresh: Refresh) -> None:
    """Only now does the group itself name the desired version."""
    wanted = _wanted(one, refresh.desired)
    if wanted:
        one.asked = wanted
    _end(world, refresh, "Successful")


def _fail(world: World, site: Site, one: Group, refresh: Refresh, reason: str) -> None:
    if refresh.status != "InProgress":
        return
    if refresh.preferences["AutoRollback"]:
        _turn_round(world, site, one, refresh, reason)
    else:
        _end(world, refresh, "Failed", reason)


def _turn_round(world: World, site: Site, one: Group, refresh: Refresh, reason: str) -> None:
    """Replace what was replaced, by machines of the version before."""
    refresh.status, refresh.reason = "RollbackInProgress", "Rolling back."
    refresh.rollback = {"RollbackReason": reason, "RollbackStartTime": world.clock.now(), "PercentageCompleteOnRollback": 0}
    changed = sum(machine.version == refresh.to for machine in one.machines)
    _after(world, one, STEP * max(changed, 1), partial(_rolled_back, world, site, one, refresh))


def _rolled_back(world: World, site: Site, one: Group, refresh: Refresh) -> None:
    before = number_of(site, one, refresh.before)
    for machine in [machine for machine in one.machines if machine.version == refresh.to]:
        terminate(site, one, machine)
        launch(world, site, one, before)
    refresh.rollback["PercentageCompleteOnRollback"] = 100
    _end(world, refresh, "RollbackSuccessful", "")
