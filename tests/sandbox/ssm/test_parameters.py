"""Parameter Store: one value by name, in one account and region."""

from __future__ import annotations

import pytest

from tests.sandbox.ssm.conftest import ACCOUNT, OTHER, REGION, Ssm

STOP = "/patchkeep/stop"


def put(ssm: Ssm, value: str, **more: object) -> int:
    version: int = ssm.call("PutParameter", Name=STOP, Value=value, Type="String", **more)["Version"]
    return version


def test_a_parameter_is_there_until_it_is_deleted(ssm: Ssm) -> None:
    assert ssm.refused("GetParameter", Name=STOP) == "ParameterNotFound"
    assert put(ssm, "no") == 1
    found = ssm.call("GetParameter", Name=STOP)["Parameter"]
    assert (found["Value"], found["Type"], found["ARN"]) == ("no", "String", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/patchkeep/stop")
    assert ssm.call("GetParameter", Name=found["ARN"])["Parameter"] == found
    ssm.call("DeleteParameter", Name=STOP)
    assert ssm.refused("DeleteParameter", Name=STOP) == ssm.refused("GetParameter", Name=STOP) == "ParameterNotFound"


def test_it_is_overwritten_only_when_that_is_asked_for(ssm: Ssm) -> None:
    put(ssm, "one")
    assert ssm.refused("PutParameter", Name=STOP, Value="two", Type="String") == "ParameterAlreadyExists"
    assert put(ssm, "two", Overwrite=True) == 2
    assert ssm.call("GetParameters", Names=[STOP, "other"])["InvalidParameters"] == ["other"]


def test_another_account_and_another_region_have_parameters_of_their_own(ssm: Ssm) -> None:
    put(ssm, "here")
    for there in (Ssm(ssm.world, OTHER), Ssm(ssm.world, region="us-east-1")):
        assert there.refused("GetParameter", Name=STOP) == "ParameterNotFound"


def test_a_sealed_one_is_read_only_by_whoever_asks_for_decryption(ssm: Ssm) -> None:
    ssm.call("PutParameter", Name=STOP, Value="go", Type="SecureString")
    assert ssm.call("GetParameter", Name=STOP, WithDecryption=True)["Parameter"]["Value"] == "go"
    assert ssm.call("GetParameter", Name=STOP)["Parameter"]["Value"] != "go"


@pytest.mark.parametrize(
    "asked", [{"Name": "/aws/stop", "Type": "String"}, {"Name": STOP}, {"Name": STOP, "Type": "String", "Value": "x" * 4097}]
)
def test_what_aws_refuses_is_refused(ssm: Ssm, asked: dict[str, str]) -> None:
    assert ssm.refused("PutParameter", **{"Value": "x", **asked}) == "ValidationException"


def test_tags_go_with_it(ssm: Ssm) -> None:
    put(ssm, "no", Tags=[{"Key": "why", "Value": "incident"}])
    asked = {"ResourceType": "Parameter", "ResourceId": STOP}
    assert ssm.call("ListTagsForResource", **asked)["TagList"] == [{"Key": "why", "Value": "incident"}]
    ssm.call("DeleteParameter", Name=STOP)
    assert ssm.refused("ListTagsForResource", **asked) == "InvalidResourceId"
