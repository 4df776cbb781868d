"""Search domains, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.beside import fed, undone
from tests.managed.walking import POLICY, desk_at, members, rolled_out, settled, verified

CATALOGUE = """
- kind: search-domain
  name: catalogue
  engine: OpenSearch
  version: "2.11"
  environment: dev
  settings: {off_peak: "off", pending: {version: OpenSearch_2_11_R20260801, days: 30}}
"""
CURRENT = CATALOGUE.replace("catalogue", "current").replace('"2.11"', '"3.5"').replace("_2_11_", "_3_5_")
DOUBTFUL = '- {kind: search-domain, name: doubtful, engine: OpenSearch, version: "2.17", environment: dev, traits: [check-fails]}'
BROKEN = '- {kind: search-domain, name: broken, engine: OpenSearch, version: "2.17", environment: dev, traits: [upgrade-fails]}'
WINDOWED = POLICY.replace("updates: [maintenance, minor]", "updates: [maintenance, minor]\n    apply: aws-window").replace(
    "auto_minor: true", "auto_maintenance: true"
)


def test_service_software_goes_on_first_then_the_version_that_aws_has_checked(tmp_path: Path) -> None:
    with desk_at(tmp_path, CATALOGUE) as desk:
        (change,) = settled(fed(desk))["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["maintain", "check", "upgrade", "verify"], True)
        assert members(rolled_out(desk)) == {"catalogue": ("done", "versions seen as planned")}
        assert verified(desk) == {"catalogue": "patched"}
        (row,) = desk.admin("opensearch", "130000000003").describe_domains(DomainNames=["catalogue"])["DomainStatusList"]
        assert row["EngineVersion"] == "OpenSearch_2.19"
        assert row["OffPeakWindowOptions"]["OffPeakWindow"]["WindowStartTime"] == {"Hours": 22, "Minutes": 0}


def test_a_check_that_fails_halts_the_rollout_before_anything_is_upgraded(tmp_path: Path) -> None:
    with desk_at(tmp_path, DOUBTFUL) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["doubtful"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "must be reindexed" in why
        histories = desk.admin("opensearch", "130000000003").get_upgrade_history(DomainName="doubtful")["UpgradeHistories"]
        assert [one["StepsList"][-1]["UpgradeStep"] for one in histories] == ["PRE_UPGRADE_CHECK"]


def test_an_upgrade_that_aws_takes_back_halts_the_rollout_with_its_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["broken"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "the upgrade to OpenSearch_2.19 failed: The upgrade could not be completed" in why


def test_service_software_goes_back_while_aws_offers_it(tmp_path: Path) -> None:
    with desk_at(tmp_path, CURRENT) as desk:
        (change,) = settled(fed(desk))["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["maintain", "verify"], False)
        assert members(rolled_out(desk)) == {"current": ("done", "versions seen as planned")}
        assert undone(desk, "current") == "done"
        (row,) = desk.admin("opensearch", "130000000003").describe_domains(DomainNames=["current"])["DomainStatusList"]
        assert row["ServiceSoftwareOptions"]["CurrentVersion"] == "OpenSearch_3_5_R20260601"


def test_service_software_waits_for_the_off_peak_window_and_can_be_called_off(tmp_path: Path) -> None:
    with desk_at(tmp_path, CURRENT, WINDOWED) as desk:
        (change,) = settled(fed(desk))["rings"][0]["changes"]
        assert change["steps"] == ["opt in"]
        assert members(rolled_out(desk)) == {"current": ("done", "opt in done")}
        assert verified(desk) == {"current": "patched, restart pending"}
        assert undone(desk, "current") == "done"
        (row,) = desk.admin("opensearch", "130000000003").describe_domains(DomainNames=["current"])["DomainStatusList"]
        assert row["ServiceSoftwareOptions"]["UpdateStatus"] == "ELIGIBLE"
        assert row["SoftwareUpdateOptions"]["AutoSoftwareUpdateEnabled"]


def test_a_red_domain_keeps_its_gate_shut_and_nothing_is_begun(tmp_path: Path) -> None:
    policy = f"{POLICY}gates:\n  whole: {{metric: ClusterStatus.red, above: 0, of: {{kind: [search domain]}}}}\n"
    with desk_at(tmp_path, DOUBTFUL.replace("check-fails", "red"), policy) as desk:
        settled(desk)
        phase, why = members(rolled_out(desk))["doubtful"]
        assert phase == "failed"
        assert "gate whole: ClusterStatus.red is 1" in why
        assert desk.sandbox.log(0, "UpgradeDomain") == []
