"""The whole way on the small organization, walked once; tests then ask the sandbox's own log what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.desk import PLAN, Desk, Said, settle, small


@dataclass(frozen=True, slots=True)
class Journey:
    desk: Desk
    rollout: str
    said: dict[str, Said] = field(default_factory=dict)

    @property
    def members(self) -> dict[str, list[str]]:
        """The nodes of each ring."""
        return {ring.name: sorted(change.resource for change in ring.changes) for ring in self.desk.plan().rings}


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Discover, plan, apply; a day later discover, plan, roll out with an approval on the way, discover, verify, report."""
    with small(tmp_path_factory.mktemp("journey")) as desk:
        settle(desk)
        said = {"start": desk("rollout", "start", PLAN, "--yes", "--wait")}
        rollout = desk.json("rollout", "status")["rollouts"][0]["id"]
        said["author"] = desk("rollout", "approve", rollout, "--ring", "prod", status=1)
        said["alice"] = desk.signed_in("PatchApprovers", "alice@small.example")("rollout", "approve", rollout, "--ring", "prod")
        said["end"] = desk("rollout", "resume", rollout, "--wait")
        desk.days(1)
        desk("discover")
        said["verify"] = desk("verify", PLAN)
        said["report"] = desk("report", "--format", "json", "--no-fail")
        yield Journey(desk, rollout, said)
