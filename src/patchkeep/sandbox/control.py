"""The sandbox's own API under `/_sandbox/`: clock, command log, credentials, permissions, nodes. Tests, demo and CLI drive it.

`@control("GET", "/nodes")` registers a route; a route that ends in "/" takes the rest of the path as `key`. What a route
returns is sent as JSON. Other parts of the sandbox add theirs by importing `control` from here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from patchkeep.sandbox.identity import sessions, user_keys
from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.protocol import Arrival, Reply
from patchkeep.sandbox.world import always_on

if TYPE_CHECKING:
    from patchkeep.sandbox.dispatch import Sandbox
    from patchkeep.sandbox.world import Account, Node, Site, World

PREFIX = "/_sandbox"
BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Wish:
    """One call of the control API. `key` is the rest of the path after the route."""

    sandbox: Sandbox
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.sandbox.world

    def asked(self, name: str) -> Any:
        """A field that the body must have."""
        if name not in self.body:
            raise AwsError("BadRequest", f"The body lacks {name!r}.")
        return self.body[name]


Route = Callable[[Wish], object]
ROUTES: dict[tuple[str, str], Route] = {}


def control(method: str, path: str) -> Callable[[Route], Route]:
    """Register a route, `path` without the prefix. Raise `AwsError` to refuse."""

    def register(function: Route) -> Route:
        if (method, path) in ROUTES:
            raise ValueError(f"{method} {path} is routed twice")
        ROUTES[method, path] = function
        return function

    return register


def answer_control(sandbox: Sandbox, arrival: Arrival) -> Reply:
    """A wish that cannot be read is HTTP 400 with a sentence; a bug of what it sets going is remembered as a failure, and 500."""
    try:
        answer, status = _granted(sandbox, arrival), 200
    except AwsError as error:
        answer, status = {"error": error.code, "message": error.message}, error.status
    except BUGS as error:
        sandbox.fail(f"{arrival.method} {arrival.path}")
        answer, status = {"error": "EmulatorFailed", "message": f"{type(error).__name__}: {error}"}, 500
    return Reply(status, json.dumps(answer, default=str).encode(), {"Content-Type": "application/json"})


def _granted(sandbox: Sandbox, arrival: Arrival) -> object:
    path = arrival.path.removeprefix(PREFIX)
    route, key = ROUTES.get((arrival.method, path)), ""
    if route is None:
        stem, _, key = path.rpartition("/")
        route = ROUTES.get((arrival.method, f"{stem}/"))
    if route is None:
        raise AwsError("NotFound", f"The control API has no {arrival.method} {path}.", NOT_FOUND)
    try:
        body = json.loads(arrival.body or b"{}")
    except ValueError as error:
        raise AwsError("BadRequest", f"The body is not JSON: {error}") from error
    with sandbox.lock:
        return route(Wish(sandbox, unquote(key), dict(parse_qsl(arrival.query)), body))


@control("GET", "/health")
def health(wish: Wish) -> object:
    return {"status": "ok", "organization": wish.world.organization_id, "seed": wish.world.seed}


@control("GET", "/clock")
def clock(wish: Wish) -> object:
    return {"now": wish.world.clock.now().isoformat()}


@control("POST", "/clock")
def move_clock(wish: Wish) -> object:
    """Takes {"advance_seconds": number} or {"to": ISO time with zone}; never goes back."""
    now = wish.world.clock.now()
    try:
        to = datetime.fromisoformat(wish.body["to"]) if "to" in wish.body else now + timedelta(seconds=wish.asked("advance_seconds"))
        backwards = to < now
    except (TypeError, ValueError) as error:
        raise AwsError("BadRequest", f"That is no time with a zone, nor a number of seconds: {error}") from error
    if backwards:
        raise AwsError("BadRequest", f"The clock stands at {now.isoformat()} and does not go back to {to.isoformat()}.")
    happened = wish.world.clock.advance(to)
    return {"now": wish.world.clock.now().isoformat(), "happened": happened}


@control("GET", "/log")
def log(wish: Wish) -> object:
    """Calls from number `since` on (0: all), of one `operation` ("SendCommand" or "ssm:SendCommand") when it is given."""
    since, wanted = int(wish.query.get("since", 0)), wish.query.get("operation")
    records = (
        asdict(record)
        for record in wish.world.log[since:]
        if wanted is None or wanted in (record.operation, f"{record.service}:{record.operation}")
    )
    return {"next": len(wish.world.log), "calls": list(records)}


@control("GET", "/credentials")
def credentials(wish: Wish) -> object:
    """Long-lived keys of each account's admin user, and the sessions that STS gave out (without their secrets)."""
    world = wish.world
    keys = {account: asdict(user_keys(world, account)) for account, known in world.accounts.items() if not known.suspended}
    opened = [asdict(replace(session, keys=replace(session.keys, secret="", token=""))) for session in sessions(world).values()]
    return {"management": world.management, "keys": keys, "sessions": opened}


