"""Which operation of a REST service a request is for, and the parameters that stand in its path."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.sandbox.protocol import Arrival, model_of, operation_of, parse

CLUSTER = "arn:aws:kafka:eu-central-1:111111111111:cluster/orders/abc-2"


@pytest.mark.parametrize(
    ("service", "asked", "operation", "params"),
    [
        (
            "kafka",
            "GET /v1/clusters/arn%3Aaws%3Akafka%3Aeu-central-1%3A111111111111%3Acluster%2Forders%2Fabc-2/nodes?maxResults=10",
            "ListNodes",
            {"ClusterArn": CLUSTER, "MaxResults": 10},
        ),
        ("opensearch", "GET /2021-01-01/opensearch/domain/orders", "DescribeDomain", {"DomainName": "orders"}),
        ("mq", "GET /v1/brokers/b-1", "DescribeBroker", {"BrokerId": "b-1"}),
        ("account", "POST /listRegions", "ListRegions", {}),
    ],
)
def test_a_path_names_its_operation_and_its_parameters(service: str, asked: str, operation: str, params: dict[str, Any]) -> None:
    method, raw = asked.split()
    arrival = Arrival(method, raw.partition("?")[0], raw.partition("?")[2], {}, b"", raw)
    assert operation_of(service, arrival) == operation
    model = model_of(service, operation)
    assert model is not None
    assert parse(model, arrival) == params
