"""The steps of changing an environment's platform; status, platform and managed actions tell how far it is, events why it failed.

Statuses and refusals: AWS Elastic Beanstalk API Reference (DescribeEnvironments, UpdateEnvironment, ApplyEnvironmentManagedAction).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services._answers import granted
from patchkeep.services._steps import BEGINS_WITHIN, DONE, At, Step, busy_unless, failed, orders, reached, running
from patchkeep.services._versions import at_least
from patchkeep.services.elasticbeanstalk.digest import SCHEDULED, named

_GONE = frozenset({"Terminating", "Terminated"})


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment as it is now. `action`: id of the managed platform update that can be applied; `errors`: since the step began."""

    status: str
    health: str
    platform: str
    action: str = ""
    errors: tuple[str, ...] = ()  # newest first

    @property
    def version(self) -> str:
        return named(self.platform)[1]


def see(batch: Batch) -> Dialogue[Mapping[str, Environment | None]]:
    """The environment of a batch: Beanstalk changes one a call."""
    (order,) = orders(batch)
    listed = (yield Call.of("elasticbeanstalk", "describe_environments", EnvironmentNames=[order.name], IncludeDeleted=False))[
        "Environments"
    ]
    row = next((one for one in listed if one.get("Status") not in _GONE), None)
    if row is None:
        return {order.resource: None}
    since = {"StartTime": batch.intended_at, "Severity": "ERROR"}
    asked = (
        Call.of("elasticbeanstalk", "describe_environment_managed_actions", EnvironmentName=order.name, Status=SCHEDULED),
        Call.of("elasticbeanstalk", "describe_events", since, EnvironmentName=order.name),
    )
    actions, events = granted((yield asked))
    platform_updates = (one for one in actions.get("ManagedActions") or () if one.get("ActionType") == "PlatformUpdate")
    action = next((one["ActionId"] for one in platform_updates if one.get("Status") == SCHEDULED), "")
    errors = tuple(one["Message"] for one in events["Events"])
    return {order.resource: Environment(row.get("Status", ""), row.get("Health", ""), row.get("PlatformArn", ""), action, errors)}


_busy = busy_unless("Ready")


def _ill(at: At[Environment]) -> str:
    return "its health is Red already: what an update does to it could not be told from that" if at.now.health == "Red" else ""


def _unscheduled(at: At[Environment]) -> str:
    return _ill(at) or ("" if at.now.action else "AWS has no platform update scheduled for it any more: plan anew")


def _settled(at: At[Environment], *, done: bool) -> Result:
    """What the step came to; `done`: whether it is on the platform that was asked for."""
    if at.now.status != "Ready":
        return running(f"is {at.now.status}, on {at.now.version}")
    if done:
        return DONE
    if at.now.errors:
        return failed(f"is Ready again and still on {at.now.version}: {at.now.errors[0]}")
    if at.taken_for > BEGINS_WITHIN:
        return failed(f"is Ready and still on {at.now.version}: Beanstalk did not begin within {BEGINS_WITHIN.seconds // 60} minutes")
    return running(f"is on {at.now.version} and waits for the update to begin")


def _updated(at: At[Environment]) -> Result:
    return _settled(at, done=bool(reached(at)))


def _under_way(at: At[Environment]) -> bool:
    return bool(reached(at)) or at.now.status == "Updating"


def _apply(ready: tuple[At[Environment], ...]) -> Call:
    (at,) = ready
    return Call.of("elasticbeanstalk", "apply_environment_managed_action", EnvironmentName=at.order.name, ActionId=at.now.action)


def _update(ready: tuple[At[Environment], ...]) -> Call:
    (at,) = ready
    return Call.of("elasticbeanstalk", "update_environment", EnvironmentName=at.order.name, PlatformArn=at.order.asks["platform"])


def _take_back(ready: tuple[At[Environment], ...]) -> Call:
    (at,) = ready
    return Call.of("elasticbeanstalk", "update_environment", EnvironmentName=at.order.name, PlatformArn=at.order.asks["back"])


def _back(at: At[Environment]) -> bool:
    return bool(at.now.platform == at.order.asks["back"])


def _proved(at: At[Environment]) -> Result:
    """What the plan wanted and is still not there; an environment that came out ill has failed, whatever its version."""
    if at.now.status != "Ready":
        return running(f"is {at.now.status}")
    if at.now.health == "Red":
        return failed(f"is on {at.now.version}, but its health is Red{f': {at.now.errors[0]}' if at.now.errors else ''}")
    left = (key for version, key in at.order.asks["keys"].items() if not at_least(at.now.version, version))
    return Result(Phase.DONE, open=tuple(sorted(left)))


MAINTAIN = Step(ends=_updated, call=_apply, done=reached, bars=_unscheduled, busy=_busy, begun=_under_way)
UPGRADE = Step(ends=_updated, call=_update, done=reached, bars=_ill, busy=_busy, begun=_under_way)
VERIFY = Step(ends=_proved)
UNDO = Step(
    ends=lambda at: _settled(at, done=_back(at)),
    call=_take_back,
    done=lambda at: f"is on {at.now.version} already" if _back(at) else "",
    busy=_busy,
    begun=lambda at: _back(at) or at.now.status == "Updating",
)
