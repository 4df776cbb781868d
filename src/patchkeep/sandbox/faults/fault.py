"""One fault: what goes wrong, where, how often and when. Read from JSON with a sentence for every mistake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from patchkeep.sandbox.operation import AwsError

SLOWEST = 60.0  # seconds of real time: botocore gives up reading after 60


class Kind(StrEnum):
    """What goes wrong: first with calls, then (from `NEVER_BACK` on) with nodes."""

    THROTTLE = "throttle"  # refused for coming too often
    ACCESS_DENIED = "access-denied"
    EXPIRED_TOKEN = "expired-token"
    SERVER_ERROR = "server-error"  # HTTP 500
    UNAVAILABLE = "unavailable"  # HTTP 503
    SLOW = "slow"  # the answer comes after `seconds` of real time
    CUT = "cut"  # the connection breaks in the middle of the answer; the call itself was carried out
    PAGE_TOKEN = "page-token"
    SHORT_PAGES = "short-pages"  # lists come in pages of at most `page` rows
    NEVER_BACK = "never-back"  # the agent never answers again after a reboot
    STUCK = "stuck-command"  # what is sent to the node begins and never ends
    PATCH_FAILS = "patch-fails"  # installing `package` (all of them unless named) fails
    INVENTORY_LAGS = "inventory-lags"  # what is gathered is seen `seconds` of virtual time later (0: never)
    STATE_LAGS = "patch-state-lags"  # what a scan or an install found is seen `seconds` later (0: never)
    FOREIGN_SCAN = "foreign-scan"  # another tool scans every `seconds` with the default baseline, over whatever was there

    @property
    def of_nodes(self) -> bool:
        return self in _OF_NODES


_OF_NODES = frozenset({Kind.NEVER_BACK, Kind.STUCK, Kind.PATCH_FAILS, Kind.INVENTORY_LAGS, Kind.STATE_LAGS, Kind.FOREIGN_SCAN})
_SECONDS = {Kind.SLOW: 2.0, Kind.FOREIGN_SCAN: 3600.0}  # unless said
_PAGE = {Kind.PAGE_TOKEN: 2, Kind.SHORT_PAGES: 5}
_PLACES = ("accounts", "regions")
_CALLS = ("services", "operations")
_KNOWN = frozenset({"kind", *_PLACES, *_CALLS, "nodes", "share", "seed", "from", "until", "times", "seconds", "page", "package"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Empty places, services, operations (wildcards allowed: "Describe*") and nodes mean all. `share`: above 0, up to 1."""

    kind: Kind
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    share: float = 1.0
    seed: int = 0
    since: datetime | None = None
    until: datetime | None = None  # from then on it strikes no more
    times: int | None = None  # it strikes so often, and then no more
    seconds: float = 0.0
    page: int = 0
    package: str = ""

    def at(self, account: str, region: str, now: datetime) -> bool:
        """Whether it is on in this place at this time."""
        if (self.accounts and account not in self.accounts) or (self.regions and region not in self.regions):
            return False
        return (self.since is None or now >= self.since) and (self.until is None or now < self.until)

    def means(self, service: str, operation: str) -> bool:
        if self.services and service not in self.services:
            return False
        return not self.operations or any(fnmatchcase(operation, pattern) for pattern in self.operations)

    def chosen(self, *met: object) -> bool:
        """Whether what it meets is among its share: the same answer for the same seed and the same thing met, always."""
        if self.share >= 1:
            return True
        text = json.dumps([self.seed, str(self.kind), *met], sort_keys=True, default=str)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) < self.share * 2**64

    def shown(self) -> dict[str, Any]:
        """As `read_fault` takes it, without what was left to its default."""
        shown: dict[str, Any] = {"kind": str(self.kind)}
        shown |= {name: value for name in (*_PLACES, *_CALLS, "nodes") if (value := list(getattr(self, name)))}
        shown |= {"share": self.share} | ({"seed": self.seed} if self.seed else {})
        shown |= {name: when.isoformat() for name, when in (("from", self.since), ("until", self.until)) if when}
        return shown | {name: value for name in ("times", "seconds", "page", "package") if (value := getattr(self, name))}


def read_fault(body: Mapping[str, Any]) -> Fault:
    """A fault from JSON; raises AwsError "BadRequest" with what is wrong and what to write."""
    if unknown := sorted(body.keys() - _KNOWN):
        raise _wrong(f"A fault has no {unknown[0]!r}; it may have {', '.join(sorted(_KNOWN))}.")
    kind = _kind(body.get("kind"))
    lists = {name: _words(body, name) for name in (*_PLACES, *_CALLS, "nodes")}
    for name in _CALLS if kind.of_nodes else ("nodes",):
        if lists[name]:
            raise _wrong(f"{kind} is a fault of {'nodes' if kind.of_nodes else 'calls'}: it takes no {name}.")
    package = body.get("package", "")
    if package and kind is not Kind.PATCH_FAILS:
        raise _wrong(f"A package is for {Kind.PATCH_FAILS}, not for {kind}.")
    return Fault(
        kind,
        **lists,
        share=_share(body.get("share", 1.0)),
        seed=int(_number(body, "seed", 0, 0)),
        since=_time(body, "from"),
        until=_time(body, "until"),
        times=int(_number(body, "times", 1, 1)) if body.get("times") is not None else None,
        seconds=_seconds(body, kind),
        page=int(_number(body, "page", _PAGE[kind], 1)) if kind in _PAGE else 0,
        package=str(package),
    )


def _kind(asked: object) -> Kind:
    try:
        return Kind(str(asked))
    except ValueError:
        near = get_close_matches(str(asked), list(Kind), 1)
        meant = f"did you mean {near[0]}?" if near else f"the kinds are {', '.join(Kind)}."
        raise _wrong(f"There is no kind of fault {str(asked)!r}: {meant}") from None


def _words(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    given = body.get(name, ())
    if isinstance(given, str) or not all(isinstance(one, str) for one in given):
        raise _wrong(f"{name} is a list of texts.")
    return tuple(given)


def _share(given: Any) -> float:
    try:
        share = float(given)
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        raise _wrong(f"share is a number above 0 and up to 1 (0.1 is 10 %), not {given!r}.")
    return share


def _number(body: Mapping[str, Any], name: str, default: float, least: float) -> float:
    given = body.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int | float) or given < least:
        raise _wrong(f"{name} is a number, {least:g} or more, not {given!r}.")
    return given


def _seconds(body: Mapping[str, Any], kind: Kind) -> float:
    least = 60 if kind is Kind.FOREIGN_SCAN else 0
    seconds = _number(body, "seconds", _SECONDS.get(kind, 0.0), least)
    if kind is Kind.SLOW and seconds > SLOWEST:
        raise _wrong(f"{Kind.SLOW} holds an answer back for {SLOWEST:g} seconds at most.")
    return seconds


def _time(body: Mapping[str, Any], name: str) -> datetime | None:
    given = body.get(name)
    if given is None:
        return None
    try:
        when = datetime.fromisoformat(str(given))
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise _wrong(f"{name} is a time with a zone (2026-09-01T06:00:00+00:00), not {given!r}.")
    return when


def _wrong(sentence: str) -> AwsError:
    return AwsError("BadRequest", sentence)
