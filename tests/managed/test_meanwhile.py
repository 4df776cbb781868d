"""What befalls managed resources between plan and start, without HTTP: a window that AWS or somebody moved, a role that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from patchkeep.domain.call import Answer, Call, Target
from patchkeep.domain.progress import Phase, Status
from patchkeep.doors.store import Store, open_store
from patchkeep.work.apply import Outcome
from tests.crash.resources import MEMBER, POLICY, REGION, Bench, organization
from tests.work.estate import Estate, world_of

HERE = Target(MEMBER, REGION)
NIGHT = """windows:
  night: {at: "Sat 22:00", lasts: 6h, timezone: UTC}
"""
WINDOWED = NIGHT + POLICY.replace("updates: [maintenance, minor]\n", "updates: [maintenance, minor]\n    settings: {window: night}\n")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/patchkeep.db") as opened:
        yield opened


def test_a_window_that_moved_since_the_plan_is_left_where_it_is_until_there_is_a_new_plan(store: Store) -> None:
    estate = Estate(world_of(organization(("dms",))), WINDOWED)
    (setting,) = (made := estate.plan()).settings
    (planned,) = setting.calls
    moved = Call.of("dms", "modify_replication_instance", planned.params, PreferredMaintenanceWindow="mon:03:00-mon:04:00")
    assert estate.aws.write(HERE, moved).ok
    (applied,) = estate.apply(made, store)
    assert applied.outcome is Outcome.STALE
    assert estate.aws.acted == [moved]


@pytest.mark.parametrize(("service", "operation"), [("elasticache", "modify_replication_group"), ("memorydb", "update_cluster")])
def test_an_account_without_the_service_linked_role_fails_with_aws_s_words_and_changes_nothing(
    store: Store, service: str, operation: str
) -> None:
    bench = Bench(store, (service,))
    missing = Answer({}, "r-1", "ServiceLinkedRoleNotFoundFault", "The specified service linked role (SLR) was not found.")
    bench.estate.aws.meddle = lambda call: missing if call.operation == operation else None
    rollout = bench.begin()
    failed = [member for ring in rollout.rings for member in ring.members if member.phase is Phase.FAILED]
    assert [member.why for member in failed] == [
        "upgrade: AWS refused to start it: ServiceLinkedRoleNotFoundFault The specified service linked role (SLR) was not found."
    ]
    assert rollout.status is Status.DONE, "one of the others may fail here"
    assert operation not in {call.operation for call in bench.estate.aws.acted}
