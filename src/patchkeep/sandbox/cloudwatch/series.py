"""GetMetricData: several metrics at once, of those that were put and those that managed services work out of their state.

Only MetricStat queries: metric math (Expression) is not emulated. Source: "GetMetricData" in the Amazon CloudWatch API Reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from patchkeep.sandbox.cloudwatch.metrics import Point, name_of, points, slot, statistics
from patchkeep.sandbox.managed.service import measures
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

MOST_QUERIES, MOST_POINTS = 500, 100_800
Row = tuple[datetime, float]


@operation("cloudwatch", "GetMetricData")
def get_metric_data(request: Request) -> Answer:
    """Newest first unless ScanBy says otherwise; a metric without data is there with empty lists, as in AWS."""
    asked = request.params
    queries = asked["MetricDataQueries"]
    if asked["StartTime"] >= asked["EndTime"]:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    if len(queries) > MOST_QUERIES or len({query["Id"] for query in queries}) < len(queries):
        raise AwsError("ValidationError", f"MetricDataQueries must have {MOST_QUERIES} members at most, each with an Id of its own.")
    rows = [_result(request, query) for query in queries if query.get("ReturnData", True)]
    cut, more = page(rows, asked, most=MOST_QUERIES)
    return {"MetricDataResults": cut, "Messages": [], **more}


def _result(request: Request, query: dict[str, Any]) -> dict[str, Any]:
    if "MetricStat" not in query:
        raise AwsError("EmulatorNotImplemented", "Metric math is not emulated: write a MetricStat.")
    found = sorted(_series(request, query["MetricStat"]), reverse=request.params.get("ScanBy") != "TimestampAscending")
    return {
        "Id": query["Id"],
        "Label": query.get("Label", query["MetricStat"]["Metric"]["MetricName"]),
        "Timestamps": [at for at, _ in found],
        "Values": [value for _, value in found],
        "StatusCode": "Complete",
    }


def _series(request: Request, wanted: dict[str, Any]) -> Iterator[Row]:
    """(beginning of the period, value) of every period that has data."""
    period = timedelta(seconds=wanted["Period"])
    slots: dict[datetime, list[Point]] = {}
    for point in _points(request, wanted["Metric"], period):
        if request.params["StartTime"] <= point.at < request.params["EndTime"] and point.unit == wanted.get("Unit", point.unit):
            slots.setdefault(slot(point.at, period), []).append(point)
    for at, found in slots.items():
        told = statistics(found)
        if wanted["Stat"] not in told:
            raise AwsError("ValidationError", f"The value {wanted['Stat']} for parameter Stat is not supported.")
        yield at, told[wanted["Stat"]]


def _points(request: Request, metric: dict[str, Any], period: timedelta) -> list[Point]:
    """What was put; of AWS's own namespaces one point a period as far as virtual time has come."""
    measure = measures().get(metric["Namespace"])
    if measure is None:
        return points(request.site, name_of(metric))
    dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
    at, until = slot(request.params["StartTime"], period), min(request.params["EndTime"], request.now)
    if (until - at) / period > MOST_POINTS:
        raise AwsError("ValidationError", f"The request asks for more than {MOST_POINTS} datapoints.")
    found = []
    while at <= until:
        value = measure(request, metric["MetricName"], dimensions, at)
        if value is not None:
            found.append(Point(at, (value,), "None"))
        at += period
    return found
