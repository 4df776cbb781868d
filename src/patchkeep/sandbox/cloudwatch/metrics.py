"""Custom metrics: what was put, by namespace, name and dimensions, and what it comes to by period.

Kept as they came, and for ever: retention is not emulated. Source: botocore's models of PutMetricData, GetMetricStatistics, ListMetrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

Name = tuple[str, str, tuple[tuple[str, str], ...]]  # namespace, metric, dimensions in order
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)  # from now: what PutMetricData takes
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    values: tuple[float, ...]
    unit: str


def metrics(site: Site) -> dict[Name, list[Point]]:
    return cast(dict[Name, list[Point]], site.kept["cloudwatch.metrics"])


def points(site: Site, name: Name) -> list[Point]:
    return metrics(site).get(name, [])


def name_of(asked: Mapping[str, Any], namespace: str = "") -> Name:
    dimensions = tuple(sorted((one["Name"], one["Value"]) for one in asked.get("Dimensions", ())))
    return (namespace or asked["Namespace"], asked["MetricName"], dimensions)


def statistics(found: Iterable[Point]) -> dict[str, float]:
    """All statistics of some points together; {} for none."""
    values = [value for point in found for value in point.values]
    if not values:
        return {}
    total = float(sum(values))
    return dict(zip(STATISTICS, (float(len(values)), total / len(values), total, min(values), max(values)), strict=True))


@operation("cloudwatch", "PutMetricData")
def put_metric_data(request: Request) -> Answer:
    namespace = request.params["Namespace"]
    if namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    for datum in request.params.get("MetricData", ()):
        at = datum.get("Timestamp", request.now)
        if not request.now - OLDEST <= at <= request.now + NEWEST:
            raise AwsError("InvalidParameterValue", f"The parameter MetricData.member.1.Timestamp must not be {at.isoformat()}.")
        point = Point(at, tuple(_values(datum)), datum.get("Unit", "None"))
        metrics(request.site).setdefault(name_of(datum, namespace), []).append(point)
    return {}


def _values(datum: Mapping[str, Any]) -> Iterator[float]:
    if "StatisticValues" in datum:
        raise AwsError("EmulatorNotImplemented", "Statistic sets are not emulated.")
    if "Value" in datum:
        yield float(datum["Value"])
    for value, count in zip(datum.get("Values", ()), datum.get("Counts", [1] * len(datum.get("Values", ()))), strict=True):
        yield from [float(value)] * int(count)


@operation("cloudwatch", "GetMetricStatistics")
def get_metric_statistics(request: Request) -> Answer:
    asked = request.params
    period, start, end = timedelta(seconds=asked["Period"]), asked["StartTime"], asked["EndTime"]
    slots: dict[datetime, list[Point]] = {}
    for point in points(request.site, name_of(asked)):
        if start <= point.at < end and point.unit == asked.get("Unit", point.unit):
            slots.setdefault(slot(point.at, period), []).append(point)
    wanted = asked.get("Statistics", ())
    rows = [_row(at, found, wanted) for at, found in sorted(slots.items())]
    return {"Label": asked["MetricName"], "Datapoints": rows}


def _row(at: datetime, found: list[Point], wanted: Iterable[str]) -> dict[str, Any]:
    told = statistics(found)
    return {"Timestamp": at, "Unit": found[0].unit, **{name: told[name] for name in wanted}}


def slot(at: datetime, period: timedelta) -> datetime:
    """The beginning of the period that a moment falls into; periods are counted from 1970."""
    seconds = int(period.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


@operation("cloudwatch", "ListMetrics")
def list_metrics(request: Request) -> Answer:
    asked = request.params
    rows = [
        {"Namespace": namespace, "MetricName": metric, "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions]}
        for namespace, metric, dimensions in sorted(metrics(request.site))
        if asked.get("Namespace", namespace) == namespace
        and asked.get("MetricName", metric) == metric
        and all((one["Name"], one.get("Value", dict(dimensions).get(one["Name"]))) in dimensions for one in asked.get("Dimensions", ()))
    ]
    found, more = page(rows, asked, most=500)
    return {"Metrics": found, **more}
