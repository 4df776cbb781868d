"""The stop and the heartbeat, as an operator meets them: at the command line, against an emulated organization."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.desk import PLAN, POLICY, Desk, settle, small

pytestmark = [pytest.mark.http, pytest.mark.slow]
STOP = "/patchkeep/stop"
TOPIC = "arn:aws:sns:us-east-1:111111111111:oncall"
BEATING = f"{POLICY}\nheartbeat: {{every: 1h, alarm: {{topic: '{TOPIC}', after: 3h}}}}\n"


def stop(desk: Desk, account: str, why: str) -> None:
    ssm = desk.admin("ssm", account, "us-east-1")
    ssm.put_parameter(Name=STOP, Value=why, Type="String", Overwrite=True)


def lift(desk: Desk, account: str) -> None:
    desk.admin("ssm", account, "us-east-1").delete_parameter(Name=STOP)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with small(tmp_path_factory.mktemp("stopped")) as at:
        at.write_policy(BEATING)
        yield at


def test_a_stop_in_one_account_holds_its_settings_back_and_no_others(desk: Desk) -> None:
    desk.days(1)
    desk("discover")
    desk("plan", "-o", "settings.json", "--no-calls", status=3)
    accounts = {setting.target.account for setting in desk.plan("settings.json").writable}
    first, *_, last = sorted(accounts - {desk.sandbox.credentials()["management"]})
    stop(desk, first, "ask ann")
    desk.sandbox.refuse(last, "PatchkeepWrite", ["ssm:GetParameter"])
    told = desk.json("apply", "settings.json", "--yes", status=1)["settings"]
    whys = {one["setting"]["target"]["account"]: one["why"] for one in told if one["outcome"] == "failed"}
    assert set(whys) == {first, last}
    assert f"stopped by {STOP} in account {first} (us-east-1): 'ask ann'" in whys[first]
    assert "aws ssm delete-parameter" in whys[first]
    assert "allow ssm:GetParameter on parameter/patchkeep/stop in us-east-1 to Patchkeep's write role there" in whys[last]
    lift(desk, first)
    desk.sandbox.refuse(last, "PatchkeepWrite", [])
    desk("apply", "settings.json", "--yes")


def test_a_stop_of_the_whole_organization_pauses_a_rollout_and_resume_goes_on(desk: Desk) -> None:
    settle(desk)
    home = desk.sandbox.credentials()["management"]
    stop(desk, home, "change freeze by the CTO")
    before = desk.sandbox.log_length()
    said = desk("rollout", "start", PLAN, "--yes", "--wait", status=1)
    rollout = desk.json("rollout", "status")["rollouts"][0]
    for line in (("doctor",), ("rollout", "status"), ("rollout", "status", rollout["id"])):
        assert desk(*line).out.startswith(f"STOP: stopped by {STOP} in account {home}"), line
    assert desk.sent(before) == []
    assert rollout["status"] == "paused"
    assert "change freeze by the CTO" in rollout["why"]
    assert f"patchkeep rollout resume {rollout['id']}" in said.sentence
    assert {member["phase"] for ring in rollout["rings"] for member in ring["members"]} == {"waiting"}
    lift(desk, home)
    desk("rollout", "resume", rollout["id"], "--wait")
    assert desk.sent(before)


def test_when_patchkeep_falls_silent_the_alarm_goes_off(desk: Desk) -> None:
    home = desk.sandbox.credentials()["management"]
    watch = desk.admin("cloudwatch", home, "us-east-1")
    (alarm,) = watch.describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["AlarmActions"]) == ("patchkeep-small-heartbeat", [TOPIC])
    for _ in range(4):
        desk("discover")
        desk.days(1 / 24)
    assert watch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"
    desk.days(5 / 24)
    assert watch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"
    desk("discover")
    desk.days(1 / 24)
    assert watch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"
    names = {(one["MetricName"], len(one["Dimensions"])) for one in watch.list_metrics(Namespace="Patchkeep")["Metrics"]}
    assert names == {("Heartbeat", 1), ("Assets", 2)}
