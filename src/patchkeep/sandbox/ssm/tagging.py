"""Where the tags of SSM's own objects are kept: `site.kept["ssm.tags"]` (resource type, id) -> tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

Tags = Iterable[Mapping[str, str]]


def tags_of(site: Site, kind: str, resource: str) -> dict[str, str]:
    """Return the tags of one object, to be changed in place. `kind`: as in AddTagsToResource, "PatchBaseline"."""
    kept = cast(dict[tuple[str, str], dict[str, str]], site.kept["ssm.tags"])
    return kept.setdefault((kind, resource), {})


def put_tags(site: Site, kind: str, resource: str, tags: Tags) -> None:
    tags_of(site, kind, resource).update((tag["Key"], tag["Value"]) for tag in tags)


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
