"""Kafka clusters, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.beside import fed, undone
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

ORDERS = """
- {kind: kafka-cluster, name: orders, version: 3.6.0, environment: dev, settings: {configuration: true}}
- {kind: kafka-cluster, name: modern, version: 3.9.x.kraft, environment: dev}
- {kind: kafka-cluster, name: small, environment: dev, settings: {serverless: true}}
"""
BROKEN = "- {kind: kafka-cluster, name: broken, version: 3.6.0, environment: dev, traits: [upgrade-fails]}"
WINDOWED = POLICY.replace("updates: [maintenance, minor]", "updates: minor\n    apply: aws-window")


def test_a_cluster_is_brought_to_a_newer_kafka_and_keeps_its_configuration(tmp_path: Path) -> None:
    with desk_at(tmp_path, ORDERS) as desk:
        plan = settled(fed(desk))
        (change,) = plan["rings"][0]["changes"]
        assert (change["name"], change["steps"], change["irreversible"]) == ("orders", ["upgrade", "verify"], True)
        reasons = {skip["name"]: skip["reason"] for skip in plan["skips"]}
        assert reasons["modern"] == "rule everything puts on maintenance, minor; on offer: major"
        assert reasons["small"] == "nothing to do: nothing on offer that it lacks"
        rollout = rolled_out(desk)
        assert list(members(rollout).values()) == [("done", "versions seen as planned")]
        assert list(verified(desk).values()) == ["patched"]
        (row,) = desk.admin("kafka", MEMBER).list_clusters_v2(ClusterNameFilter="orders")["ClusterInfoList"]
        software = row["Provisioned"]["CurrentBrokerSoftwareInfo"]
        assert software["KafkaVersion"] == "3.9.x"
        assert ":configuration/orders/" in software["ConfigurationArn"]
        assert undone(desk, change["resource"]) == "a version of Kafka cannot be taken back"


def test_a_change_that_fails_halts_the_rollout_with_aws_s_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        ((phase, why),) = members(status).values()
        assert (status["status"], phase) == ("halted", "failed")
        assert why.endswith("is still on 3.6.0: Broker 1 did not become healthy after the update. The cluster keeps its version.")


def test_aws_has_no_window_to_leave_it_to(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN, WINDOWED) as desk:
        desk("discover")
        (skip,) = desk.json("plan", "-o", "plan.json")["plan"]["skips"]
        assert skip["reason"] == "AWS has no window for versions of Kafka: they go on at once (`apply: in-ring`)"
