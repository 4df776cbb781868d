"""Metrics that are looked at before a change begins: a limit passed, or no data at all, keeps its resource waiting.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (500 queries a call)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy import Gate, Policy
from patchkeep.domain.progress import Batch
from patchkeep.services._answers import granted

if TYPE_CHECKING:
    from patchkeep.services._service import Service

Measured = Callable[[str, Frozen], tuple[str, Sequence[Mapping[str, str]]]]
PERIOD = 60  # seconds of one data point
MOST = 500  # queries of a call
LAG = timedelta(minutes=2)  # CloudWatch shows a point a minute or two after its time


def shut(service: Service, batch: Batch, gates: Mapping[str, Sequence[Gate]]) -> Dialogue[Mapping[str, str]]:
    """By resource the sentence why its gate is shut; those whose gates are open are left out. `gates`: by resource."""
    asked = [(resource, gate) for resource in batch.resources for gate in gates.get(resource, ())]
    if not asked:
        return {}
    if service.measured is None:
        return {resource: f"gate {gate.name}: {service.name} has no metrics of its own, so it cannot open" for resource, gate in asked}
    queries = [
        query for number, (resource, gate) in enumerate(asked) for query in _queries(number, gate, service.measured, batch, resource)
    ]
    until = batch.intended_at
    since = until - timedelta(seconds=max(gate.over_seconds for _, gate in asked)) - LAG
    parts = [queries[start : start + MOST] for start in range(0, len(queries), MOST)]
    calls = [Call.of("cloudwatch", "get_metric_data", MetricDataQueries=part, StartTime=since, EndTime=until) for part in parts]
    values: dict[str, list[float]] = {}
    for answer in granted((yield tuple(calls))):
        for one in answer["MetricDataResults"]:
            values.setdefault(one["Id"].partition("_")[0], []).extend(one["Values"])
    found = ((resource, _why(gate, values.get(f"q{number}", ()))) for number, (resource, gate) in enumerate(asked))
    return {resource: why for resource, why in found if why}


def wanted(policy: Policy) -> bool:
    """Whether a policy has any use for metrics."""
    return bool(policy.gates)


def _queries(number: int, gate: Gate, measured: Measured, batch: Batch, resource: str) -> Iterator[dict[str, Any]]:
    """One for each of the resource's parts: the gate counts the highest of them, and is shut where none has data."""
    namespace, parts = measured(resource, batch.asks.get(resource, NOTHING))
    for part, dimensions in enumerate(parts):
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        metric = {"Namespace": namespace, "MetricName": gate.metric, "Dimensions": named}
        yield {"Id": f"q{number}_{part}", "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": "Average"}}


def _why(gate: Gate, values: Sequence[float]) -> str:
    if not values:
        return f"gate {gate.name}: CloudWatch has no {gate.metric} of it"
    highest = max(values)
    return f"gate {gate.name}: {gate.metric} is {highest:g}, and may be {gate.above:g} at most" if highest > gate.above else ""
