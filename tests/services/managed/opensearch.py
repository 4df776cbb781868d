"""What OpenSearch Service answers of a small estate: six domains, so that they are asked for in two calls; some with something on offer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.talk import HERE

FORCED = datetime(2026, 12, 20, tzinfo=UTC)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def software(**more: Any) -> dict[str, Any]:
    """Nothing on offer, in the words of AWS's example."""
    return {
        "CurrentVersion": "R20200522",
        "NewVersion": "",
        "UpdateAvailable": False,
        "Cancellable": False,
        "UpdateStatus": "COMPLETED",
        "Description": "There is no software update available for this domain.",
        "AutomatedUpdateDate": NEVER,
        "OptionalDeployment": False,
        **more,
    }


OFFERED = software(
    CurrentVersion="OpenSearch_2_11_R20260801-P1",
    NewVersion="OpenSearch_2_11_R20261101",
    UpdateAvailable=True,
    UpdateStatus="ELIGIBLE",
    Description="A required software update is available.",
    AutomatedUpdateDate=FORCED,
)


def domain(name: str, version: str = "OpenSearch_2.11", **more: Any) -> dict[str, Any]:
    return {
        "DomainId": f"{HERE.account}/{name}",
        "DomainName": name,
        "ARN": HERE.arn("es", f"domain/{name}"),
        "Created": True,
        "Deleted": False,
        "Processing": False,
        "UpgradeProcessing": False,
        "EngineVersion": version,
        "ClusterConfig": {"InstanceType": "r6g.large.search", "InstanceCount": 3},
        "ServiceSoftwareOptions": software(),
        "OffPeakWindowOptions": {"Enabled": True, "OffPeakWindow": {"WindowStartTime": {"Hours": 0, "Minutes": 0}}},
        "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": False},
        "DomainProcessingStatus": "Active",
        **more,
    }


DOMAINS = [
    domain("catalogue", ServiceSoftwareOptions=OFFERED),
    domain("current", "OpenSearch_3.5"),
    domain("last-of-two", "OpenSearch_2.19"),
    domain("old-one", "Elasticsearch_7.10", OffPeakWindowOptions={"Enabled": False}),
    domain("optional", "OpenSearch_3.5", ServiceSoftwareOptions={**OFFERED, "OptionalDeployment": True}),
    domain("working", DomainProcessingStatus="Modifying", Processing=True),
]


def _described(params: dict[str, Any]) -> dict[str, Any]:
    assert len(params["DomainNames"]) <= 5, "more than AWS takes"
    return {"DomainStatusList": [row for row in DOMAINS if row["DomainName"] in params["DomainNames"]]}


READS: dict[str, Any] = {
    "list_domain_names": {"DomainNames": [{"DomainName": row["DomainName"], "EngineType": "OpenSearch"} for row in DOMAINS]},
    "describe_domains": _described,
    "get_compatible_versions": {
        "CompatibleVersions": [
            {"SourceVersion": "OpenSearch_2.11", "TargetVersions": ["OpenSearch_2.13", "OpenSearch_2.19", "OpenSearch_2.9"]},
            {"SourceVersion": "OpenSearch_2.19", "TargetVersions": ["OpenSearch_3.1", "OpenSearch_3.3", "OpenSearch_3.5"]},
            {"SourceVersion": "Elasticsearch_7.10", "TargetVersions": ["OpenSearch_1.0", "OpenSearch_1.3"]},
        ]
    },
    "list_tags": {"TagList": [{"Key": "Environment", "Value": "prod"}]},
    "get_upgrade_history": {"UpgradeHistories": []},
}


def _scheduled(params: dict[str, Any]) -> dict[str, Any]:
    """Agreed for the off-peak window: it can still be cancelled."""
    options = {**OFFERED, "UpdateStatus": "PENDING_UPDATE", "Cancellable": True}
    rows = _described(params)["DomainStatusList"]
    return {"DomainStatusList": [{**row, "ServiceSoftwareOptions": options} for row in rows]}


def _updated(params: dict[str, Any]) -> dict[str, Any]:
    options = software(CurrentVersion=OFFERED["NewVersion"])
    rows = _described(params)["DomainStatusList"]
    return {"DomainStatusList": [{**row, "ServiceSoftwareOptions": options} for row in rows]}


LATER: tuple[dict[str, Any], ...] = ({"describe_domains": _scheduled}, {"describe_domains": _updated})
