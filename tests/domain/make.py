"""Small makers of domain values: every test says only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from patchkeep.domain.asset import Asset, Counts, Scan, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.plan import Change, Plan, Ring
from patchkeep.domain.policy import EVERYONE, NOBODY, Amount, Approval
from patchkeep.domain.window import Freeze, Interval, MaintenanceWindow

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HERE = Target("111122223333", "eu-central-1")
THERE = Target("444455556666", "us-east-1")
AUTHOR = "arn:aws:sts::111122223333:assumed-role/Ops/author"
SSL = Update("libssl3", "3.0.15-1", UpdateState.MISSING, "Critical", "Security", ("CVE-2026-1111",))


def at(hours: float) -> datetime:
    return NOW + hours * HOUR


def span(start: float, end: float) -> Interval:
    return Interval(at(start), at(end))


def window(*spans: tuple[float, float], stop: float = 0, name: str = "nightly") -> MaintenanceWindow:
    return MaintenanceWindow(name, tuple(span(*ends) for ends in spans), stop * HOUR)


def freeze(*spans: tuple[float, float], name: str = "year end") -> Freeze:
    return Freeze(name, tuple(span(*ends) for ends in spans))


def scan(hours: float = -1, baseline: str = "pb-1", **counts: int) -> Scan:
    return Scan(at(hours), "Scan", baseline, "snap", Counts(**counts))


def asset(name: str = "i-1", *, seen: Scan | None = None, updates: tuple[Update, ...] | None = (), target: Target = HERE) -> Asset:
    return Asset(target.arn("ec2", f"instance/{name}"), "node", target, name, "amazon-linux-2023", scan=seen, updates=updates)


def change(
    resource: str, *, target: Target = HERE, window: str = "", apart: tuple[str, ...] = (), updates: tuple[Update, ...] = (SSL,)
) -> Change:
    arn = target.arn("ec2", f"instance/{resource}")
    return Change(f"ch-{resource}", arn, resource, resource, "debian-12", target, "prod", updates, window=window, apart=apart)


def ring(name: str, *changes: Change, at_once: Amount = EVERYONE, may_fail: Amount = NOBODY, bake: float = 0, window: str = "") -> Ring:
    return Ring(name, changes, at_once, may_fail, int(bake * 3600), window)


def plan(*rings: Ring, apart: tuple[tuple[str, int], ...] = ()) -> Plan:
    return Plan("pl-1", NOW, AUTHOR, "o-1", "sn-1", "hash", "policy", rings=rings, apart_limits=apart)


def approval(people: int = 1, *approvers: str, not_author: bool = False, scope: str = "prod") -> Approval:
    return Approval(scope, people, approvers, not_author)


def sso(user: str, permission_set: str = "Patchers", account: str = "111122223333") -> str:
    return f"arn:aws:sts::{account}:assumed-role/AWSReservedSSO_{permission_set}_0123456789abcdef/{user}"