@control("GET", "/unimplemented")
def unimplemented(wish: Wish) -> object:
    """Calls that the sandbox does not emulate, and answers that it got wrong. CI fails when either list has a line."""
    return {"unimplemented": wish.sandbox.unimplemented, "failures": wish.sandbox.failures}


@control("GET", "/ignored")
def ignored(wish: Wish) -> object:
    """By action, parameters that callers sent and the sandbox never looked at: known limits, not failures."""
    return {"ignored": {action: sorted(names) for action, names in sorted(wish.sandbox.ignored.items()) if names}}


@control("POST", "/refuse")
def refuse(wish: Wish) -> object:
    """{"account", "role", "actions": ["ssm:*"]}: what the role may not do from now on; [] gives everything back."""
    role = _account(wish.world, wish.asked("account")).roles.get(wish.asked("role"))
    if role is None:
        raise AwsError("NotFound", f"Account {wish.asked('account')} has no role {wish.asked('role')}.", NOT_FOUND)
    role.refuses = tuple(wish.asked("actions"))
    return {"account": wish.body["account"], "role": role.name, "refuses": role.refuses}


@control("GET", "/nodes")
def nodes(wish: Wish) -> object:
    return {"nodes": [_shown(node, site) for site in wish.world.sites.values() for node in site.nodes.values()]}


@control("GET", "/node/")
def node(wish: Wish) -> object:
    return _shown(*_node(wish.world, wish.key))


@control("POST", "/node/")
def alter_node(wish: Wish) -> object:
    """Sets `state`, `online`, `profile`, `agent_version` or `tags` (null removes a tag) of one node, as an outsider would."""
    found, site = _node(wish.world, wish.key)
    _only(wish.body, "state", "online", "profile", "agent_version", "tags")
    if found.state == "running" and found.online:
        found.last_ping = wish.world.clock.now()  # should it lose its agent or its power now
    for name in wish.body.keys() - {"tags"}:
        setattr(found, name, wish.body[name])
    _retag(found.tags, wish.body.get("tags", {}))
    return _shown(found, site)


@control("POST", "/account/")
def alter_account(wish: Wish) -> object:
    """Sets `suspended`, `regions` (us-east-1 is among them unsaid), `contacts` or `tags` of one account."""
    account = _account(wish.world, wish.key)
    _only(wish.body, "suspended", "regions", "contacts", "tags")
    if "suspended" in wish.body:
        account.suspended = bool(wish.body["suspended"])
    if "regions" in wish.body:
        account.regions = always_on(wish.body["regions"])
    account.contacts = dict(wish.body.get("contacts", account.contacts))
    _retag(account.tags, wish.body.get("tags", {}))
    return {"id": account.id, "suspended": account.suspended, "regions": account.regions, "tags": account.tags}


def _shown(node: Node, site: Site) -> dict[str, Any]:
    """A node as it really is, for checks by tests; the counts are there when its agent keeps them."""
    counts = {name: getattr(node.agent, name) for name in ("installs", "scans", "reboots") if hasattr(node.agent, name)}
    packages = {row.name: f"{row.version}-{row.release}" if row.release else row.version for row in node.agent.applications()}
    place = {"id": node.id, "account": site.account, "region": site.region, "os": node.os, "state": node.state, "online": node.online}
    return place | {"tags": node.tags, "traits": sorted(node.traits), "packages": packages, **counts}


def _node(world: World, node_id: str) -> tuple[Node, Site]:
    for site in world.sites.values():
        if node_id in site.nodes:
            return site.nodes[node_id], site
    raise AwsError("NotFound", f"There is no node {node_id}.", NOT_FOUND)


def _account(world: World, account_id: str) -> Account:
    if account_id not in world.accounts:
        raise AwsError("NotFound", f"There is no account {account_id}.", NOT_FOUND)
    return world.accounts[account_id]


def _only(body: Mapping[str, Any], *known: str) -> None:
    if unknown := body.keys() - set(known):
        raise AwsError("BadRequest", f"Unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}.")


def _retag(tags: dict[str, str], changes: Mapping[str, str | None]) -> None:
    for key, value in changes.items():
        if value is None:
            tags.pop(key, None)
        else:
            tags[key] = value
