"""What a shell may complete beside commands and options: ids of rollouts, names of assets, conditions of `--only`.

From the database alone; where there is none, or it can't be read, there is nothing to offer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from patchkeep.domain.snapshot import Snapshot

KEYS = ("ou=", "account=", "tag:")


def rollouts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """Ids of rollouts, newest first."""
    from patchkeep.doors.store import StoreError, open_store
    from patchkeep.wire import database_url

    try:
        with open_store(database_url(), create=False) as store:
            return [rollout.id for rollout in store.rollouts.all() if rollout.id.startswith(incomplete)]
    except StoreError:  # whoever presses the tab key cannot read a sentence about it
        return []


def names_of_assets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Names of the assets seen last; the id of one without a name."""
    snapshot = _seen()
    names = {asset.name or asset.resource for asset in snapshot.assets} if snapshot else set()
    return sorted(name for name in names if name.startswith(incomplete))


def conditions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """`ou=`, `account=` and `tag:`, after what stands before the last comma; their values, where a shell passes the whole word."""
    before, comma, last = incomplete.rpartition(",")
    key, equals, _ = last.partition("=")
    offered = [f"{key}={value}" for value in _values(key)] if equals else list(KEYS)
    return [f"{before}{comma}{one}" for one in offered if one.startswith(last)]


def _values(key: str) -> list[str]:
    snapshot = _seen()
    if snapshot is None:
        return []
    match key:
        case "account":
            found = {account.id for account in snapshot.accounts}
        case "ou":
            paths = [account.ou.split("/") for account in snapshot.accounts if account.ou]
            found = {"/".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1)}
        case _:
            tag = key.removeprefix("tag:")
            found = {asset.tags[tag] for asset in snapshot.assets if tag in asset.tags}
    return sorted(found)


def _seen() -> Snapshot | None:
    from patchkeep.doors.store import StoreError
    from patchkeep.wire import newest_snapshot

    try:
        return newest_snapshot()
    except StoreError:
        return None
