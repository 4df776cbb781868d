"""UpdateEnvironment, and AWS's own managed updates: in their weekly window, or at once when somebody applies a scheduled one.

"Managed platform updates" and "Updating your Elastic Beanstalk environment's platform version" in the AWS Elastic Beanstalk Developer
Guide; statuses and error codes of the API Reference. That another branch is refused is our assumption: AWS takes some, and its guide
says which changes need a blue/green deployment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from patchkeep.sandbox.elasticbeanstalk.describe import ACTIONS, HEALTH, UPDATES, shown
from patchkeep.sandbox.elasticbeanstalk.state import RED, Environment, at_platform, named
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.weekly import DAYS, Weekly
from patchkeep.sandbox.managed.work import Job, appoint, begin, call_off, rearrange, tell
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import World

PLAIN, IMMUTABLE, SETTINGS = timedelta(minutes=12), timedelta(minutes=20), timedelta(minutes=4)
MANAGED = "managed update"
TURNS_RED = "turns-red"
NOT_READY = "Environment named {} is in an invalid state for this operation. Must be Ready."


@operation("elasticbeanstalk", "UpdateEnvironment")
def update_environment(request: Request) -> Answer:
    """A platform version, or option settings, never both. Without an operations role the caller must be allowed what Beanstalk does."""
    one, params = named(request), request.params
    if one.status != one.READY:
        raise AwsError("InvalidParameterValue", NOT_READY.format(one.name))
    arn, options = params.get("PlatformArn"), params.get("OptionSettings")
    if arn and options:
        raise AwsError("InvalidParameterCombination", "You cannot update the platform and the configuration of an environment at once.")
    if not one.role and _is_limited(request):
        sentence = f"Access Denied: no operations role is associated with {one.name}, and {request.caller} may not update its stack."
        raise AwsError("InsufficientPrivilegesException", sentence, 403)
    if arn:
        branch, version = at_platform(request, arn)
        if branch is not one.branch:
            raise AwsError("InvalidParameterValue", f"{one.name} cannot be updated from branch {one.branch.title} to {branch.title}.")
        put_on(request.world, one, version.number, PLAIN)
    if options:
        _configure(request, one, options)
    return shown(request, one)


def _is_limited(request: Request) -> bool:
    """Whether the caller is a role that may not do everything."""
    parts = request.caller.split(":assumed-role/")
    role = request.home.roles.get(parts[1].split("/")[0]) if len(parts) == 2 else None
    return role is not None and role.policies is not None


def put_on(world: World, one: Environment, version: str, lasts: timedelta) -> None:
    """The environment is Updating meanwhile; one that fails is rolled back, with an event that says why."""
    before = one.version
    tell(world, one, "Environment update is starting.", "INFO")

    def done() -> None:
        one.version, one.arriving, one.changed = version, "", world.clock.now()
        one.health = RED if TURNS_RED in one.traits else one.health
        tell(world, one, "Successfully deployed new configuration to environment.", "INFO")
        if one.health == RED:
            tell(world, one, "Environment health has transitioned from Ok to Severe. ELB health is failing for all instances.", "ERROR")

    def failed() -> None:
        one.arriving = ""
        tell(world, one, "Instances failed their health checks after the platform update; it was rolled back.", "ERROR")
        tell(world, one, f"The environment is on platform version {before} again.", "INFO")

    begin(world, one, Job("Updating", lasts, done, failed))


# --- settings -------------------------------------------------------------------------------------------------------


def _configure(request: Request, one: Environment, options: list[dict[str, Any]]) -> None:
    """Nothing changes when any of it is refused."""
    given = {(option["Namespace"], option["OptionName"]): option["Value"] for option in options}
    managed = given.get((ACTIONS, "ManagedActionsEnabled"), str(one.managed).lower()) == "true"
    level, reporting = given.get((UPDATES, "UpdateLevel"), one.level), given.get((HEALTH, "SystemType"), one.reporting)
    start = given.get((ACTIONS, "PreferredStartTime"), "")
    if managed and reporting != "enhanced":
        raise _wrong("ManagedActionsEnabled", "managed actions need enhanced health reporting")
    if managed and not start and not one.managed:
        raise _wrong("PreferredStartTime", "a start time is needed when managed actions are enabled")
    if level not in {"patch", "minor"}:
        raise _wrong("UpdateLevel", f"{level} is not among patch, minor")
    if start:
        one.window = _window(start)
    one.managed, one.level, one.reporting, one.changed = managed, level, reporting, request.now
    tell(request.world, one, "Environment update is starting.", "INFO")
    begin(request.world, one, Job("Updating", SETTINGS, lambda: tell(request.world, one, "Environment update completed.", "INFO")))
    watch(request.world, one)


def _wrong(option: str, why: str) -> AwsError:
    return AwsError("ConfigurationValidationException", f"Configuration validation exception: Invalid option value for '{option}': {why}.")


def _window(start: str) -> Weekly:
    """Two hours from "Tue:09:00" on."""
    day = start[:3].lower()
    try:
        next_day = DAYS[(DAYS.index(day) + 1) % len(DAYS)]
        return Weekly(Weekly.read(f"{start}-{next_day}{start[3:]}").start, 120)
    except ValueError as error:
        raise _wrong("PreferredStartTime", f"{start} is not day:hour:minute") from error


# --- managed updates ------------------------------------------------------------------------------------------------


def watch(world: World, one: Environment) -> None:
    """AWS looks whether there is something to put on whenever the window opens."""
    if not one.managed:
        call_off(one, MANAGED)
    elif MANAGED in one.waiting:
        rearrange(world, one)
    else:
        appoint(world, one, MANAGED, one.window.opening_after, partial(_opened, world, one))


def _opened(world: World, one: Environment) -> None:
    if offered := one.offered(world.clock.now()):
        _carry_out(world, one, offered.number)
    watch(world, one)


def _carry_out(world: World, one: Environment, version: str) -> None:
    one.arriving = version
    put_on(world, one, version, IMMUTABLE)


def _action(one: Environment, now: datetime) -> dict[str, Any] | None:
    """The one that is running or comes next."""
    offered = one.offered(now)
    version = one.arriving or (offered.number if offered and one.managed else "")
    if not version:
        return None
    return {
        "ActionId": f"{one.id}-{settled(one.id, version)[:12]}",
        "ActionDescription": "Platform Update",
        "ActionType": "PlatformUpdate",
        "Status": "Running" if one.arriving else "Scheduled",
        "WindowStartTime": one.window.opening_after(now),
    }


@operation("elasticbeanstalk", "DescribeEnvironmentManagedActions")
def describe_environment_managed_actions(request: Request) -> Answer:
    action = _action(named(request), request.now)
    wanted = request.params.get("Status")
    return {"ManagedActions": [action]} if action and wanted in {None, action["Status"]} else {}


@operation("elasticbeanstalk", "ApplyEnvironmentManagedAction")
def apply_environment_managed_action(request: Request) -> Answer:
    """At once, whatever the window; only one that is Scheduled (ManagedActionInvalidStateException)."""
    one = named(request)
    action, offered = _action(one, request.now), one.offered(request.now)
    if action is None or offered is None or action["ActionId"] != request.params["ActionId"]:
        raise AwsError("InvalidParameterValue", f"No managed action found with id {request.params['ActionId']}.")
    if action["Status"] != "Scheduled" or one.status != one.READY:
        raise AwsError("ManagedActionInvalidStateException", f"The managed action {action['ActionId']} cannot be applied now.")
    _carry_out(request.world, one, offered.number)
    return {**{key: action[key] for key in ("ActionId", "ActionDescription", "ActionType")}, "Status": "Running"}
