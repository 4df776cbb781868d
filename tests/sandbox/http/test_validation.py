"""Values against botocore's shapes, strictly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from patchkeep.sandbox.protocol import service_model
from patchkeep.sandbox.validation import violations


def output(operation: str) -> Any:
    return service_model("ssm").operation_model(operation).output_shape


def test_a_fitting_answer_has_no_violations() -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    row = {"InstanceId": "i-02573cafcfEXAMPLE", "PingStatus": "Online", "LastPingDateTime": when, "IsLatestVersion": True}
    assert violations({"InstanceInformationList": [row], "NextToken": "t"}, output("DescribeInstanceInformation")) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"InstanceID": "i-0123456789abcdef0"}, "no such member"),
        ({"PingStatus": "Awake"}, "enum value set"),
        ({"IsLatestVersion": "yes"}, "must be a boolean"),
        ({"LastPingDateTime": "2026-01-01"}, "must be a timestamp"),
        ({"LastPingDateTime": datetime(2026, 1, 1)}, "time zone"),
        ({"AgentVersion": "three"}, "regular expression"),
        ({"AgentVersion": None}, "must be a string, not NoneType"),
        ({"RegistrationDate": True}, "must be a timestamp"),
    ],
)
def test_each_kind_of_misfit_is_found_with_its_place(row: dict[str, Any], said: str) -> None:
    (found,) = violations({"InstanceInformationList": [row]}, output("DescribeInstanceInformation"))
    assert found.path.startswith("InstanceInformationList[0].")
    assert said in str(found)


def test_numbers_have_bounds_and_are_not_booleans() -> None:
    shape = service_model("ssm").operation_model("DescribeInstancePatches").input_shape
    assert violations({"InstanceId": "i-0123456789abcdef0", "MaxResults": 100}, shape) == []
    for wrong in (9, 101, True, "50"):
        assert len(violations({"InstanceId": "i-0123456789abcdef0", "MaxResults": wrong}, shape)) == 1


def test_what_is_required_must_be_there() -> None:
    shape = service_model("ssm").operation_model("SendCommand").input_shape
    (found,) = violations({}, shape)
    assert (found.path, found.missing) == ("DocumentName", True)


def test_an_operation_without_an_answer_may_give_none() -> None:
    assert violations({}, None) == []
    assert len(violations({"Return": True}, None)) == 1
