"""An operator restores an older copy of the database in the middle of a rollout and types `rollout resume`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.desk import PLAN, installs, settle, small

pytestmark = pytest.mark.http


def test_a_restored_database_installs_and_restarts_nothing_a_second_time(tmp_path: Path) -> None:
    with small(tmp_path) as desk:
        settle(desk)
        desk("rollout", "start", PLAN, "--yes")  # to the bake of its canary
        desk("db", "backup", "older.db")
        name = desk.json("rollout", "status")["rollouts"][0]["id"]
        assert "waits for approval" in desk("rollout", "resume", name, "--wait").sentence
        done = installs(desk.sent())
        assert len(done) > 1
        sent = len(desk.sent())
        (tmp_path / "patchkeep.db").replace(tmp_path / "newer.db")
        (tmp_path / "older.db").replace(tmp_path / "patchkeep.db")
        for beside in ("-wal", "-shm"):
            (tmp_path / f"patchkeep.db{beside}").unlink(missing_ok=True)
        said = desk("rollout", "resume", name, "--wait", status=1).sentence
        assert "this database is older than what was done (restored from a backup?)" in said
        assert f"Next: patchkeep rollout halt {name}" in said
        assert len(desk.sent()) == sent
        assert installs(desk.sent()) == done
        restarts = Counter(node for one in desk.sent() if one["DocumentName"] == "Patchkeep-Reboot" for node in one["InstanceIds"])
        assert set(restarts.values()) == {1}
        desk("rollout", "halt", name)
        desk("discover")
        desk("plan", "-o", "again.json", "--no-calls", status=3)
        planned = {change.resource for ring in desk.plan("again.json").rings for change in ring.changes}
        assert planned
        assert planned.isdisjoint(done), "who was patched meanwhile has nothing left to install"
