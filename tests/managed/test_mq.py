"""Message brokers, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.beside import fed, undone
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

QUEUES = """
- {kind: message-broker, name: queues, engine: RabbitMQ, version: 3.12.13, environment: dev, settings: {auto_minor_version_upgrade: false}}
"""
TOUCHED = """
- kind: message-broker
  name: touched
  engine: ActiveMQ
  version: 5.17.6
  environment: dev
  settings: {pending_instance_type: mq.m7g.2xlarge}
"""
BROKEN = "- {kind: message-broker, name: broken, engine: ActiveMQ, version: 5.17.6, environment: dev, traits: [upgrade-fails]}"
WINDOWED = POLICY.replace("updates: [maintenance, minor]", "updates: minor\n    apply: aws-window")


def test_a_version_is_noted_then_the_broker_is_rebooted_into_it(tmp_path: Path) -> None:
    with desk_at(tmp_path, QUEUES + TOUCHED) as desk:
        plan = settled(fed(desk))
        (change,) = plan["rings"][0]["changes"]
        assert (change["name"], change["steps"], change["irreversible"]) == ("queues", ["upgrade", "reboot", "verify"], True)
        (skip,) = plan["skips"]
        assert skip["reason"] == "a reboot would also put on what somebody has left pending: another instance type"
        assert list(members(rolled_out(desk)).values()) == [("done", "versions seen as planned")]
        assert list(verified(desk).values()) == ["patched"]
        broker = desk.admin("mq", MEMBER).describe_broker(BrokerId=change["resource"].rpartition(":")[2])
        assert (broker["EngineVersion"], broker["AutoMinorVersionUpgrade"]) == ("3.13", True)
        assert broker["MaintenanceWindowStartTime"] == {"DayOfWeek": "SATURDAY", "TimeOfDay": "22:00", "TimeZone": "UTC"}
        assert undone(desk, change["resource"]).startswith("Amazon MQ takes no version back")


def test_a_broker_that_comes_back_on_its_old_version_halts_the_rollout(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        ((phase, why),) = members(status).values()
        assert (status["status"], phase) == ("halted", "failed")
        assert why.endswith("is running again and still on 5.17.6: AWS did not upgrade it")


def test_a_version_is_noted_for_aws_s_own_window_where_the_policy_says_so(tmp_path: Path) -> None:
    with desk_at(tmp_path, QUEUES, WINDOWED) as desk:
        (change,) = settled(fed(desk))["rings"][0]["changes"]
        assert change["steps"] == ["schedule"]
        assert list(members(rolled_out(desk)).values()) == [("done", "schedule done")]
        assert list(verified(desk).values()) == ["patched, restart pending"]
        desk.days(7)
        assert list(verified(desk).values()) == ["patched"]
