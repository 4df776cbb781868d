"""How an alarm watches: at the end of each of its periods the last ones are held against the threshold, missing ones as it says.

CloudWatch evaluates more often and looks a little further back when data is late
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html); here data is never late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.cloudwatch.metrics import name_of, points, slot, statistics

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site, World

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", UNKNOWN: "InsufficientDataActions"}
COMPARED = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@dataclass(slots=True)
class Alarm:
    """One metric alarm. `history`: (when, kind of item, sentence)."""

    name: str
    account: str
    region: str
    fields: dict[str, Any]
    configured: datetime
    updated: datetime
    since: datetime  # of its state
    state: str = UNKNOWN
    reason: str = "Unchecked: Initial alarm creation"
    tags: dict[str, str] = field(default_factory=dict)
    history: list[tuple[datetime, str, str]] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{self.name}"

    @property
    def period(self) -> timedelta:
        return timedelta(seconds=self.fields["Period"])

    @property
    def described(self) -> dict[str, Any]:
        return {
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.updated,
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": self.since,
            "StateTransitionedTimestamp": self.since,
            **self.fields,
        }


def watch(world: World, there: Mapping[str, Alarm], alarm: Alarm) -> None:
    """Let the alarm look at the end of each of its periods, until it is deleted (or made anew, which is another alarm)."""

    def look() -> None:
        if there.get(alarm.name) is not alarm:
            return
        evaluate(world.site(alarm.account, alarm.region), alarm, world.clock.now())
        watch(world, there, alarm)

    world.clock.at(slot(world.clock.now(), alarm.period) + alarm.period, look)


def evaluate(site: Site, alarm: Alarm, now: datetime) -> None:
    """Put the alarm into the state that its last periods give it."""
    wanted = alarm.fields["EvaluationPeriods"]
    breaching = [_breaches(site, alarm, now - alarm.period * number) for number in range(wanted, 0, -1)]
    needed = alarm.fields.get("DatapointsToAlarm", wanted)
    missing = alarm.fields.get("TreatMissingData", "missing")
    if all(one is None for one in breaching) and missing in {"missing", "ignore"}:
        if missing == "missing":
            _enter(alarm, UNKNOWN, f"no datapoints were received for {wanted} periods", now)
        return
    bad = sum(one is True or (one is None and missing == "breaching") for one in breaching)
    received = sum(one is not None for one in breaching)
    said = f"{bad} of the last {wanted} periods breach the threshold ({alarm.fields['Threshold']}); {received} had datapoints"
    _enter(alarm, ALARM if bad >= needed else OK, said, now)


def _breaches(site: Site, alarm: Alarm, start: datetime) -> bool | None:
    """Whether one period breaches; None where nothing was put into it."""
    fields = alarm.fields
    found = [point for point in points(site, name_of(fields)) if start <= point.at < start + alarm.period]
    told = statistics(point for point in found if point.unit == fields.get("Unit", point.unit))
    return COMPARED[fields["ComparisonOperator"]](told[fields["Statistic"]], fields["Threshold"]) if told else None


def _enter(alarm: Alarm, state: str, reason: str, now: datetime) -> None:
    if alarm.state == state:
        return
    alarm.history.append((now, "StateUpdate", f"Alarm updated from {alarm.state} to {state}"))
    alarm.state, alarm.reason, alarm.since = state, f"Threshold Crossed: {reason}", now
    for action in alarm.fields[ACTIONS[state]] if alarm.fields["ActionsEnabled"] else ():
        alarm.history.append((now, "Action", f"Successfully executed action {action}"))
