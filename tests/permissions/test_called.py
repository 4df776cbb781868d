"""Which calls there are is read from the code; here it is compared with what the code does, and with what it may be written like."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import ModuleType

import pytest

import tests.permissions.room
from patchkeep.permissions.actions import implied
from patchkeep.permissions.called import Called, called, granting
from tests.house.modules import Module, broken, module
from tests.permissions.policies import AWS_INSTALLS, OURS, policy
from tests.services import asked

# Calls that stand in the code and that no sample answer leads to, each with why; dated 2026-11-23.
NOT_DRIVEN = {
    ("ssm", "get_parameter"): "the stop is asked by the door before each write, not by a dialogue",
    ("cloudwatch", "put_metric_data"): "the heartbeat is a call that `work/heartbeat.py` publishes",
}


def driven() -> set[tuple[str, str]]:
    services = asked.SERVICES.values()
    calls = [*asked.all_reads(), *(call for service in services for call in asked.writes(service))]
    return {(call.service, call.operation) for call in calls}


def in_code() -> set[tuple[str, str]]:
    return {(call.service, call.operation) for call in called()}


def test_every_call_that_services_make_is_found_in_their_code() -> None:
    assert driven() - in_code() == set()


def test_every_call_that_stands_in_the_code_is_made_with_some_answer() -> None:
    assert in_code() - driven() - set(NOT_DRIVEN) == set()
    assert set(NOT_DRIVEN) <= in_code()


def calls_elsewhere(code: Module) -> Iterator[str]:
    """Calls are written where permissions are computed from; `Call.of` alone, with both names as literals."""
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Call.of" and code.room != "services":
            yield f"{node.lineno}: a call to AWS is written in services/, where its permission is computed"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Call" and code.name != "domain.call" and code.room == "services":
            yield f"{node.lineno}: a call is written as Call.of(...)"


def test_calls_are_written_in_services_alone() -> None:
    assert broken(calls_elsewhere) == []


@pytest.mark.parametrize(("path", "text"), [("work/x.py", "Call.of('ssm', 'y')"), ("services/x.py", "Call('ssm', 'y')")])
def test_a_call_written_elsewhere_or_otherwise_is_found(path: str, text: str) -> None:
    assert list(calls_elsewhere(module(path, text)))


def test_a_call_whose_name_is_no_literal_is_refused(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = f"{tmp_path}/oddroom"
    files = {"__init__.py": '"""A room."""\n', "odd.py": 'from patchkeep.domain.call import Call\nNAME = "x"\nX = Call.of("ssm", NAME)\n'}
    import pathlib

    pathlib.Path(folder).mkdir()
    for name, text in files.items():
        pathlib.Path(folder, name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    room: ModuleType = importlib.import_module("oddroom")
    with pytest.raises(ValueError, match=r"oddroom.odd:3: a call names its service and operation as literals"):
        called(room)


@pytest.mark.parametrize("text", [OURS, AWS_INSTALLS, None])
def test_grants_name_only_operations_that_their_service_calls_or_implies(text: str | None) -> None:
    at_hand = policy(text) if text else policy()
    for grants in {grants for call in called() if (grants := granting(call.module))}:
        calls = {(call.service, call.operation) for call in called() if granting(call.module) is grants}
        known = calls | {further for one in calls for further in implied(*one)}
        named = {(grant.service, operation) for grant in grants(at_hand) for operation in grant.operations}
        assert named - known == set(), grants.__module__


def test_every_write_has_a_reach_that_its_service_gives() -> None:
    """With a policy that uses everything; what it does not use is left out, see `test_roles.py`."""
    unsaid = []
    for call in called():
        if call.reads:
            continue
        grants = granting(call.module)
        named = {(grant.service, operation) for grant in grants(policy()) for operation in grant.operations} if grants else set()
        wanted = {(call.service, call.operation), *implied(call.service, call.operation)}
        unsaid += [(call.module, one) for one in wanted - named]
    assert unsaid == []


def test_a_made_up_room_is_read_like_ours() -> None:
    found = called(tests.permissions.room)
    assert Called("tests.permissions.room.bare", "rds", "describe_db_instances") in found
    assert {call.operation for call in found if call.passes_role} == {"start_automation_execution", "register_task_with_maintenance_window"}
