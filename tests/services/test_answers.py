"""Refusals that come side by side are all told: whoever mends the one should not have to look again for the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from patchkeep.domain.call import Call, Dialogue, Refused
from patchkeep.services import baselines
from patchkeep.services._accounts import organization
from patchkeep.services._answers import granted
from patchkeep.services.nodes.discover import discover
from tests.services.samples import READS
from tests.services.talk import HERE, carry, refused


def test_all_granted_are_the_answers() -> None:
    assert granted(({"a": 1}, {"b": 2})) == ({"a": 1}, {"b": 2})


def test_one_refusal_is_raised_as_it_is() -> None:
    no = refused("ssm:GetPatchBaseline")
    with pytest.raises(Refused) as raised:
        granted(({}, no, no))
    assert raised.value.gap == no.gap


def test_the_first_of_several_names_the_others() -> None:
    with pytest.raises(Refused) as raised:
        granted((refused("ssm:GetPatchBaseline"), refused("ssm:ListTagsForResource", code="ThrottlingException")))
    assert raised.value.gap.operation == "ssm:GetPatchBaseline"
    assert raised.value.gap.reason == "not authorized (refused beside it: ssm:ListTagsForResource (ThrottlingException))"


@pytest.mark.parametrize(
    ("talk", "operations"),
    [
        (
            lambda: discover(HERE),
            {"describe_instances": "ec2:DescribeInstances", "describe_instance_information": "ssm:DescribeInstanceInformation"},
        ),
        (
            lambda: baselines.discover(HERE),
            {"get_patch_baseline": "ssm:GetPatchBaseline", "list_tags_for_resource": "ssm:ListTagsForResource"},
        ),
        (
            organization,
            {
                "list_accounts_for_parent": "organizations:ListAccountsForParent",
                "list_organizational_units_for_parent": "organizations:ListOrganizationalUnitsForParent",
            },
        ),
    ],
)
def test_a_service_tells_of_every_read_that_was_refused_at_once(talk: Callable[[], Dialogue[object]], operations: dict[str, str]) -> None:
    def answer(call: Call) -> object:
        return refused(operations[call.operation]) if call.operation in operations else READS[call.operation]

    with pytest.raises(Refused) as raised:
        carry(talk(), answer)
    gap = raised.value.gap
    assert all(operation == gap.operation or operation in gap.reason for operation in operations.values())
