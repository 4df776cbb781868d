"""Search domains in virtual time: software that waits for its window or comes at its date, goes back once, and versions after a check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchkeep.sandbox.orgproblem import OrgFileError
from tests.sandbox.managed.asking import Place, place

ORDERS = """
- kind: search-domain
  name: orders
  engine: OpenSearch
  version: "2.11"
  environment: dev
  settings: {off_peak: "01:30", pending: {version: OpenSearch_2_11_R20260801, days: 10}}
"""
OPTIONAL = ORDERS.replace("days: 10", "optional: true").replace("off_peak:", "auto_software_update: true, off_peak:")
NAME = {"DomainName": "orders"}


def software(there: Place) -> dict[str, Any]:
    (row,) = there("DescribeDomains", DomainNames=["orders"])["DomainStatusList"]
    found: dict[str, Any] = row["ServiceSoftwareOptions"]
    return found


def test_the_off_peak_window_is_waited_for_and_can_be_called_off_until_then() -> None:
    there = place("opensearch", ORDERS)
    waiting = there("StartServiceSoftwareUpdate", **NAME, ScheduleAt="OFF_PEAK_WINDOW")["ServiceSoftwareOptions"]
    assert (waiting["UpdateStatus"], waiting["Cancellable"]) == ("PENDING_UPDATE", True)
    assert there.refuses("StartServiceSoftwareUpdate", **NAME) == "ValidationException"
    assert there("CancelServiceSoftwareUpdate", **NAME)["ServiceSoftwareOptions"]["UpdateStatus"] == "ELIGIBLE"
    there("StartServiceSoftwareUpdate", **NAME, ScheduleAt="OFF_PEAK_WINDOW")
    there.world.clock.advance(datetime(2026, 9, 2, 1, 31, tzinfo=UTC))
    assert software(there)["UpdateStatus"] == "IN_PROGRESS"
    assert there.refuses("CancelServiceSoftwareUpdate", **NAME) == "ValidationException"


def test_the_window_that_moved_is_the_one_that_counts() -> None:
    there = place("opensearch", ORDERS)
    there("StartServiceSoftwareUpdate", **NAME, ScheduleAt="OFF_PEAK_WINDOW")
    start = {"WindowStartTime": {"Hours": 20, "Minutes": 0}}
    there("UpdateDomainConfig", **NAME, OffPeakWindowOptions={"Enabled": True, "OffPeakWindow": start})
    there.world.clock.advance(datetime(2026, 9, 1, 20, 1, tzinfo=UTC))
    assert software(there)["UpdateStatus"] == "IN_PROGRESS"
    assert there.refuses("UpdateDomainConfig", **NAME, OffPeakWindowOptions={"Enabled": False}) == "ValidationException"


def test_a_required_update_comes_at_its_date_and_an_optional_one_where_the_domain_lets_it() -> None:
    required, optional = place("opensearch", ORDERS), place("opensearch", OPTIONAL)
    assert software(required)["AutomatedUpdateDate"] == required.now + timedelta(days=10)
    for there, days in ((required, 10), (optional, 14)):
        there.wait(days=days - 1)
        assert software(there)["UpdateAvailable"]
        there.wait(days=1, hours=1)
        assert software(there)["CurrentVersion"] == "OpenSearch_2_11_R20260801"


def test_software_goes_back_once() -> None:
    there = place("opensearch", ORDERS)
    assert there.refuses("RollbackServiceSoftwareUpdate", **NAME) == "DisabledOperationException"
    there("StartServiceSoftwareUpdate", **NAME)
    there.wait(hours=1)
    there("RollbackServiceSoftwareUpdate", **NAME)
    there.wait(hours=1)
    assert software(there)["CurrentVersion"] == "OpenSearch_2_11_R20260601"
    assert there.refuses("RollbackServiceSoftwareUpdate", **NAME) == "DisabledOperationException"


def test_the_next_line_is_reached_from_the_newest_of_its_own_alone() -> None:
    there = place("opensearch", ORDERS)
    assert there.refuses("UpgradeDomain", **NAME, TargetVersion="OpenSearch_3.1") == "ValidationException"
    there("UpgradeDomain", **NAME, TargetVersion="OpenSearch_2.19", PerformCheckOnly=True)
    assert there("GetUpgradeStatus", **NAME)["StepStatus"] == "IN_PROGRESS"
    there.wait(minutes=6)
    assert there("GetUpgradeStatus", **NAME) | {"UpgradeName": ""} == {
        "UpgradeStep": "PRE_UPGRADE_CHECK",
        "StepStatus": "SUCCEEDED",
        "UpgradeName": "",
    }
    there("UpgradeDomain", **NAME, TargetVersion="OpenSearch_2.19")
    assert there.refuses("UpgradeDomain", **NAME, TargetVersion="OpenSearch_2.19") == "ValidationException"
    there.wait(hours=1)
    compatible = there("GetCompatibleVersions", **NAME)["CompatibleVersions"]
    assert compatible == [{"SourceVersion": "OpenSearch_2.19", "TargetVersions": ["OpenSearch_3.1", "OpenSearch_3.3", "OpenSearch_3.5"]}]
    assert [row["UpgradeStatus"] for row in there("GetUpgradeHistory", **NAME)["UpgradeHistories"]] == ["SUCCEEDED", "SUCCEEDED"]


def test_five_domains_are_described_at_once_and_unknown_ones_left_out() -> None:
    there = place("opensearch", ORDERS)
    assert there("DescribeDomains", DomainNames=["nowhere"])["DomainStatusList"] == []
    assert there.refuses("DescribeDomains", DomainNames=[f"d-{number}" for number in range(6)]) == "ValidationException"
    assert there.refuses("GetUpgradeHistory", DomainName="nowhere") == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("was", "becomes"), [('"2.11"', '"2.12"'), ('"01:30"', "noon"), ("version: OpenSearch_2_11_R20260801, days: 10", "days: 10")]
)
def test_a_file_that_declares_what_cannot_be_is_refused(was: str, becomes: str) -> None:
    with pytest.raises(OrgFileError):
        place("opensearch", ORDERS.replace(was, becomes))
