"""Identifiers in AWS's forms, drawn from the world's own seeded generator so that the same seed gives the same ids."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING

from patchkeep.sandbox.operation import AwsError

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site, World

_NODE_ID = re.compile(r"^m?i-[0-9a-f]{8,17}$")


def hexadecimal(world: World, prefix: str) -> str:
    """Return `prefix` and 17 hexadecimal digits: "pb-0c10e65780afe91d3"."""
    return f"{prefix}0{world.random.getrandbits(64):016x}"


def guid(world: World) -> str:
    return str(uuid.UUID(int=world.random.getrandbits(128), version=4))


def settled(prefix: str, *parts: str) -> str:
    """Return an id that follows from its parts alone: AWS's own objects have the same id in every account."""
    return f"{prefix}0{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:16]}"


def arn(site: Site, resource: str, account: str | None = None) -> str:
    return f"arn:aws:ssm:{site.region}:{site.account if account is None else account}:{resource}"


def must_be_node_id(node_id: str) -> None:
    if not _NODE_ID.match(node_id):
        raise AwsError("ValidationException", f"'{node_id}' is not the id of a managed node.")
