"""What a node reads from a URL: override lists and baselines in S3 or on the web.

The server says how to fetch with `resolve_with`; without it only what was put under `site.kept["ssm.objects"]` is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site, World

Fetch = Callable[[str], bytes]
_NOWHERE = "aws-global"


class FetchError(Exception):
    """The URL leads to nothing that the node may read."""


def resolve_with(world: World, fetch: Fetch) -> None:
    """Let `fetch(url)` answer for every node of this world; it raises `FetchError` where there is nothing."""
    world.site(world.management, _NOWHERE).kept["ssm.fetch"]["resolver"] = fetch


def put_object(site: Site, url: str, content: bytes) -> None:
    """Put something where the nodes of one site find it."""
    site.kept["ssm.objects"][url] = content


def fetch(world: World, site: Site, url: str) -> bytes:
    """Return what stands at `url` for the nodes of a site, or raise `FetchError`."""
    if url in site.kept["ssm.objects"]:
        return cast(bytes, site.kept["ssm.objects"][url])
    resolver = world.site(world.management, _NOWHERE).kept["ssm.fetch"].get("resolver")
    if resolver is None:
        raise FetchError(f"Unable to download {url}: nothing is there.")
    return cast(Fetch, resolver)(url)
