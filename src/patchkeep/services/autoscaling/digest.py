"""AWS's rows about one Auto Scaling group, its launch template and its images, turned into our values. Shapes: botocore's models."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Obstacle, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.wording import counted
from patchkeep.services._owners import tags_of

Row = Mapping[str, Any]

GROUP = "auto scaling group"
IMAGE = "image"  # id of every update of a group: the title names the image
RESOLVE = "resolve:ssm:"  # an ImageId that names a parameter, resolved at each launch
_NUMBERS = re.compile(r"\d[\d.]*")

# By what a group shows that something else made it and keeps it. Sources: the user guides of EKS, ECS, Elastic Beanstalk, Batch, EMR and
# CodeDeploy ("Integrating CodeDeploy with Amazon EC2 Auto Scaling": names of groups that a blue/green deployment makes).
_BY_TAG: tuple[tuple[str, str, str], ...] = (
    ("eks:nodegroup-name", "belongs to an EKS node group", "update the node group to a newer AMI release"),
    ("eks:", "belongs to an EKS cluster", "update the cluster's nodes through EKS"),
    ("kubernetes.io/cluster/", "holds nodes of a Kubernetes cluster", "drain and replace its nodes through the cluster"),
    ("k8s.io/cluster-autoscaler/", "holds nodes of a Kubernetes cluster", "drain and replace its nodes through the cluster"),
    ("AmazonECSManaged", "belongs to an ECS capacity provider", "put the new image into its template, then drain its container instances"),
    ("elasticbeanstalk:", "belongs to a Beanstalk environment", "update the environment's platform version"),
    ("AWSBatchServiceTag", "belongs to a Batch compute environment", "update the compute environment"),
    ("aws:elasticmapreduce:", "belongs to an EMR cluster", "start a new cluster with a newer release"),
)
_CODE_DEPLOY = "CodeDeploy_"


@dataclass(frozen=True, slots=True)
class Template:
    """What a group launches from, as it stands. `number`: of the launch template's version that "$Latest" means now."""

    sort: str  # "template", "configuration"; "several": overrides with templates of their own; "": nothing readable
    id: str = ""
    asked: str = ""  # version as the group names it: "$Latest", "3"
    number: str = ""
    image: str = ""
    parameter: str = ""  # named by the template instead of an image


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read beside the groups. `families`: by (owner, name's pattern, architecture), the images that there are of it."""

    images: Mapping[str, Row] = field(default_factory=dict)
    families: Mapping[tuple[str, str, str], tuple[Row, ...]] = field(default_factory=dict)
    running: Mapping[str, str] = field(default_factory=dict)  # instance -> image


def named_template(row: Row) -> tuple[str, str]:
    """Id and version of the launch template that a group names; ("", "") where it has a launch configuration."""
    mixed = row.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    found = mixed or row.get("LaunchTemplate") or {}
    return found.get("LaunchTemplateId", ""), found.get("Version") or ("$Default" if found else "")


def template(
    row: Row, versions: Mapping[tuple[str, str], Row], configurations: Mapping[str, Row], parameters: Mapping[str, str]
) -> Template:
    """What the group launches from, with the image that it names now."""
    if name := row.get("LaunchConfigurationName"):
        return Template("configuration", name, image=configurations.get(name, {}).get("ImageId", ""))
    identity, asked = named_template(row)
    version = versions.get((identity, asked))
    if version is None:
        return Template("", identity, asked)
    overrides = row.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("Overrides", ())
    if any("LaunchTemplateSpecification" in one or "ImageId" in one for one in overrides):
        return Template("several", identity, asked)
    named = version.get("LaunchTemplateData", {}).get("ImageId", "")
    parameter = named.removeprefix(RESOLVE) if named.startswith(RESOLVE) else ""
    image = parameters.get(parameter, "") if parameter else named
    return Template("template", identity, asked, str(version["VersionNumber"]), image, parameter)


def family(image: Row) -> tuple[str, str, str]:
    """Owner, name but for its numbers, and architecture: what images of one line share."""
    return image.get("OwnerId", ""), _NUMBERS.sub("*", image.get("Name", "")), image.get("Architecture", "")


def created(image: Row) -> datetime:
    """When an image was made; DescribeImages gives it as text, like 2026-05-01T09:00:00.000Z."""
    text = image.get("CreationDate", "")
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)


