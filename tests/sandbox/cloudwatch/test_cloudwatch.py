"""CloudWatch: what was put comes back, and an alarm on silence goes off when Patchkeep falls silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.sandbox import cbor
from tests.sandbox.cloudwatch.conftest import POLICY, TOPIC, Watch, client

pytestmark = pytest.mark.http


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**params)
    return str(error.value.response["Error"]["Code"])


def statistics(watch: Watch, **more: Any) -> list[dict[str, Any]]:
    now: datetime = watch.running.world.clock.now()
    span = {"StartTime": now - timedelta(hours=5), "EndTime": now + timedelta(seconds=1), "Period": 3600}
    asked = {"Namespace": "Keep", "MetricName": "Heartbeat", "Dimensions": POLICY, "Statistics": ["SampleCount", "Sum", "Average"]}
    found: list[dict[str, Any]] = watch.client.get_metric_statistics(**{**asked, **span, **more})["Datapoints"]
    return found


def test_what_was_put_comes_back_by_period(watch: Watch) -> None:
    for _ in range(3):
        watch.beat()
        watch.wait(minutes=40)
    assert [row["SampleCount"] for row in statistics(watch)] in ([2.0, 1.0], [1.0, 2.0])
    assert sum(row["Sum"] for row in statistics(watch)) == 3.0
    assert {row["Average"] for row in statistics(watch)} == {1.0}
    assert statistics(watch, Dimensions=[]) == []
    (listed,) = watch.client.list_metrics(Namespace="Keep")["Metrics"]
    assert (listed["MetricName"], listed["Dimensions"]) == ("Heartbeat", POLICY)


def test_an_alarm_on_silence_goes_off_when_the_beats_stop_and_ends_when_they_come_back(watch: Watch) -> None:
    watch.alarm()
    assert watch.state == "INSUFFICIENT_DATA"
    for _ in range(6):
        watch.beat()
        watch.wait(hours=1)
        assert watch.state == "OK"
    watch.wait(hours=2)
    assert watch.state == "OK"
    watch.wait(hours=2)
    assert watch.state == "ALARM"
    watch.beat()
    watch.wait(hours=1)
    assert watch.state == "OK"
    told = watch.client.describe_alarm_history(AlarmName="keep-heartbeat", HistoryItemType="Action")["AlarmHistoryItems"]
    assert [line["HistorySummary"] for line in told] == [f"Successfully executed action {TOPIC}"]


@pytest.mark.parametrize(
    ("treated", "state"),
    [("breaching", "ALARM"), ("notBreaching", "OK"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "INSUFFICIENT_DATA")],
)
def test_missing_data_is_treated_as_the_alarm_says(watch: Watch, treated: str, state: str) -> None:
    watch.alarm(TreatMissingData=treated)
    watch.wait(hours=4)
    assert watch.state == state


def test_an_alarm_is_overwritten_whole_but_keeps_state_and_tags(watch: Watch) -> None:
    watch.alarm(Tags=[{"Key": "team", "Value": "ops"}])
    watch.wait(hours=4)
    watch.alarm(EvaluationPeriods=5, AlarmActions=[], Tags=[{"Key": "team", "Value": "other"}])
    (alarm,) = watch.client.describe_alarms(AlarmNamePrefix="keep-")["MetricAlarms"]
    assert (alarm["EvaluationPeriods"], alarm["AlarmActions"], alarm["StateValue"]) == (5, [], "ALARM")
    arn = alarm["AlarmArn"]
    watch.client.tag_resource(ResourceARN=arn, Tags=[{"Key": "why", "Value": "x"}])
    watch.client.untag_resource(ResourceARN=arn, TagKeys=["why"])
    assert watch.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "ops"}]


def test_a_deleted_alarm_watches_no_more(watch: Watch) -> None:
    watch.alarm()
    watch.client.delete_alarms(AlarmNames=["keep-heartbeat"])
    watch.wait(hours=9)
    assert watch.client.describe_alarms()["MetricAlarms"] == []
    assert refused(watch.client.delete_alarms, AlarmNames=["keep-heartbeat"]) == "ResourceNotFound"
    assert refused(watch.client.list_tags_for_resource, ResourceARN="arn:aws:cloudwatch:us-east-1:1:alarm:x") == "ResourceNotFoundException"


@pytest.mark.parametrize("wrong", [{"Period": 61}, {"Period": 60, "EvaluationPeriods": 1441}, {"Period": 86400, "EvaluationPeriods": 8}])
def test_periods_that_cloudwatch_cannot_count_are_refused(watch: Watch, wrong: dict[str, int]) -> None:
    assert refused(watch.alarm, **wrong) == "ValidationError"


def test_aws_keeps_its_own_namespaces_and_old_times_are_refused(watch: Watch) -> None:
    old = watch.running.world.clock.now() - timedelta(days=15)
    datum = {"MetricName": "Heartbeat", "Value": 1}
    assert refused(watch.client.put_metric_data, Namespace="AWS/SSM", MetricData=[datum]) == "InvalidParameterValue"
    assert refused(watch.client.put_metric_data, Namespace="Keep", MetricData=[{**datum, "Timestamp": old}]) == "InvalidParameterValue"


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_every_protocol_that_clients_of_cloudwatch_speak_is_understood(watch: Watch, protocol: str) -> None:
    other = Watch(watch.running, client(watch.running, protocol))
    assert other.client.meta.service_model.resolved_protocol == protocol
    other.beat()
    other.alarm(name="keep-heartbeat")
    assert other.state == "INSUFFICIENT_DATA"
    (row,) = statistics(other)
    assert (row["SampleCount"], row["Timestamp"].tzinfo is not None) == (1.0, True)
    assert refused(other.client.delete_alarms, AlarmNames=["none"]) == "ResourceNotFound"


items = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(items)
def test_botocore_reads_the_cbor_that_the_sandbox_writes(value: Any) -> None:
    assert cbor.read(cbor.write(value)) == value
