"""Tags of SSM's resources. The tags of an EC2 instance are EC2's; only hybrid nodes take theirs here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.baselines import own_baselines
from patchkeep.sandbox.ssm.document_store import own_documents
from patchkeep.sandbox.ssm.parameters import parameters
from patchkeep.sandbox.ssm.select import is_managed
from patchkeep.sandbox.ssm.tagging import as_list, tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchkeep.sandbox.world import Site

MOST_TAGS = 50


@operation("ssm", "AddTagsToResource")
def add_tags_to_resource(request: Request) -> Answer:
    tags = _tags(request)
    given = {tag["Key"]: tag["Value"] for tag in request.params["Tags"]}
    if any(key.lower().startswith("aws:") for key in given):
        raise AwsError("ValidationException", "Tag keys that begin with 'aws:' are reserved.")
    if len({*tags, *given}) > MOST_TAGS:
        raise AwsError("TooManyTagsError", f"A resource may have {MOST_TAGS} tags.")
    tags.update(given)
    return {}


@operation("ssm", "RemoveTagsFromResource")
def remove_tags_from_resource(request: Request) -> Answer:
    tags = _tags(request)
    for key in request.params["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("ssm", "ListTagsForResource")
def list_tags_for_resource(request: Request) -> Answer:
    return {"TagList": as_list(_tags(request))}


def _tags(request: Request) -> dict[str, str]:
    """Return the resource's tags, to be changed in place; refuse what is not there."""
    kind, resource = request.params["ResourceType"], request.params["ResourceId"]
    if kind == "ManagedInstance":
        node = request.site.nodes.get(resource)
        if node is None or not resource.startswith("mi-") or not is_managed(node):
            raise AwsError("InvalidResourceId", f"The resource ID {resource} is not valid.")
        return node.tags
    if resource not in _objects(request.site, kind):
        raise AwsError("InvalidResourceId", f"The resource ID {resource} is not valid.")
    return tags_of(request.site, kind, resource)


def _objects(site: Site, kind: str) -> Mapping[str, Any]:
    match kind:
        case "PatchBaseline":
            return own_baselines(site)
        case "Document":
            return own_documents(site)
        case "MaintenanceWindow":
            return site.kept["ssm.windows"]
        case "Parameter":
            return parameters(site)
        case "Association":
            return site.kept["ssm.associations"]
        case _:
            raise AwsError("EmulatorNotImplemented", f"Tags of the resource type {kind} are not emulated.")
