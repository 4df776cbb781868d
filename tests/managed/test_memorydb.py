"""MemoryDB, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.beside import undone
from tests.managed.walking import MEMBER, desk_at, members, rolled_out, settled, verified

UPDATE = "settings: {updates: [{name: memorydb-20260801-001, auto: true}]}"
VAULT = f'- {{kind: memorydb-cluster, name: vault, engine: redis, version: "6.2", environment: dev, {UPDATE}}}'
QUEUE = '- {kind: memorydb-cluster, name: queue, engine: valkey, version: "7.2", environment: dev}'
STUBBORN = VAULT.replace("vault", "stubborn").replace("environment: dev", "environment: dev, traits: [update-refused]")
BROKEN = QUEUE.replace("queue", "broken").replace("environment: dev", "environment: dev, traits: [upgrade-fails]")


def test_a_service_update_and_an_engine_version_go_on_and_are_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, f"{VAULT}\n{QUEUE}") as desk:
        steps = {change["resource"]: change["steps"] for change in settled(desk)["rings"][0]["changes"]}
        assert steps == {"vault": ["maintain", "verify"], "queue": ["snapshot", "upgrade", "verify"]}
        assert set(members(rolled_out(desk)).values()) == {("done", "versions seen as planned")}
        assert verified(desk) == {"vault": "patched", "queue": "patched"}
        memory = desk.admin("memorydb", MEMBER)
        (kept,) = memory.describe_snapshots()["Snapshots"]
        assert {tag["Key"] for tag in memory.list_tags(ResourceArn=kept["ARN"])["TagList"]} == {"patchkeep:made-by", "patchkeep:expires"}
        assert {row["MaintenanceWindow"] for row in memory.describe_clusters()["Clusters"]} == {"sat:22:00-sun:04:00"}


def test_an_upgrade_that_aws_gives_up_halts_the_rollout_with_the_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["broken"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "still on 7.2.6: AWS did not upgrade it" in why


def test_a_cluster_for_which_aws_takes_no_update_fails_with_aws_s_reason_and_nothing_can_be_stopped(tmp_path: Path) -> None:
    with desk_at(tmp_path, f"{VAULT}\n{STUBBORN}") as desk:
        settled(desk)
        said = members(rolled_out(desk))
        assert said["stubborn"][0] == "failed"
        assert "InvalidClusterStateFault: stubborn is not in a valid state" in said["stubborn"][1]
        assert undone(desk, "vault") == "MemoryDB cannot stop a service update, nor take one off"
