"""Only checks about versions and support are gone on with, and of those only what they flag; without a paid plan there is one gap."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.domain.call import Cause
from patchkeep.services import trustedadvisor
from patchkeep.services._paid import CODE
from tests.services.managed.trustedadvisor import READS, RUNTIMES, check, row, summary
from tests.services.talk import HERE, carry, refused

CHECKS = "describe_trusted_advisor_checks"


def test_a_check_that_flags_something_names_the_resources_that_are_open() -> None:
    found, made = carry(trustedadvisor.discover(HERE), READS)
    (advice,) = found.objects
    assert (advice.id, advice.name) == (RUNTIMES, "AWS Lambda Functions Using Deprecated Runtimes (2 resources)")
    assert [name.rpartition(":")[2] for name in advice.fields["entities"]] == ["old", "older"]
    assert made[1].params["checkIds"] == (RUNTIMES,)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Amazon EC2 instances with Microsoft Windows Server end of support", True),
        ("Amazon RDS engine minor version upgrade is required", True),
        ("Amazon OpenSearch Service domain engine version is outdated", True),
        ("Amazon EC2 Instances not managed by AWS Systems Manager patch compliance", True),
        ("Low Utilization Amazon EC2 Instances", False),
        ("Dispatcher queue length", False),
    ],
)
def test_checks_are_chosen_by_what_they_are_about(name: str, asked: bool) -> None:
    told = {**READS, CHECKS: {"checks": [check(RUNTIMES, name)]}}
    assert (len(carry(trustedadvisor.discover(HERE), told)[1]) > 1) is asked


def test_a_check_that_flags_nothing_is_not_asked_for_its_resources() -> None:
    told = {**READS, "describe_trusted_advisor_check_summaries": {"summaries": [summary(RUNTIMES, "ok")]}}
    found, made = carry(trustedadvisor.discover(HERE), told)
    assert (found.objects, len(made)) == ((), 2)


def test_a_row_without_a_column_of_names_is_called_by_its_id() -> None:
    bare: dict[str, Any] = {"result": {**summary(RUNTIMES, "warning"), "flaggedResources": [row(7)]}}
    (advice,) = carry(trustedadvisor.discover(HERE), {**READS, "describe_trusted_advisor_check_result": bare})[0].objects
    assert advice.fields["entities"] == ("row-7",)


def test_without_a_paid_plan_there_is_one_gap_that_says_so() -> None:
    found, made = carry(trustedadvisor.discover(HERE), {CHECKS: refused("support:DescribeTrustedAdvisorChecks", "no", CODE)})
    assert ([gap.cause for gap in found.gaps], len(made)) == ([Cause.NO_PLAN], 1)
