"""What no single value shows: names that must exist, rules that contradict each other, and limits that AWS sets. All found at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

from patchkeep.domain.asset import NODE
from patchkeep.domain.ordering import closing_circles
from patchkeep.domain.policy import PolicyError
from patchkeep.policy.checks.baselines import baselines, two_baselines
from patchkeep.policy.checks.placed import error, unknown
from patchkeep.policy.mistakes import did_you_mean
from patchkeep.policy.models import FreshnessKeys
from patchkeep.policy.nodes import Loc
from patchkeep.policy.recurrence import longest_gap
from patchkeep.policy.rules import ApprovalKeys, EnvironmentKeys, ManagedKeys, OrderKeys, RingKeys, WindowKeys
from patchkeep.policy.structure import Entry, Shape
from patchkeep.policy.values import spelt

HOUR = timedelta(hours=1)


def installers(shape: Shape) -> dict[str, str]:
    """Who installs in each environment: its own key, else the map at the top, else its default, else Patchkeep."""
    named = {str(key): str(value) for key, value in shape.document.entries("installer") if ("installer", key) not in shape.bad}
    own = {entry.key: entry.keys.installer for entry in shape.entries("environments", EnvironmentKeys)}
    return {name: own.get(name) or named.get(name) or named.get("default", "patchkeep") for name in shape.names("environments")}


def contradictions(shape: Shape) -> Iterator[PolicyError]:
    """Every contradiction between entries that are sound by themselves."""
    yield from _no_environment(shape)
    yield from _environments(shape)
    yield from _shared_groups(shape)
    yield from _installer_map(shape)
    yield from _windows(shape)
    yield from _scans(shape)
    yield from baselines(shape)
    yield from two_baselines(shape)
    yield from _rings(shape)
    yield from _rings_in_order(shape)
    yield from _managed(shape)
    yield from _circles(shape)
    yield from _approvals(shape)


def _no_environment(shape: Shape) -> Iterator[PolicyError]:
    if not shape.names("environments") and ("environments",) not in shape.bad:
        yield error(
            shape,
            (),
            "The policy names no environment, so it would patch nothing.",
            "Add `environments: {all: {match: all}}` to begin with.",
        )


def _environments(shape: Shape) -> Iterator[PolicyError]:
    who = installers(shape)
    for entry in shape.entries("environments", EnvironmentKeys):
        window, at = entry.keys.window, (*entry.loc, "window")
        if window:
            yield from unknown(shape, at, "windows", window)
        if window and who[entry.key] != "aws":
            yield error(
                shape, at, "A window here is for installer `aws`; Patchkeep installs in the windows of rings.", "Move it to the rings."
            )
        if not window and who[entry.key] == "aws":
            key = shape.document.key(entry.loc)
            yield PolicyError(key, f"AWS installs in `{entry.key}`, but nothing says when.", "Add `window` with the name of a window.")


def _shared_groups(shape: Shape) -> Iterator[PolicyError]:
    """A patch group has one baseline per operating system, so two environments cannot both rule it."""
    first: dict[str, str] = {}
    for entry in shape.entries("environments", EnvironmentKeys):
        group = entry.keys.patch_group
        if group and first.setdefault(group, entry.key) != entry.key:
            what = f"Environments {first[group]} and {entry.key} both name patch group {group}, which takes one baseline per system."
            yield error(shape, (*entry.loc, "patch_group"), what, "Give each its own, or make them one environment.")


def _installer_map(shape: Shape) -> Iterator[PolicyError]:
    own = {entry.key: entry for entry in shape.entries("environments", EnvironmentKeys)}
    for name, value in shape.document.entries("installer"):
        at: Loc = ("installer", name)
        if name == "default" or at in shape.bad:
            continue
        yield from unknown(shape, at, "environments", str(name))
        said = own[name].keys.installer if name in own else None
        if said and said != value:
            there = shape.document.place(("environments", name, "installer"))
            yield error(shape, at, f"`{name}` has two installers: {value} here and {said} in line {there.line}.", "Keep one of them.")


def _windows(shape: Shape) -> Iterator[PolicyError]:
    by_aws = {entry.keys.window for entry in shape.entries("environments", EnvironmentKeys) if installers(shape)[entry.key] == "aws"}
    for entry in shape.entries("windows", WindowKeys):
        lasts, cutoff = entry.keys.lasts, entry.keys.stop_starting
        if cutoff >= lasts:
            what = f"`stop_starting` ({spelt(cutoff)}) is not shorter than the window ({spelt(lasts)}): nothing could ever begin in it."
            yield error(shape, (*entry.loc, "stop_starting"), what, "Make it shorter than `lasts`.")
        for key in ("rrule", "offset"):
            if entry.key in by_aws and getattr(entry.keys, key) is not None:
                what = f"AWS installs in this window and takes no `{key}`."
                yield error(shape, (*entry.loc, key), what, 'Write `at`, as in `at: "Tue#2 02:00"`.')
        for key, length in (("lasts", lasts), ("stop_starting", cutoff)):
            if entry.key in by_aws and length % HOUR:
                yield error(
                    shape, (*entry.loc, key), f"AWS installs in this window and counts `{key}` in whole hours.", "Write it as in `4h`."
                )


def _scans(shape: Shape) -> Iterator[PolicyError]:
    """Scans further apart than they count for: every asset would be UNKNOWN in between."""
    keys = shape.whole("freshness", FreshnessKeys)
    gap = longest_gap(keys.scan_schedule)
    if gap > keys.scan:
        at: Loc = ("freshness", "scan_schedule" if ("freshness", "scan_schedule") in shape.document.values else "scan")
        what = f"Scans are up to {spelt(gap)} apart, but count for {spelt(keys.scan)} only: everything would be UNKNOWN in between."
        yield error(shape, at, what, "Scan more often, or let `scan` be longer.")


def _rings(shape: Shape) -> Iterator[PolicyError]:
    who = installers(shape)
    first: dict[str, int] = {}
    for entry in shape.entries("rings", RingKeys):
        line = shape.document.place((*entry.loc, "name")).line
        if entry.keys.name in first:
            what = f"A ring `{entry.keys.name}` stands already in line {first[entry.keys.name]}."
            yield error(shape, (*entry.loc, "name"), what, "Give this one another name.")
        first.setdefault(entry.keys.name, line)
        if entry.keys.window:
            yield from unknown(shape, (*entry.loc, "window"), "windows", entry.keys.window)
        for index, name in enumerate(entry.keys.select.env):
            at: Loc = (*entry.loc, "select", "env", index)
            yield from unknown(shape, at, "environments", name)
            if who.get(name) == "aws":
                what = f"AWS installs in `{name}`, so no ring can patch it."
                yield error(shape, at, what, f"Take it out, or give `{name}` the installer `patchkeep`.")


def _rings_in_order(shape: Shape) -> Iterator[PolicyError]:
    """A ring that comes after one that takes everything it could draw from."""
    takers: list[Entry[RingKeys]] = []
    for entry in shape.entries("rings", RingKeys):
        wanted = set(entry.keys.select.env)
        taken = next((t for t in takers if not t.keys.select.env or (wanted and wanted <= set(t.keys.select.env))), None)
        if taken:
            what = f"The ring `{taken.keys.name}` before this one takes all that it could draw from."
            yield error(shape, (*entry.loc, "name"), what, "Put this one first, or give that one a `share` or `count`.")
        if entry.keys.share is None and entry.keys.count is None and entry.keys.select.says_nothing:
            takers.append(entry)


def unknown_kinds(shape: Shape, known: Callable[[], Collection[str]]) -> Iterator[PolicyError]:
    """Kinds of assets that nothing discovers, wherever a rule matches by kind."""
    matched = [((*entry.loc, "match"), entry.keys.match) for entry in shape.entries("environments", EnvironmentKeys)]
    matched += [((*entry.loc, "select"), entry.keys.select) for entry in shape.entries("rings", RingKeys)]
    matched += [((*entry.loc, "match"), entry.keys.match) for entry in shape.entries("managed", ManagedKeys)]
    for entry in shape.entries("order", OrderKeys):
        matched += [((*entry.loc, "first"), entry.keys.first), ((*entry.loc, "then"), entry.keys.then)]
    for loc, keys in matched:
        for number, kind in enumerate(keys.kind):
            if kind != NODE and kind not in known():
                yield error(shape, (*loc, "kind", number), f"{kind!r} is not known here.", did_you_mean(kind, tuple(sorted(known()))))


def _managed(shape: Shape) -> Iterator[PolicyError]:
    for entry in shape.entries("managed", ManagedKeys):
        for number, name in enumerate(entry.keys.env):
            yield from unknown(shape, (*entry.loc, "env", number), "environments", name)
        if entry.keys.settings.window:
            yield from unknown(shape, (*entry.loc, "settings", "window"), "windows", entry.keys.settings.window)


def _circles(shape: Shape) -> Iterator[PolicyError]:
    """Orders by which somebody would have to wait for itself, told where the last of them stands."""
    entries = tuple(shape.entries("order", OrderKeys))
    for last, way in closing_circles([entry.keys.read() for entry in entries]).items():
        lines = " and ".join(f"line {shape.document.place(entries[one].loc).line}" for one in sorted(way[1:]))
        what = f"With {lines} this makes a circle: each would have to wait for itself."
        yield error(shape, entries[last].loc, what, "Turn one of them round, or remove it.")


def _approvals(shape: Shape) -> Iterator[PolicyError]:
    who = installers(shape)
    for entry in shape.entries("approval", ApprovalKeys):
        if entry.key == "irreversible":
            continue
        known = (*shape.names("environments"), "irreversible")
        key = shape.document.key(entry.loc)
        if entry.key not in known:
            yield PolicyError(key, f"There is no environment `{entry.key}`.", did_you_mean(entry.key, known))
        if who.get(entry.key) == "aws":
            yield PolicyError(key, f"AWS installs in `{entry.key}` without asking anybody.", "Remove it, or let Patchkeep install there.")
