"""The whole way over HTTP under the computed policies: the sandbox's own log shows that nothing was refused and nothing is too much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from patchkeep.domain.asset import NODE
from patchkeep.permissions.actions import action
from patchkeep.permissions.called import called
from patchkeep.permissions.roles import documents, statements
from patchkeep.permissions.stop import inline, organization_wide
from patchkeep.policy import load
from patchkeep.services import By
from tests.e2e.conftest import Journey
from tests.e2e.desk import PLAN, POLICY, Desk, small
from tests.work.estate import SERVICES

pytestmark = pytest.mark.http
PROD, DEV, MANAGEMENT = "300000000003", "200000000002", "100000000001"
ROLES = {By.READ: "PatchkeepRead", By.WRITE: "PatchkeepWrite"}


def given(desk: Desk, role: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.sandbox.call("GET", f"/roles/{role}")["policies"]
    return found


def made_by(journey: Journey, role: str) -> list[dict[str, Any]]:
    return [call for call in journey.desk.sandbox.log() if f":assumed-role/{role}/" in call["caller"]]


@pytest.mark.parametrize("by", list(ROLES))
def test_both_roles_are_held_to_what_is_computed(journey: Journey, by: By) -> None:
    policy = load(POLICY, "patchkeep.yaml", journey.desk.sandbox.now())
    for account, policies in given(journey.desk, ROLES[by]).items():
        assert policies == list(documents(policy, by)), account


def test_no_call_of_the_whole_way_was_refused_for_want_of_a_permission(journey: Journey) -> None:
    refused = [
        call
        for call in journey.desk.sandbox.log()
        if (call["error"] or "") in {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}
    ]
    assert [(call["operation"], call["caller"]) for call in refused] == []
    assert len(made_by(journey, "PatchkeepRead")) > 50
    assert len(made_by(journey, "PatchkeepWrite")) > 20


def test_the_write_role_looks_at_the_stop_and_at_nothing_else(journey: Journey) -> None:
    looked = {call["operation"] for call in made_by(journey, "PatchkeepWrite") if call["operation"].startswith(("Describe", "List", "Get"))}
    assert looked == {"GetParameter"}


def test_every_read_that_is_granted_was_made(journey: Journey) -> None:
    """By the read role in members, or by the caller at home; windows have tasks to read only where AWS installs.

    The organization has no managed resource, so what is asked of those that are there is not asked: tests/permissions make them.
    """
    policy = load(POLICY, "patchkeep.yaml", journey.desk.sandbox.now())
    granted = {name for by in (By.READ, By.CALLER) for statement in statements(policy, by) for name in statement.actions}
    made = {f"{call['service']}:{call['operation']}" for call in journey.desk.sandbox.log()} | {"sts:SetSourceIdentity"}
    managed = {action(one.service, one.operation) for one in called() if is_managed(one.capability)}
    assert granted - made - managed <= {"ssm:GetMaintenanceWindowTask", "ssm:ListCommands"}
    assert managed & made, "each managed service was asked whether there is any"


def is_managed(capability: str) -> bool:
    service = SERVICES.get(capability)
    return service is not None and NODE not in service.kinds and (bool(service.kinds) or service.once)


# --- without some of it -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with small(tmp_path_factory.mktemp("least")) as sat:
        sat.days(1)
        yield sat


@pytest.fixture
def restored(desk: Desk) -> Iterator[Desk]:
    yield desk
    desk.write_policy(POLICY)


def take(desk: Desk, role: str, by: By, *actions: str) -> None:
    policy = load(POLICY, "patchkeep.yaml", desk.sandbox.now())
    less = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": list(actions), "Resource": "*"}]}
    desk.sandbox.give(role, [*documents(policy, by), less], PROD)


def test_a_refused_read_is_a_gap_that_names_the_action_and_what_prints_the_policy(restored: Desk) -> None:
    take(restored, "PatchkeepRead", By.READ, "ssm:GetInventory")
    restored("discover")
    said = restored("doctor").sentence
    assert "not looked at: refused: 2" in said  # both regions
    assert "not allowed: ssm:GetInventory" in said
    assert "-> allow ssm:GetInventory to Patchkeep's role there: `patchkeep iam` prints the policy" in said
    refused = [gap for gap in restored.json("discover")["snapshot"]["gaps"] if gap["cause"] == "refused"]
    assert [gap["target"]["region"] for gap in refused] == ["eu-central-1", "us-east-1"]
    assert {gap["operation"] for gap in refused} == {"ssm:GetInventory"}
    assert all("is not authorized to perform: ssm:GetInventory on resource: arn:aws:ssm:" in gap["reason"] for gap in refused)


def test_refusals_of_one_action_stand_together_in_doctor(restored: Desk) -> None:
    policy = load(POLICY, "patchkeep.yaml", restored.sandbox.now())
    less = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ssm:GetInventory", "Resource": "*"}]}
    restored.sandbox.give("PatchkeepRead", [*documents(policy, By.READ), less])
    restored("discover")
    said = restored("doctor").sentence
    assert said.count("not allowed: ssm:GetInventory") == 1
    assert said.count("-> allow ssm:GetInventory") == 1


def test_a_refused_write_fails_its_setting_with_awss_sentence(restored: Desk) -> None:
    restored("discover")
    restored("plan", "-o", PLAN, "--no-calls", status=3)
    take(restored, "PatchkeepWrite", By.WRITE, "ssm:CreateAssociation")
    told = restored.json("apply", PLAN, "--yes", status=1)["settings"]
    failed = [one for one in told if one["outcome"] == "failed"]
    assert {(one["setting"]["kind"], one["setting"]["target"]["account"]) for one in failed} == {("association", PROD)}
    assert all("is not authorized to perform: ssm:CreateAssociation on resource: arn:aws:ssm:" in one["why"] for one in failed)


@pytest.mark.parametrize("shape", ["inline", "organization-wide"])
def test_the_deny_policy_stops_every_write_and_no_read(restored: Desk, shape: str) -> None:
    policy = load(POLICY, "patchkeep.yaml", restored.sandbox.now())
    stop = inline() if shape == "inline" else organization_wide(policy)
    for by, role in ROLES.items():
        if by is By.WRITE or shape != "inline":  # the inline one is attached to the write role alone
            restored.sandbox.give(role, [*documents(policy, by), stop])
    seen = restored.json("discover")["snapshot"]
    assert not [gap for gap in seen["gaps"] if gap["cause"] == "refused"]
    restored("plan", "-o", "stopped.json", "--no-calls", status=3)
    since = restored.sandbox.log_length()
    failed = [one for one in restored.json("apply", "stopped.json", "--yes", status=1)["settings"] if one["outcome"] == "failed"]
    assert failed
    assert all("with an explicit deny in an identity-based policy" in one["why"] for one in failed)
    written = [call for call in restored.sandbox.log(since) if "PatchkeepWrite" in call["caller"] and not call["error"]]
    assert written == []


def test_the_callers_own_policy_is_enough_for_whoever_runs_patchkeep(restored: Desk) -> None:
    """Signed in with a permission set that has the caller's policy and nothing else."""
    policy = load(POLICY, "patchkeep.yaml", restored.sandbox.now())
    alice = restored.signed_in("PatchAuthors", "alice@small.example")
    role = next(name for name in _session_roles(restored) if "PatchAuthors" in name)
    restored.sandbox.give(role, documents(policy, By.CALLER), MANAGEMENT)
    seen = alice.json("discover")["snapshot"]
    assert not [gap for gap in seen["gaps"] if gap["cause"] in {"refused", "no role"}]
    restored.sandbox.give(role, None, MANAGEMENT)


def _session_roles(desk: Desk) -> set[str]:
    return {session["role"] for session in desk.sandbox.credentials()["sessions"]}