def group(target: Target, row: Row, launches: Template, seen: Seen) -> Asset:
    """One group: which image it launches, which its machines run, and which newer ones there are."""
    members = [one["InstanceId"] for one in row.get("Instances", ())]
    running = Counter(seen.running[name] for name in members if name in seen.running)
    known = [seen.images[image] for image in (launches.image, *running) if image in seen.images]
    now = seen.images.get(launches.image)
    facts = {
        "group": row["AutoScalingGroupName"],
        "sort": launches.sort,
        "template": launches.id,
        "asked": launches.asked,
        "number": launches.number,
        "parameter": launches.parameter,
        "image": launches.image,
        "made": created(now).isoformat() if now else "",
        "name": now.get("Name", "") if now else "",
        "owner": now.get("OwnerId", "") if now else "",
        "alias": now.get("ImageOwnerAlias", "") if now else "",
        "running": Frozen(running),
        "suspended": tuple(one["ProcessName"] for one in row.get("SuspendedProcesses", ())),
        "keeps": row.get("InstanceMaintenancePolicy", {}).get("MinHealthyPercentage", -1) >= 0,
    }
    return Asset(
        id=row["AutoScalingGroupARN"],
        kind=GROUP,
        target=target,
        name=row["AutoScalingGroupName"],
        os="",
        tags=tags_of(row.get("Tags", ())),
        updates=tuple(_updates(launches, running, known, seen)),
        obstacles=tuple(_obstacles(row)),
        facts=Frozen(facts),
        version=launches.image,
        remarks=tuple(_remarks(row, launches, running, now)),
    )


def _updates(launches: Template, running: Counter[str], known: list[Row], seen: Seen) -> Iterator[Update]:
    """Every image newer than the oldest one in use; of a parameter, only the one that it names now."""
    in_use = {launches.image, *running} - {""}
    if launches.parameter:
        found = [seen.images[launches.image]] if launches.image in seen.images else []
        yield from (_update(image) for image in found if running and set(running) != {launches.image})
        return
    if not known:
        return
    oldest = min(map(created, known))
    offered = {one["ImageId"]: one for image in known for one in seen.families.get(family(image), ())}
    offered |= {image["ImageId"]: image for image in known}
    newer = (image for image in offered.values() if created(image) > oldest and in_use != {image["ImageId"]})
    yield from (_update(image) for image in sorted(newer, key=lambda image: (created(image), image["ImageId"])))


def _update(image: Row) -> Update:
    facts = {name: image.get(key, "") for name, key in (("name", "Name"), ("owner", "OwnerId"), ("alias", "ImageOwnerAlias"))}
    return Update(
        id=IMAGE,
        title=f"{image.get('Name', '')} ({image['ImageId']})",
        state=UpdateState.MISSING,
        classification="maintenance",
        version=image["ImageId"],
        disruption=Disruption.REPLACE,
        released_at=created(image),
        facts=Frozen(facts),
    )


def _obstacles(row: Row) -> Iterator[Obstacle]:
    """The most telling owner alone."""
    tags, name = tags_of(row.get("Tags", ())), row["AutoScalingGroupName"]
    if operator := row.get("Operator", {}).get("Principal"):
        yield _owned(f"is managed by {operator}", "update it through the service that owns it")
        return
    for prefix, words, better in _BY_TAG:
        if key := next((key for key in tags if key.startswith(prefix)), None):
            yield _owned(f"{words} ({key})", better)
            return
    if name.startswith(_CODE_DEPLOY):
        better = "put the new image into the group that the deployment copies, and deploy again"
        yield _owned("was made by a CodeDeploy blue/green deployment, which replaces it with the next", better)


def _owned(why: str, better: str) -> Obstacle:
    return Obstacle("group of another service", why, better, stops_patching=True, leave_alone=True)


def _remarks(row: Row, launches: Template, running: Counter[str], image: Row | None) -> Iterator[str]:
    """Who runs what, and what a refresh will meet."""
    others = sorted((one, number) for one, number in running.items() if one != launches.image)
    if others:
        still = ", ".join(f"{number} {one}" for one, number in others)
        yield f"of {sum(running.values())} machines some run another image than it launches: {still}"
    if until := (image or {}).get("DeprecationTime"):
        yield f"its image is deprecated from {until[:10]} on"
    if launches.asked.startswith("$"):
        yield f"follows {launches.asked} of its template: a new version reaches new machines at once, and AWS rolls no refresh back"
    if launches.parameter:
        yield f"launches what the parameter {launches.parameter} names: AWS rolls no refresh back"
    instances = row.get("Instances", ())
    if protected := sum(bool(one.get("ProtectedFromScaleIn")) for one in instances):
        yield f"{counted(protected, 'machine')} protected from scale-in: a refresh waits an hour for that to end, then fails"
    if standby := sum(one.get("LifecycleState") == "Standby" for one in instances):
        yield f"{counted(standby, 'machine')} on standby: a refresh waits an hour for that to end, then fails"


def doubts(asset: Asset, row: Row, seen: Seen) -> Iterable[str]:
    """What keeps us from saying which image is newer, or who runs which."""
    image = asset.facts["image"]
    if asset.facts["sort"] == "several":
        return
    if image and image not in seen.images:
        yield f"its image {image} is not there any more, or not for this account: which is newer cannot be told"
    missing = [one["InstanceId"] for one in row.get("Instances", ()) if one["InstanceId"] not in seen.running]
    if missing and len(missing) == len(row["Instances"]):
        yield f"which image its {counted(len(missing), 'machine')} run was not seen"
