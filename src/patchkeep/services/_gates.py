"""Metrics that are looked at before a change begins: a limit passed, or no data at all, keeps its resource waiting.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (500 queries a call)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.policy import Gate, Policy
from patchkeep.domain.progress import Batch

if TYPE_CHECKING:
    from patchkeep.services._service import Service

PERIOD = 60  # seconds of one data point
LAG = timedelta(minutes=2)  # CloudWatch shows a point a minute or two after its time


def shut(service: Service, batch: Batch, gates: Mapping[str, Sequence[Gate]]) -> Dialogue[Mapping[str, str]]:
    """By resource the sentence why its gate is shut; those whose gates are open are left out. `gates`: by resource."""
    asked = [(resource, gate) for resource in batch.resources for gate in gates.get(resource, ())]
    if not asked:
        return {}
    if service.measured is None:
        return {resource: f"gate {gate.name}: {service.name} has no metrics of its own, so it cannot open" for resource, gate in asked}
    queries = [_query(number, gate, *service.measured(resource)) for number, (resource, gate) in enumerate(asked)]
    until = batch.intended_at
    since = until - timedelta(seconds=max(gate.over_seconds for _, gate in asked)) - LAG
    told = yield Call.of("cloudwatch", "get_metric_data", MetricDataQueries=queries, StartTime=since, EndTime=until)
    values = {one["Id"]: one["Values"] for one in told["MetricDataResults"]}
    found = ((resource, _why(gate, values.get(f"q{number}", ()))) for number, (resource, gate) in enumerate(asked))
    return {resource: why for resource, why in found if why}


def wanted(policy: Policy) -> bool:
    """Whether a policy has any use for metrics."""
    return bool(policy.gates)


def _query(number: int, gate: Gate, namespace: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": gate.metric, "Dimensions": named}
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": "Average"}}


def _why(gate: Gate, values: Sequence[float]) -> str:
    if not values:
        return f"gate {gate.name}: CloudWatch has no {gate.metric} of it"
    highest = max(values)
    return f"gate {gate.name}: {gate.metric} is {highest:g}, and may be {gate.above:g} at most" if highest > gate.above else ""
