"""Looking at managed resources and changing them over the control API, as an outsider would who was there between plan and start."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.control import NOT_FOUND, Wish, control
from patchkeep.sandbox.managed.resource import Resource, drop, everything, found
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import rearrange
from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.world import Site

CHANGEABLE = frozenset({"traits", "tags", "window", "status"})


@control("GET", "/resources")
def resources(wish: Wish) -> object:
    return {"resources": [_shown(one, site) for site in wish.world.sites.values() for one in everything(site)]}


@control("POST", "/resource")
def alter(wish: Wish) -> object:
    """{"arn"} and what to set behind everybody's back: `traits` (a list), `tags` (all of them), `window`, `status`."""
    one, site = _named(wish)
    if unknown := wish.body.keys() - CHANGEABLE - {"arn"}:
        raise AwsError("BadRequest", f"Unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(CHANGEABLE))}.")
    one.traits = frozenset(wish.body.get("traits", one.traits))
    one.tags = dict(wish.body.get("tags", one.tags))
    one.status = wish.body.get("status", one.status)
    if "window" in wish.body:
        try:
            one.window = Weekly.read(wish.body["window"])
        except ValueError as error:
            raise AwsError("BadRequest", str(error)) from error
        rearrange(wish.world, one)
    return _shown(one, site)


@control("DELETE", "/resource")
def delete(wish: Wish) -> object:
    """{"arn"}: it is gone, as if somebody had deleted it."""
    one, site = _named(wish)
    drop(site, one)
    return _shown(one, site)


def _named(wish: Wish) -> tuple[Resource, Site]:
    arn = wish.asked("arn")
    for site in wish.world.sites.values():
        if one := found(site, arn):
            return one, site
    raise AwsError("NotFound", f"There is no resource {arn}.", NOT_FOUND)


def _shown(one: Resource, site: Site) -> dict[str, Any]:
    waiting = {name: appointment.moment for name, appointment in one.waiting.items()}
    events = [{"at": event.at, "message": event.message} for event in one.events]
    place = {"arn": one.arn, "name": one.name, "account": site.account, "region": site.region, "status": one.status}
    return place | {"tags": one.tags, "traits": sorted(one.traits), "window": str(one.window or ""), "waiting": waiting, "events": events}
