"""Which managed nodes a set of SSM targets means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import AwsError

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.sandbox.world import Node, Site

Targets = Iterable[Mapping[str, Any]]
_GONE = frozenset({"shutting-down", "terminated"})


def managed(site: Site) -> list[Node]:
    """Return the nodes SSM knows, in the order of their registration."""
    return [node for node in site.nodes.values() if is_managed(node)]


def is_managed(node: Node | None) -> bool:
    return node is not None and node.registered is not None and node.state not in _GONE


def reachable(site: Site, node: Node) -> bool:
    """Say whether the agent would fetch a command now."""
    return site.nodes.get(node.id) is node and is_managed(node) and node.state == "running" and node.online


def known(site: Site, node_id: str, error: str = "InvalidInstanceId") -> Node:
    """Return a managed node of the site, or refuse with `error`."""
    node = site.nodes.get(node_id)
    if node is None or not is_managed(node):
        raise AwsError(error, f"Instances [[{node_id}]] not in a valid state for account {site.account}")
    return node


def matching(site: Site, targets: Targets) -> list[Node]:
    """Return the managed nodes that every target means: InstanceIds (or "*"), tag:KEY, tag-key."""
    tests = [_test(str(one["Key"]), tuple(one.get("Values") or ())) for one in targets]
    return [node for node in managed(site) if tests and all(test(node) for test in tests)]


def _test(key: str, values: tuple[str, ...]) -> Any:
    wanted = frozenset(values)
    lowered = key.lower()
    if lowered == "instanceids":
        return (lambda _: True) if "*" in wanted else (lambda node: node.id in wanted)
    if lowered.startswith("tag:"):
        name = key[4:]
        return lambda node: node.tags.get(name) in wanted
    if lowered == "tag-key":
        return lambda node: any(name in wanted for name in node.tags)
    if lowered.startswith("resource-groups:"):
        raise AwsError("EmulatorNotImplemented", "Targets by resource group are not emulated.")
    raise AwsError("ValidationException", f"'{key}' is not a valid target key.")


def last_ping(node: Node, now: datetime) -> datetime | None:
    """Return when the agent last called home: an agent that is well does so all the time."""
    if node.state == "running" and node.online:
        return now
    return node.last_ping or node.registered
