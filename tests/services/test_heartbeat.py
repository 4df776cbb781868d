"""The heartbeat's data points, and the alarm that the policy wants on their absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.frozen import thaw
from patchkeep.domain.policy import Heartbeat, Policy
from patchkeep.domain.setting import Action, Estate
from patchkeep.services.heartbeat import KIND, PLACE, SERVICE, asked_for, beat, discover, settings
from tests.services.asked import HOME
from tests.services.estates import HEARTBEAT, POLICY, estate
from tests.services.samples import ALARM, OWNERSHIP, READS
from tests.services.talk import HERE, carry


def wanting(heartbeat: Heartbeat | None, *objects: object) -> Estate:
    return estate(HOME, *objects, policy=replace(POLICY, heartbeat=heartbeat))  # type: ignore[arg-type]


def there(owner: str = OWNERSHIP) -> object:
    found = carry(discover(HERE), READS)[0].objects
    (alarm,) = [one for one in found if one.kind == KIND]
    return replace(alarm, owner=owner)


def test_one_data_point_says_that_it_lives_and_aggregates_how_the_fleet_stands() -> None:
    told = thaw(beat(POLICY, HEARTBEAT, {"UNKNOWN": 3, "COMPLIANT": 40}).params)
    policy = {"Name": "Policy", "Value": "main"}
    assert told["Namespace"] == "Patchkeep"
    assert told["MetricData"][0] == {"MetricName": "Heartbeat", "Dimensions": [policy], "Value": 1.0, "Unit": "Count"}
    assert [(row["Dimensions"], row["Value"]) for row in told["MetricData"][1:]] == [
        ([policy, {"Name": "Status", "Value": "COMPLIANT"}], 40.0),
        ([policy, {"Name": "Status", "Value": "UNKNOWN"}], 3.0),
    ]


def test_the_alarm_is_made_where_the_heartbeat_goes_and_nowhere_else() -> None:
    (made,) = settings(wanting(HEARTBEAT))
    (call,) = made.calls
    assert (made.action, made.target, made.name) == (Action.CREATE, HERE, "patchkeep-main-heartbeat")
    params = thaw(call.params)
    assert (params["TreatMissingData"], params["Period"], params["EvaluationPeriods"]) == ("breaching", 3600, 3)
    assert params["Tags"] == [{"Key": "patchkeep:managed-by", "Value": OWNERSHIP}]
    assert settings(estate(policy=POLICY)) == (), "where the place was not looked at nothing is planned"


def test_a_topic_of_another_account_is_told_in_the_plan() -> None:
    def notes(account: str) -> str:
        (made,) = settings(wanting(replace(HEARTBEAT, topic=f"arn:aws:sns:{HERE.region}:{account}:oncall")))
        return " ".join(made.notes)

    assert "unless the topic's policy lets cloudwatch.amazonaws.com publish" in notes("999999999999")
    assert "topic" not in notes(HERE.account)


def test_a_longer_silence_changes_the_alarm_and_leaves_its_tags() -> None:
    (changed,) = settings(wanting(replace(HEARTBEAT, after=timedelta(hours=6)), there()))
    assert (changed.action, dict(changed.becomes)) == (Action.CHANGE, {"EvaluationPeriods": 6, "DatapointsToAlarm": 6})
    assert "Tags" not in changed.calls[0].params
    assert settings(wanting(replace(HEARTBEAT, after=timedelta(hours=2)), there())) == ()


def test_an_alarm_that_the_policy_no_longer_wants_is_removed() -> None:
    (gone,) = settings(wanting(Heartbeat(), there()))
    assert (gone.action, [call.operation for call in gone.calls]) == (Action.DELETE, ["delete_alarms"])


def test_somebody_elses_alarm_of_that_name_is_left_alone() -> None:
    (blocked,) = settings(wanting(HEARTBEAT, there("")))
    assert blocked.action is Action.BLOCKED
    assert settings(wanting(Heartbeat(), there(""))) == ()


def test_other_alarms_of_the_account_are_not_ours_to_look_at() -> None:
    others = {"MetricAlarms": [{**ALARM, "AlarmName": "patchkeep-latency"}]}
    found, calls = carry(discover(HERE), {**READS, "describe_alarms": others})
    assert [one.kind for one in found.objects] == [PLACE]
    assert [call.operation for call in calls] == ["describe_alarms"]


@pytest.mark.parametrize(("policy", "asked"), [(POLICY, True), (Policy("main", "hash"), False)])
def test_a_policy_without_a_heartbeat_never_asks_cloudwatch(policy: Policy, asked: bool) -> None:
    assert asked_for(policy) is asked
    assert SERVICE.at_home is asked_for
