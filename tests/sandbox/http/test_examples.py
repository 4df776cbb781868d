"""AWS's own example answers (in the awscli package) against ours: the same keys, but for those listed here with their reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.http.conftest import MANAGEMENT, PROD, Clients

pytestmark = pytest.mark.http
INSTANCE, STOPPED, UNIT = "i-00000000000000001", "i-0000000000000000c", "ou-abcd-11111111"
OUTPUT = re.compile(r"::\s*\n\s*\n((?:[ \t]+[{].*\n)(?:[ \t]+.*\n|\s*\n)*)")

# What the sandbox leaves out, by operation: keys (at any depth), and why.
LEFT_OUT: dict[str, frozenset[str]] = {
    # network cards, public addresses and key pairs mean nothing to patching, and would double every answer's size
    "describe-instances": frozenset({"NetworkInterfaces", "PublicIpAddress", "KeyName"}),
    # an image's own block devices and its driver: nobody launches from it here
    "describe-images": frozenset({"BlockDeviceMappings", "SriovNetSupport", "EnaSupport", "Hypervisor", "UsageOperation"}),
    "describe-account": frozenset({"JoinedTimeStamp"}),  # a slip of the page: the API spells it JoinedTimestamp
}
CALLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("ec2", "describe-instances", PROD, {"InstanceIds": [INSTANCE]}),
    ("ec2", "describe-instance-status", PROD, {"InstanceIds": [INSTANCE]}),
    ("ec2", "describe-images", PROD, {}),
    ("ec2", "describe-volumes", PROD, {}),
    ("ec2", "describe-regions", PROD, {}),
    ("ec2", "describe-tags", PROD, {}),
    ("ec2", "start-instances", PROD, {"InstanceIds": [INSTANCE]}),
    ("ec2", "stop-instances", PROD, {"InstanceIds": [STOPPED]}),
    ("sts", "get-caller-identity", PROD, {}),
    ("organizations", "list-accounts", MANAGEMENT, {}),
    ("organizations", "list-roots", MANAGEMENT, {}),
    ("organizations", "list-children", MANAGEMENT, {"ParentId": UNIT, "ChildType": "ACCOUNT"}),
    ("organizations", "list-parents", MANAGEMENT, {"ChildId": PROD}),
    ("organizations", "list-accounts-for-parent", MANAGEMENT, {"ParentId": UNIT}),
    ("organizations", "list-organizational-units-for-parent", MANAGEMENT, {"ParentId": UNIT}),
    ("organizations", "describe-organizational-unit", MANAGEMENT, {"OrganizationalUnitId": UNIT}),
    ("organizations", "describe-account", MANAGEMENT, {"AccountId": PROD}),
    ("organizations", "describe-organization", PROD, {}),
)


def examples(service: str, command: str) -> list[dict[str, Any]]:
    """The parseable example answers of one command; elided ones ("...") are no JSON and are not counted."""
    found = find_spec("awscli")
    assert found is not None
    assert found.origin is not None
    text = (Path(found.origin).parent / "examples" / service / f"{command}.rst").read_text()
    return list(filter(None, (parsed(block) for block in OUTPUT.findall(f"{text}\n"))))


def parsed(block: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(block)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def keys(value: object, left_out: frozenset[str], prefix: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key in value.keys() - left_out:
                yield prefix + key
                yield from keys(value[key], left_out, f"{prefix}{key}.")
        case list():
            for item in value:
                yield from keys(item, left_out, prefix)


@pytest.mark.parametrize(("service", "command", "account", "asked"), CALLS)
def test_our_answer_has_the_keys_of_aws_s_examples(
    clients: Clients, service: str, command: str, account: str, asked: dict[str, Any]
) -> None:
    shown = examples(service, command)
    if not shown:
        pytest.skip(f"awscli has no parseable example of {command}")
    call: Callable[..., Any] = getattr(clients(service, account), command.replace("-", "_"))
    left_out = LEFT_OUT.get(command, frozenset())
    expected = {key for example in shown for key in keys(example, left_out)}
    assert expected - set(keys(call(**asked), left_out)) == set()
