"""Discovery of Auto Scaling groups, their launch templates and the machine images that they could launch.

- autoscaling:DescribeAutoScalingGroups: which there are, with members, tags and what they launch from
- ec2:DescribeLaunchTemplateVersions, for each version in use; autoscaling:DescribeLaunchConfigurations, where one is in use
- ssm:GetParameter, for each parameter that a template names instead of an image
- ec2:DescribeInstances: which image each member runs (asked with the machines' own discovery)
- ec2:DescribeImages: the images in use, and those of the same owners and names
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.services import _told
from patchkeep.services._automation import present
from patchkeep.services._instances import INSTANCES
from patchkeep.services.autoscaling.digest import RESOLVE, Row, Seen, Template, doubts, family, group, named_template, template

GROUPS = Call.of("autoscaling", "describe_auto_scaling_groups")
CONFIGURATIONS = Call.of("autoscaling", "describe_launch_configurations")
MOST_VALUES = 200  # of a filter of EC2


@dataclass(frozen=True, slots=True)
class _Launching:
    """What was read of what groups launch from: templates by (id, version as asked), configurations, parameters by name."""

    versions: Mapping[tuple[str, str], Any]
    configurations: Any
    parameters: Mapping[str, Any]

    def of(self, row: Row) -> Template:
        found = {key: rows[0] for key, answer in self.versions.items() if (rows := _told.rows(answer, "LaunchTemplateVersions"))}
        configurations = {one["LaunchConfigurationName"]: one for one in _told.rows(self.configurations, "LaunchConfigurations")}
        values = {name: answer["Parameter"]["Value"] for name, answer in self.parameters.items() if not isinstance(answer, Refused)}
        return template(row, found, configurations, values)

    def refused(self, row: Row, launches: Template) -> tuple[Any, ...]:
        """The reads of what this group launches from that were refused."""
        answers = (self.versions.get(named_template(row)), self.parameters.get(launches.parameter))
        told = (*answers, self.configurations if launches.sort == "configuration" else None)
        return tuple(one for one in told if isinstance(one, Refused))


def discover(target: Target) -> Dialogue[Found]:
    """All groups of one account and region; a refused read leaves its facts unread, and the group in doubt."""
    rows = (yield GROUPS)["AutoScalingGroups"]
    if not rows:
        return Found()
    launching, instances = yield from _launching(rows)
    launches = [launching.of(row) for row in rows]
    running = {
        one["InstanceId"]: one.get("ImageId", "")
        for reservation in _told.rows(instances, "Reservations")
        for one in reservation["Instances"]
    }
    members = {one["InstanceId"] for row in rows for one in row.get("Instances", ())}
    running = {name: image for name, image in running.items() if name in members}
    images, families = yield from _images({one.image for one in launches} | set(running.values()))
    known = {one["ImageId"]: one for answer in images for one in _told.rows(answer, "Images")}
    lines = {key: _told.rows(answer, "Images") for key, answer in families.items()}
    seen = Seen(known, lines, running)
    everywhere = tuple(one for one in (instances, *images, *families.values()) if isinstance(one, Refused))
    assets, own = [], list[Any]()
    for row, one in zip(rows, launches, strict=True):
        refused = launching.refused(row, one)
        own += refused
        assets.append(_doubted(group(target, row, one, seen), row, seen, (*refused, *everywhere)))
    settings = tuple(_automation(asset, row) for asset, row in zip(assets, rows, strict=True))
    return Found(tuple(assets), _told.gaps_about(assets, (*own, *everywhere)), settings)


def _launching(rows: Sequence[Row]) -> Dialogue[tuple[_Launching, Any]]:
    """What the groups launch from, and the machines that there are."""
    wanted = sorted({named for row in rows if (named := named_template(row))[0]})
    calls = [Call.of("ec2", "describe_launch_template_versions", LaunchTemplateId=one, Versions=[version]) for one, version in wanted]
    configured = any(row.get("LaunchConfigurationName") for row in rows)
    instances, *answers = yield (INSTANCES, *([CONFIGURATIONS] if configured else []), *calls)
    configurations = answers.pop(0) if configured else {}
    versions = dict(zip(wanted, answers, strict=True))
    templates = (one for answer in answers for one in _told.rows(answer, "LaunchTemplateVersions"))
    images = {one.get("LaunchTemplateData", {}).get("ImageId", "") for one in templates}
    parameters = sorted(name.removeprefix(RESOLVE) for name in images if name.startswith(RESOLVE))
    if not parameters:
        return _Launching(versions, configurations, {}), instances
    values = yield tuple(Call.of("ssm", "get_parameter", Name=name) for name in parameters)
    return _Launching(versions, configurations, dict(zip(parameters, values, strict=True))), instances


def _images(used: set[str]) -> Dialogue[tuple[tuple[Any, ...], Mapping[tuple[str, str, str], Any]]]:
    """The images in use, and by family those of their lines. Asked by filter: AWS refuses a whole list of ids for one that is gone."""
    ids = sorted(used - {""})
    parts = [ids[start : start + MOST_VALUES] for start in range(0, len(ids), MOST_VALUES)]
    if not parts:
        return (), {}
    asked = tuple(
        Call.of("ec2", "describe_images", Filters=[{"Name": "image-id", "Values": part}], IncludeDeprecated=True) for part in parts
    )
    images = yield asked
    lines = sorted({family(one) for answer in images for one in _told.rows(answer, "Images")})
    if not lines:
        return images, {}
    answers = yield tuple(_line(owner, name, architecture) for owner, name, architecture in lines)
    return images, dict(zip(lines, answers, strict=True))


def _line(owner: str, name: str, architecture: str) -> Call:
    """Never without the owner: anybody may give an image any name."""
    wanted = {"name": name, "architecture": architecture, "state": "available"}
    return Call.of("ec2", "describe_images", Owners=[owner], Filters=[{"Name": key, "Values": [value]} for key, value in wanted.items()])


def _doubted(asset: Asset, row: Row, seen: Seen, refused: Sequence[Refused]) -> Asset:
    told = (f"{one.gap.operation.rpartition(':')[2]} refused: {one.gap.reason}" for one in refused)
    unread = tuple(dict.fromkeys((*told, *([] if refused else doubts(asset, row, seen)))))
    return replace(asset, updates=None if refused else asset.updates, unread=unread) if unread else asset


def _automation(asset: Asset, row: Row) -> Existing:
    return present("autoscaling", asset, dict(row.get("InstanceMaintenancePolicy", {})))
