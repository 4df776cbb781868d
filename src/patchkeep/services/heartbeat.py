"""The dead-man signal (RULES 16): a metric that Patchkeep publishes while it lives, and the alarm on its absence.

Both in the account signed in to, in the partition's home region. The alarm counts data points: fewer than one in each of its
periods, missing ones breaching, and it goes off. Botocore: cloudwatch PutMetricData, PutMetricAlarm ("Tags" only when it is made).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from patchkeep.domain.alarm import doubts
from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Heartbeat, Policy
from patchkeep.domain.setting import MARK, Estate, Setting, Wanted
from patchkeep.services._grants import By, Grant, own, when
from patchkeep.services._service import Service
from patchkeep.services._settings import Ways, differences, marks_of, owner_tags

NAME = "heartbeat"
METRIC, ASSETS = "Heartbeat", "Assets"
KIND, PLACE = "alarm", "place of the heartbeat"
SUFFIX = "-heartbeat"
SAID = "Patchkeep has given no sign of life."
COMPARED = (
    "Namespace",
    "MetricName",
    "Dimensions",
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "AlarmActions",
    "ActionsEnabled",
)


def beat(policy: Policy, heartbeat: Heartbeat, assets: Mapping[str, int]) -> Call:
    """One data point of life; with `assets` also how many there are of each status. Aggregates alone: metrics name no machine."""
    rows = [{"MetricName": METRIC, "Dimensions": _of(policy), "Value": 1.0, "Unit": "Count"}]
    for status, number in sorted(assets.items()):
        dimensions = [*_of(policy), {"Name": "Status", "Value": status}]
        rows.append({"MetricName": ASSETS, "Dimensions": dimensions, "Value": float(number), "Unit": "Count"})
    return Call.of("cloudwatch", "put_metric_data", Namespace=heartbeat.namespace, MetricData=rows)


def _of(policy: Policy) -> list[dict[str, str]]:
    return [{"Name": "Policy", "Value": policy.name}]


def discover(target: Target) -> Dialogue[Found]:
    """Heartbeat alarms by name, with their owners; and the place itself, so that planning knows where it is."""
    listed = (yield Call.of("cloudwatch", "describe_alarms", AlarmNamePrefix=MARK, AlarmTypes=["MetricAlarm"]))["MetricAlarms"]
    objects = [Existing(NAME, PLACE, target, target.arn("cloudwatch", "alarm"), "", "")]
    for row in listed:
        if row["AlarmName"].endswith(SUFFIX):
            tags = (yield Call.of("cloudwatch", "list_tags_for_resource", ResourceARN=row["AlarmArn"]))["Tags"]
            objects.append(_existing(target, row, marks_of(tags, row["AlarmName"]).owner))
    return Found(objects=tuple(objects))


def _existing(target: Target, row: Mapping[str, Any], owner: str) -> Existing:
    fields = {key: row[key] for key in COMPARED if row.get(key) is not None}
    return Existing(NAME, KIND, target, row["AlarmArn"], row["AlarmName"], owner, Frozen(fields))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """The alarm where the policy wants one; where it wants none any more, its removal. Nothing where the place was not looked at."""
    mine = [existing for existing in estate.objects if existing.service == NAME]
    places = [existing.target for existing in mine if existing.kind == PLACE]
    wanted = [one for place in places for one in _wanted(estate.policy, place)]
    ways = Ways(NAME, _create_calls(estate.ownership), _change_calls, _delete_calls)
    return differences(ways, wanted, [existing for existing in mine if existing.kind == KIND], estate.ownership)


def _wanted(policy: Policy, place: Target) -> Iterator[Wanted]:
    heartbeat = policy.heartbeat
    if heartbeat is None or not heartbeat.topic:
        return
    periods = int(heartbeat.after / heartbeat.every)
    fields = Frozen(
        Namespace=heartbeat.namespace,
        MetricName=METRIC,
        Dimensions=_of(policy),
        Statistic="SampleCount",
        Period=int(heartbeat.every.total_seconds()),
        EvaluationPeriods=periods,
        DatapointsToAlarm=periods,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
        AlarmActions=[heartbeat.topic],
        ActionsEnabled=True,
    )
    note = "it goes off when Patchkeep has been silent for so long: let `patchkeep discover` run at least every " + _hours(heartbeat)
    yield Wanted(KIND, place, f"{MARK}{policy.name}{SUFFIX}", fields, (note, *doubts(heartbeat, place)))


def _hours(heartbeat: Heartbeat) -> str:
    minutes = int(heartbeat.every.total_seconds()) // 60
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _create_calls(ownership: str) -> Callable[[Wanted], list[Call]]:
    def create(wanted: Wanted) -> list[Call]:
        tags = Frozen(Tags=owner_tags(ownership))
        return [Call.of("cloudwatch", "put_metric_alarm", {**wanted.fields, **tags}, AlarmName=wanted.name, AlarmDescription=SAID)]

    return create


def _change_calls(wanted: Wanted, existing: Existing) -> list[Call]:
    """PutMetricAlarm overwrites the whole alarm, and leaves its tags."""
    return [Call.of("cloudwatch", "put_metric_alarm", wanted.fields, AlarmName=existing.name, AlarmDescription=SAID)]


def _delete_calls(existing: Existing) -> list[Call]:
    return [Call.of("cloudwatch", "delete_alarms", AlarmNames=[existing.name])]


def asked_for(policy: Policy) -> bool:
    """A policy without the key `heartbeat` leaves CloudWatch alone."""
    return policy.heartbeat is not None


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Reads and data points by whoever runs Patchkeep, in their own account; the alarm by the write role there."""
    reads = Grant("SeeHeartbeat", "cloudwatch", ("describe_alarms", "list_tags_for_resource"), by=By.CALLER, at_home=True)
    if policy.heartbeat is None:
        return (reads,)
    ours = own("cloudwatch", f"alarm:{MARK}*")
    named = when(StringEquals={"cloudwatch:namespace": policy.heartbeat.namespace})
    return (
        reads,
        Grant("Beat", "cloudwatch", ("put_metric_data",), conditions=named, by=By.CALLER, at_home=True),
        Grant("ChangeHeartbeatAlarm", "cloudwatch", ("put_metric_alarm", "tag_resource", "delete_alarms"), ours, at_home=True),
    )


SERVICE = Service(name=NAME, discover=discover, settings=settings, at_home=asked_for)
