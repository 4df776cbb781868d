"""Domains as ListDomainNames and DescribeDomains show them, their tags, and the versions that there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from patchkeep.sandbox.managed.resource import kept, tag_list
from patchkeep.sandbox.opensearch.state import ELIGIBLE, PENDING, UPDATING, Domain, known, named, targets
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation

AT_ONCE = 5
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


@operation("opensearch", "ListDomainNames")
def list_domain_names(request: Request) -> Answer:
    wanted = request.params.get("EngineType")
    rows = [{"DomainName": one.name, "EngineType": one.version.split("_")[0]} for one in kept(request.site, Domain).values()]
    return {"DomainNames": [row for row in rows if wanted in {None, row["EngineType"]}]}


@operation("opensearch", "DescribeDomains")
def describe_domains(request: Request) -> Answer:
    """Names that are not there are left out; a sixth is refused."""
    names = request.params["DomainNames"]
    if len(names) > AT_ONCE:
        raise AwsError("ValidationException", f"Please provide a maximum of {AT_ONCE} domain names to describe.")
    there = kept(request.site, Domain)
    return {"DomainStatusList": [shown(request, there[name]) for name in names if name in there]}


@operation("opensearch", "ListTags")
def list_tags(request: Request) -> Answer:
    arn = request.params["ARN"]
    return {"TagList": tag_list(named(request, arn.rpartition("/")[2]).tags)}


@operation("opensearch", "GetCompatibleVersions")
def get_compatible_versions(request: Request) -> Answer:
    """Of one domain, or of every version that there is."""
    name = request.params.get("DomainName")
    sources = [named(request, name).version] if name else list(known(request.now))
    rows = [{"SourceVersion": source, "TargetVersions": targets(source, request.now)} for source in sources]
    return {"CompatibleVersions": [row for row in rows if row["TargetVersions"]]}


def shown(request: Request, one: Domain) -> dict[str, Any]:
    busy = one.status != Domain.READY
    return {
        "DomainId": f"{request.account}/{one.name}",
        "DomainName": one.name,
        "ARN": one.arn,
        "Created": True,
        "Deleted": False,
        "Endpoint": f"search-{one.name}-1a2a3a4a5a6a7a8a9a0a.{request.region}.es.amazonaws.com",
        "Processing": busy,
        "UpgradeProcessing": one.status == "UpgradingEngineVersion",
        "EngineVersion": one.version,
        "ClusterConfig": {
            "InstanceType": "r6g.large.search",
            "InstanceCount": 3,
            "DedicatedMasterEnabled": False,
            "ZoneAwarenessEnabled": True,
            "ZoneAwarenessConfig": {"AvailabilityZoneCount": 3},
            "WarmEnabled": False,
        },
        "EBSOptions": {"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 100},
        "AccessPolicies": "",
        "SnapshotOptions": {"AutomatedSnapshotStartHour": 0},
        "CognitoOptions": {"Enabled": False},
        "EncryptionAtRestOptions": {"Enabled": True},
        "NodeToNodeEncryptionOptions": {"Enabled": True},
        "AdvancedOptions": {"rest.action.multi.allow_explicit_index": "true"},
        "ServiceSoftwareOptions": software(request, one),
        "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
        "AdvancedSecurityOptions": {"Enabled": True, "InternalUserDatabaseEnabled": False},
        "OffPeakWindowOptions": off_peak(one),
        "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": one.automatic},
        "DomainProcessingStatus": one.status,
        "ModifyingProperties": [],
    }


def software(request: Request, one: Domain) -> dict[str, Any]:
    """ServiceSoftwareOptions. An update can be cancelled as long as it only waits, and before its own date."""
    offer = one.offer
    waits = one.update == PENDING and not (offer and offer.date and offer.date <= request.now)
    return {
        "CurrentVersion": one.software,
        "NewVersion": offer.version if offer else "",
        "UpdateAvailable": bool(offer) and one.update in {ELIGIBLE, PENDING},
        "Cancellable": waits,
        "UpdateStatus": one.update,
        "Description": "An update is in progress." if one.update == UPDATING else one.told,
        "AutomatedUpdateDate": offer.date if offer and offer.date else NO_DATE,
        "OptionalDeployment": bool(offer and offer.optional),
    }


def off_peak(one: Domain) -> dict[str, Any]:
    if one.off_peak is None:
        return {"Enabled": False}
    hours, minutes = divmod(one.off_peak, 60)
    return {"Enabled": True, "OffPeakWindow": {"WindowStartTime": {"Hours": hours, "Minutes": minutes}}}
