"""How calls are spaced: our share of a documented rate, for each account, region and operation by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from patchkeep.doors.aws.rates import Rates
from patchkeep.doors.host import own_instance

START = datetime(2026, 11, 23, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def sleep(self, duration: timedelta) -> None:
        self.at += duration

    @property
    def passed(self) -> float:
        return (self.at - START).total_seconds()


def test_a_quarter_of_two_a_second_is_one_in_two_seconds() -> None:
    time = Time()
    rates = Rates(0.25, time.now, time.sleep)
    for _ in range(5):
        rates.wait("111122223333", "eu-central-1", "ssm:DescribeAssociation")
    assert time.passed == 8


def test_accounts_regions_and_operations_do_not_wait_for_each_other() -> None:
    time = Time()
    rates = Rates(0.25, time.now, time.sleep)
    for account in ("1", "2"):
        for region in ("a", "b"):
            for operation in ("ssm:DescribeAssociation", "ssm:ListAssociations"):
                rates.wait(account, region, operation)
    assert time.passed == 0


def test_an_operation_without_a_documented_rate_is_not_slowed() -> None:
    time = Time()
    rates = Rates(0.25, time.now, time.sleep)
    for _ in range(100):
        rates.wait("1", "a", "ssm:DescribeInstancePatches")
    assert time.passed == 0


def test_only_an_ec2_machine_names_itself(tmp_path: Path) -> None:
    tag = tmp_path / "board_asset_tag"
    assert own_instance(tag) == ""
    tag.write_text("Not Specified\n")
    assert own_instance(tag) == ""
    tag.write_text("i-0123456789abcdef0\n")
    assert own_instance(tag) == "i-0123456789abcdef0"


def test_other_services_than_systems_manager_are_spaced_too() -> None:
    time = Time()
    rates = Rates(0.25, time.now, time.sleep)
    for operation in ("ec2:DescribeInstances", "account:GetAlternateContact"):
        for _ in range(6):
            rates.wait("111122223333", "eu-central-1", operation)
    assert time.passed == 1 + 2
