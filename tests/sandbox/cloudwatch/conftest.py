"""CloudWatch of one account and region as botocore's own client finds it, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.identity import user_keys
from patchkeep.sandbox.server import RunningSandbox, serve


@dataclass(frozen=True, slots=True)
class Watch:
    running: RunningSandbox
    client: Any

    def wait(self, **delay: float) -> None:
        clock = self.running.world.clock
        clock.advance(clock.now() + timedelta(**delay))

    def beat(self) -> None:
        self.client.put_metric_data(Namespace="Keep", MetricData=[{"MetricName": "Heartbeat", "Value": 1, "Dimensions": POLICY}])

    def alarm(self, name: str = "keep-heartbeat", **more: Any) -> None:
        self.client.put_metric_alarm(**{"AlarmName": name, **SILENCE, **more})

    @property
    def state(self) -> str:
        (alarm,) = self.client.describe_alarms(AlarmNames=["keep-heartbeat"])["MetricAlarms"]
        return str(alarm["StateValue"])


POLICY = [{"Name": "Policy", "Value": "small"}]
TOPIC = "arn:aws:sns:us-east-1:111122223333:oncall"
SILENCE: dict[str, Any] = {
    "Namespace": "Keep",
    "MetricName": "Heartbeat",
    "Dimensions": POLICY,
    "Statistic": "SampleCount",
    "Period": 3600,
    "EvaluationPeriods": 3,
    "Threshold": 1,
    "ComparisonOperator": "LessThanThreshold",
    "TreatMissingData": "breaching",
    "AlarmActions": [TOPIC],
}


def client(running: RunningSandbox, protocol: str = "") -> Any:
    """botocore's client, as it is or speaking another of the protocols that CloudWatch offers."""
    session = Session()
    if protocol:
        session.get_component("data_loader").load_service_model("cloudwatch", "service-2")["metadata"]["protocols"] = [protocol]
    known = user_keys(running.world, running.world.management)
    return session.create_client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=running.endpoint,
        aws_access_key_id=known.access_key,
        aws_secret_access_key=known.secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def watch() -> Iterator[Watch]:
    with serve(orgfile.load("small")) as running:
        yield Watch(running, client(running))
        assert running.sandbox.failures == running.sandbox.unimplemented == []
