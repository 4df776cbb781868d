"""Launch templates and their versions: DescribeLaunchTemplates, DescribeLaunchTemplateVersions, CreateLaunchTemplateVersion.

After docs.aws.amazon.com/AWSEC2/latest/APIReference. Nobody can make a template here: organization files do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from patchkeep.sandbox.ec2.images import PARAMETER, releases
from patchkeep.sandbox.ec2.query import Fields, cut, filtered, tag_list
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import Site

LATEST, DEFAULT = "$Latest", "$Default"
RESOLVE = "resolve:ssm:"


@dataclass(slots=True)
class Version:
    number: int
    content: dict[str, Any]  # LaunchTemplateData
    made: datetime
    by: str
    description: str = ""


@dataclass(slots=True)
class LaunchTemplate:
    id: str
    name: str
    versions: list[Version]
    default: int = 1
    tags: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)  # ClientToken -> number of the version made for it

    def version(self, asked: str) -> Version | None:
        wanted = {LATEST: str(self.versions[-1].number), DEFAULT: str(self.default)}.get(asked, asked)
        return next((one for one in self.versions if str(one.number) == wanted), None)


def templates(site: Site) -> dict[str, LaunchTemplate]:
    return cast("dict[str, LaunchTemplate]", site.kept["ec2-launch-templates"])


def image_of(version: Version, region: str, now: datetime) -> str:
    """The image that a machine launched now would get."""
    named = str(version.content.get("ImageId", ""))
    return str(releases(region, now)[-1]["ImageId"]) if named == RESOLVE + PARAMETER else named


@operation("ec2", "DescribeLaunchTemplates")
def describe_launch_templates(request: Request) -> Answer:
    ids, names = request.params.get("LaunchTemplateIds"), request.params.get("LaunchTemplateNames")
    rows = [one for one in templates(request.site).values() if (not ids or one.id in ids) and (not names or one.name in names)]
    if missing := set(ids or ()) - {one.id for one in rows}:
        raise _unknown(min(missing))
    fields: Fields[LaunchTemplate] = {"launch-template-name": lambda one: [one.name]}
    shown, more = cut(filtered(rows, request.params, fields, lambda one: one.tags), request.params, "LaunchTemplateIds")
    return {"LaunchTemplates": [_template(one) for one in shown], **more}


def _template(one: LaunchTemplate) -> dict[str, Any]:
    first, last = one.versions[0], one.versions[-1]
    numbers = {"DefaultVersionNumber": one.default, "LatestVersionNumber": last.number}
    return {
        "LaunchTemplateId": one.id,
        "LaunchTemplateName": one.name,
        "CreateTime": first.made,
        "CreatedBy": first.by,
        **numbers,
        "Tags": tag_list(one.tags),
    }


@operation("ec2", "DescribeLaunchTemplateVersions")
def describe_launch_template_versions(request: Request) -> Answer:
    """Newest first. A version that there is not is left out; ResolveAlias shows the image that a parameter names."""
    params, one = request.params, _named(request)
    asked, least, most = params.get("Versions"), params.get("MinVersion"), params.get("MaxVersion")
    if asked is not None:
        found = [version for text in asked if (version := one.version(text))]
    else:
        bounds = int(least or 0), int(most or one.versions[-1].number)
        found = [version for version in reversed(one.versions) if bounds[0] <= version.number <= bounds[1]]
    resolved = bool(params.get("ResolveAlias"))
    shown, more = cut(found, params, "Versions")
    return {"LaunchTemplateVersions": [_version(one, version, request, resolved=resolved) for version in shown], **more}


def _version(one: LaunchTemplate, version: Version, request: Request, *, resolved: bool = False) -> dict[str, Any]:
    content = dict(version.content)
    if resolved:
        content["ImageId"] = image_of(version, request.region, request.now)
    described = {"VersionDescription": version.description} if version.description else {}
    return {
        "LaunchTemplateId": one.id,
        "LaunchTemplateName": one.name,
        "VersionNumber": version.number,
        "CreateTime": version.made,
        "CreatedBy": version.by,
        "DefaultVersion": version.number == one.default,
        "LaunchTemplateData": content,
        **described,
    }


@operation("ec2", "CreateLaunchTemplateVersion")
def create_launch_template_version(request: Request) -> Answer:
    """What LaunchTemplateData leaves out comes from SourceVersion; a ClientToken seen before makes nothing new."""
    params, one = request.params, _named(request)
    token, source, content = params.get("ClientToken"), params.get("SourceVersion"), params["LaunchTemplateData"]
    described = params.get("VersionDescription", "")
    if token in one.tokens:
        return {"LaunchTemplateVersion": _version(one, one.versions[one.tokens[token] - 1], request)}
    inherited: dict[str, Any] = {}
    if source is not None:
        found = one.version(source)
        if found is None:
            raise AwsError("InvalidLaunchTemplateId.VersionNotFound", f"Could not find the specified version {source} of {one.id}.")
        inherited = found.content
    made = Version(one.versions[-1].number + 1, {**inherited, **content}, request.now, request.caller, described)
    one.versions.append(made)
    if token:
        one.tokens[token] = made.number
    return {"LaunchTemplateVersion": _version(one, made, request)}


def _named(request: Request) -> LaunchTemplate:
    identity, name = request.params.get("LaunchTemplateId"), request.params.get("LaunchTemplateName")
    if bool(identity) == bool(name):
        raise AwsError("InvalidParameterValue", "Specify either a launch template ID or a launch template name, and not both.")
    found = next((one for one in templates(request.site).values() if identity == one.id or name == one.name), None)
    if found is None:
        raise _unknown(str(identity or name))
    return found


def _unknown(name: str) -> AwsError:
    code = "InvalidLaunchTemplateId.NotFound" if name.startswith("lt-") else "InvalidLaunchTemplateName.NotFoundException"
    return AwsError(code, f"The specified launch template, {name}, does not exist.")
