"""Every example answer that AWS documents for a read of a managed service is digested by it, among the service's own samples.

Nothing is listed: an operation without a page, or a page without an answer, has nothing to feed; a block that is no JSON (a table, a
query's rest, a missing comma) is passed over. But of each service that has pages something must be left that is fed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from patchkeep.domain.asset import Found
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import thaw
from tests.services import asked, managed
from tests.services.pages import as_botocore, outputs, page, parsed
from tests.services.talk import HERE, carry

Answer = dict[str, Any]
every_service = pytest.mark.parametrize("name", managed.NAMES)


def operations(name: str) -> list[tuple[str, str]]:
    """Of its discovery."""
    return sorted({(call.service, call.operation) for call in asked.seen(asked.SERVICES[name])[1]})


def examples(service: str, operation: str) -> Iterator[Answer]:
    """What a page shows, as botocore would hand it over."""
    shape = asked.model(service, operation).output_shape
    file = page(service, operation)
    for literal in outputs(file.read_text(encoding="utf-8")) if file.exists() else ():
        try:
            answer = parsed(literal)
        except ValueError:
            continue
        if shape and set(answer) <= set(shape.members):
            yield as_botocore(answer, shape)


CASES = [
    pytest.param(name, operation, answer, id=f"{name}-{operation}-{number}")
    for name in managed.NAMES
    for service, operation in operations(name)
    for number, answer in enumerate(examples(service, operation))
]


def look(name: str, **instead: Any) -> Found:
    service = asked.SERVICES[name]
    assert service.discover is not None
    told = {**asked.answers(service), **instead}
    return carry(service.discover(HERE), lambda call: _told(call, told))[0]


def _told(call: Call, answers: Mapping[str, Any]) -> Any:
    """The sample's answer; nothing where it knows only its own resources, and the example's are strangers to it."""
    found = answers[call.operation]
    try:
        return found(thaw(call.params)) if callable(found) else found
    except (LookupError, ValueError, StopIteration):
        shape = asked.model(call.service, call.operation).output_shape
        return {name: [] for name, member in shape.members.items() if member.type_name == "list"} if shape else {}


@pytest.mark.parametrize(("name", "operation", "answer"), CASES)
def test_discovery_digests_aws_s_example(name: str, operation: str, answer: Answer) -> None:
    """Where the call is what lists the resources, what the example lists comes out, or else what it told of one."""
    found = look(name, **{operation: answer})
    assert found.gaps == ()
    emptied = {key: [] if isinstance(value, list) else value for key, value in answer.items()}
    lists_them = len(look(name, **{operation: emptied}).assets) < len(look(name).assets)
    if lists_them and answer != emptied:
        assert found.assets


@every_service
def test_of_every_service_with_pages_something_is_fed(name: str) -> None:
    if any(page(*operation).exists() for operation in operations(name)):
        assert any(case.values[0] == name for case in CASES)
