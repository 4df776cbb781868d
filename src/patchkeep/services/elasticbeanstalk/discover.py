"""Discovery of Beanstalk environments.

- elasticbeanstalk:DescribeEnvironments: which there are, platform, health, application version
- elasticbeanstalk:ListPlatformVersions: versions of each platform in use, and the recommended one of every branch
- elasticbeanstalk:DescribeConfigurationSettings, ...ManagedActions, ListTagsForResource: of each environment
- elasticbeanstalk:DescribeApplicationVersions, of each application: how old what it runs is, who built it, where its bundle lies
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.services import _told
from patchkeep.services._automation import present
from patchkeep.services.elasticbeanstalk.digest import Around, Row, arn_of, automation, environment, named, options_of

ENVIRONMENTS = Call.of("elasticbeanstalk", "describe_environments", IncludeDeleted=False)
_GOING = frozenset({"Terminating", "Terminated"})
_PER_ENVIRONMENT = 3


def discover(target: Target) -> Dialogue[Found]:
    """All environments of one account and region; what was refused about them leaves those facts unread."""
    rows = [row for row in (yield ENVIRONMENTS)["Environments"] if row.get("Status") not in _GOING]
    if not rows:
        return Found()
    names = sorted({name for row in rows if (name := named(row.get("PlatformArn", ""))[0])})
    labels = _labels(rows)
    recommended, *listed = yield (_platforms("PlatformLifecycleState", "recommended"), *(_platforms("PlatformName", one) for one in names))
    versions = yield tuple(
        Call.of("elasticbeanstalk", "describe_application_versions", ApplicationName=application, VersionLabels=sorted(found))
        for application, found in labels.items()
    )
    told = yield tuple(call for row in rows for call in _about(target, row))
    running, by_application = _running(versions), dict(zip(labels, versions, strict=True))
    by_name = dict(zip(names, listed, strict=True))
    assets, objects = [], []
    for number, row in enumerate(rows):
        own = told[number * _PER_ENVIRONMENT : (number + 1) * _PER_ENVIRONMENT]
        platforms = by_name.get(named(row.get("PlatformArn", ""))[0])
        around = _around(row, own, (platforms, recommended), running)
        asset = _doubted(environment(target, row, around), (*own, by_application.get(row["ApplicationName"])), platforms)
        assets.append(asset)
        if not isinstance(own[0], Refused):
            objects.append(present("elasticbeanstalk", asset, automation(around)))
    settings = told[::_PER_ENVIRONMENT]  # without them it is not known how an environment is set: a gap of the place
    facts = (answer for number, answer in enumerate(told) if number % _PER_ENVIRONMENT)
    gaps = (*_told.gaps_about((), settings), *_told.gaps_about(assets, (recommended, *listed, *versions, *facts)))
    return Found(tuple(assets), gaps, tuple(objects))


def _platforms(attribute: str, value: str) -> Call:
    return Call.of("elasticbeanstalk", "list_platform_versions", Filters=[{"Type": attribute, "Operator": "=", "Values": [value]}])


def _about(target: Target, row: Row) -> tuple[Call, ...]:
    """Three of each, in this order (_PER_ENVIRONMENT)."""
    application, name = row["ApplicationName"], row["EnvironmentName"]
    return (
        Call.of("elasticbeanstalk", "describe_configuration_settings", ApplicationName=application, EnvironmentName=name),
        Call.of("elasticbeanstalk", "describe_environment_managed_actions", EnvironmentName=name),
        Call.of("elasticbeanstalk", "list_tags_for_resource", ResourceArn=arn_of(target, row)),
    )


def _labels(rows: list[Row]) -> dict[str, set[str]]:
    """Versions that run, by application."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if label := row.get("VersionLabel"):
            found.setdefault(row["ApplicationName"], set()).add(label)
    return found


def _running(answers: tuple[Any, ...]) -> Mapping[tuple[str, str], Row]:
    """Application versions by application and label."""
    rows = (row for answer in answers for row in _told.rows(answer, "ApplicationVersions"))
    return {(row["ApplicationName"], row["VersionLabel"]): row for row in rows}


def _around(row: Row, own: tuple[Any, ...], platforms: tuple[Any, Any], running: Mapping[tuple[str, str], Row]) -> Around:
    configuration, actions, tags = own
    of_name, recommended = platforms
    return Around(
        options_of(_told.rows(configuration, "ConfigurationSettings")),
        _told.rows(actions, "ManagedActions"),
        _told.rows(tags, "ResourceTags"),
        _told.rows(of_name, "PlatformSummaryList") if of_name is not None else (),
        _told.rows(recommended, "PlatformSummaryList"),
        running.get((row["ApplicationName"], row.get("VersionLabel", "")), {}),
    )


def _doubted(asset: Asset, own: tuple[Any, ...], platforms: Any) -> Asset:
    """A platform that AWS does not list (any more) has a branch, too, but nobody says which: its updates are not known."""
    configuration, actions, tags, version = own
    told = {"configuration": configuration, "managed_actions": actions, "tags": tags, "application_version": version}
    doubts = list(_told.unread(platform_versions=platforms, **told))
    listed = {row["PlatformArn"] for row in _told.rows(platforms, "PlatformSummaryList")} if platforms is not None else set()
    if asset.facts["platform"] not in listed and not isinstance(platforms, Refused):
        doubts.append(f"AWS does not list its platform {asset.facts['platform'] or 'version'}: what is newer is not known")
    unknown = asset.facts["platform"] not in listed
    return replace(asset, updates=None if unknown else asset.updates, unread=tuple(doubts)) if doubts else asset
