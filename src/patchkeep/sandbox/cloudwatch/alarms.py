"""Alarms on one metric against a fixed threshold: made, described, tagged, deleted.

Expressions, anomaly bands, composite alarms and percentiles are refused. Source: botocore's models of PutMetricAlarm and DescribeAlarms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.cloudwatch.metrics import STATISTICS
from patchkeep.sandbox.cloudwatch.watching import Alarm, watch
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

DAY, WEEK, HOUR = timedelta(days=1), timedelta(days=7), timedelta(hours=1)
NOT_EMULATED = ("Metrics", "ThresholdMetricId", "ExtendedStatistic", "EvaluationCriteria", "EvaluationWindow", "WarmUpConfiguration")
SETTABLE = (
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "Dimensions",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "Unit",
)
LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions", "Dimensions")
NEEDED = ("MetricName", "Namespace", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold", "Statistic")


def alarms(site: Site) -> dict[str, Alarm]:
    return cast(dict[str, Alarm], site.kept["cloudwatch.alarms"])


@operation("cloudwatch", "PutMetricAlarm")
def put_metric_alarm(request: Request) -> Answer:
    """Overwrites the whole of an alarm of that name, but for its state and tags."""
    asked, name = request.params, request.params["AlarmName"]
    if unknown := [key for key in NOT_EMULATED if asked.get(key)]:
        raise AwsError("EmulatorNotImplemented", f"Alarms with {unknown[0]} are not emulated.")
    if lacking := [key for key in NEEDED if asked.get(key) is None]:
        raise AwsError("ValidationError", f"The parameter {lacking[0]} is required.")
    _refuse_periods(asked)
    given: dict[str, Any] = {key: asked[key] for key in SETTABLE if key in asked}
    fields = {**{key: [] for key in LISTS}, **given, "ActionsEnabled": asked.get("ActionsEnabled", True)}
    there = alarms(request.site).get(name)
    if there is not None:
        there.fields, there.updated = fields, request.now
        return {}
    made = Alarm(name, request.account, request.region, fields, request.now, request.now, request.now)
    made.tags.update((tag["Key"], tag["Value"]) for tag in asked.get("Tags", ()))
    alarms(request.site)[name] = made
    watch(request.world, alarms(request.site), made)
    return {}


def _refuse_periods(asked: Any) -> None:
    period, times = asked["Period"], asked["EvaluationPeriods"]
    if period not in {10, 20, 30} and period % 60:
        raise AwsError("ValidationError", "Metric alarms: Period must be 10, 20, 30 or a multiple of 60.")
    most = WEEK if timedelta(seconds=period) >= HOUR else DAY
    if timedelta(seconds=period * times) > most:
        raise AwsError("ValidationError", f"Metrics cannot be checked across more than {most.days} days (EvaluationPeriods * Period).")
    if asked["Statistic"] not in STATISTICS:
        raise AwsError("ValidationError", f"There is no statistic {asked['Statistic']}.")


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(request: Request) -> Answer:
    asked = request.params
    if asked.get("AlarmTypes") and "MetricAlarm" not in asked["AlarmTypes"]:
        return {"MetricAlarms": [], "CompositeAlarms": []}
    names, prefix, state = asked.get("AlarmNames"), asked.get("AlarmNamePrefix", ""), asked.get("StateValue")
    rows = [
        alarm.described
        for name, alarm in sorted(alarms(request.site).items())
        if (not names or name in names) and name.startswith(prefix) and state in {None, alarm.state}
    ]
    found, more = page(rows, asked, most=100, default=50, size="MaxRecords")
    return {"MetricAlarms": found, "CompositeAlarms": [], **more}


@operation("cloudwatch", "DescribeAlarmHistory")
def describe_alarm_history(request: Request) -> Answer:
    """Changes of state and what was told of them, newest first."""
    asked = request.params
    lines = [
        {"AlarmName": name, "AlarmType": "MetricAlarm", "Timestamp": at, "HistoryItemType": kind, "HistorySummary": summary}
        for name, alarm in alarms(request.site).items()
        for at, kind, summary in alarm.history
        if asked.get("AlarmName", name) == name and asked.get("HistoryItemType", kind) == kind
    ]
    found, more = page(sorted(lines, key=lambda line: line["Timestamp"], reverse=True), asked, most=100, size="MaxRecords")
    return {"AlarmHistoryItems": found, **more}


@operation("cloudwatch", "DeleteAlarms")
def delete_alarms(request: Request) -> Answer:
    there = alarms(request.site)
    if missing := [name for name in request.params["AlarmNames"] if name not in there]:
        raise AwsError("ResourceNotFound", f"Alarms {missing} do not exist.", 404)
    for name in request.params["AlarmNames"]:
        del there[name]
    return {}


@operation("cloudwatch", "TagResource")
def tag_resource(request: Request) -> Answer:
    _tagged(request).tags.update((tag["Key"], tag["Value"]) for tag in request.params["Tags"])
    return {}


@operation("cloudwatch", "UntagResource")
def untag_resource(request: Request) -> Answer:
    alarm = _tagged(request)
    for key in request.params["TagKeys"]:
        alarm.tags.pop(key, None)
    return {}


@operation("cloudwatch", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(request).tags.items()]}


def _tagged(request: Request) -> Alarm:
    arn = request.params["ResourceARN"]
    found = next((alarm for alarm in alarms(request.site).values() if alarm.arn == arn), None)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"There is no resource {arn}.", 404)
    return found
