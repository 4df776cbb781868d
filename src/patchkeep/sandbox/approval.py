"""Which releases a patch baseline approves: its rules, lists and delays, as values (no machine is looked at here).

Sources: botocore's model of GetPatchBaseline; AWS's user guide on approval rules, package name formats and ApproveAfterDays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from patchkeep.sandbox.catalogue import Package, Release, System, system

Filters = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    filters: Filters
    after: timedelta | None
    until: date | None
    non_security: bool


@dataclass(frozen=True, slots=True)
class Baseline:
    """What GetPatchBaseline answers, as far as it decides about patches; hashable."""

    rules: tuple[Rule, ...]
    global_filters: Filters
    approved: tuple[str, ...]
    approved_non_security: bool
    rejected: tuple[str, ...]
    block: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """One package under one baseline on one day. `best`: index of the newest approved release on offer, -1: none."""

    best: int
    approved: frozenset[int]
    rejected: frozenset[int]


def read_baseline(answer: Mapping[str, Any]) -> Baseline:
    """Read a baseline from the shape that GetPatchBaseline answers; absent keys mean what AWS makes of them."""
    rules = answer.get("ApprovalRules", {}).get("PatchRules", ())
    return Baseline(
        tuple(_rule(rule) for rule in rules),
        _filters(answer.get("GlobalFilters", {})),
        tuple(answer.get("ApprovedPatches", ())),
        bool(answer.get("ApprovedPatchesEnableNonSecurity", False)),
        tuple(answer.get("RejectedPatches", ())),
        answer.get("RejectedPatchesAction", "ALLOW_AS_DEPENDENCY") == "BLOCK",
    )


def _rule(rule: Mapping[str, Any]) -> Rule:
    days, until = rule.get("ApproveAfterDays"), rule.get("ApproveUntilDate")
    return Rule(
        _filters(rule.get("PatchFilterGroup", {})),
        None if days is None else timedelta(days=days),
        date.fromisoformat(until) if until else None,
        bool(rule.get("EnableNonSecurity", False)),
    )


def _filters(group: Mapping[str, Any]) -> Filters:
    return tuple((each["Key"], tuple(each["Values"])) for each in group.get("PatchFilters", ()))


@lru_cache(maxsize=4096)
def verdicts(key: str, baseline: Baseline, day: date) -> Mapping[str, Verdict]:
    """The baseline's verdict on every package of the OS `key`, with what is on offer on `day` (UTC): by package name."""
    os = system(key)
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {package.name: _verdict(os, baseline, package, now) for package in os.packages.values()}


def _verdict(os: System, baseline: Baseline, package: Package, now: datetime) -> Verdict:
    offered = range(package.index_at(now) + 1)
    rejected = frozenset(i for i in offered if named(package, package.releases[i], baseline.rejected))
    approved = frozenset(i for i in offered if i not in rejected and approves(os, baseline, package, i, now))
    if os.family == "windows":  # the newest supersedes the others, which are then offered no more
        newest = len(offered) - 1
        return Verdict(newest if newest in approved else -1, approved, rejected)
    return Verdict(max(approved, default=-1), approved, rejected)


def approves(os: System, baseline: Baseline, package: Package, index: int, now: datetime) -> bool:
    """Whether the baseline approves that release by a rule or by its list, rejections left aside."""
    release = package.releases[index]
    if not all(_passes(os, package, release, each) for each in baseline.global_filters):
        return False
    if named(package, release, baseline.approved):
        return baseline.approved_non_security or is_security(os, release)
    return any(_rule_approves(os, rule, package, release, now) for rule in baseline.rules)


def is_security(os: System, release: Release) -> bool:
    """Whether the release comes with a notice (rpm), from the security archive (APT); on Windows the question isn't asked."""
    match os.family:
        case "rpm":
            return release.classification != ""
        case "apt":
            return release.classification == "Security"
        case _:
            return True


def _rule_approves(os: System, rule: Rule, package: Package, release: Release, now: datetime) -> bool:
    security = is_security(os, release)
    if not security and not rule.non_security:
        return False
    # an rpm without a notice has neither classification nor severity: EnableNonSecurity takes it whatever these filters say
    spared = {"CLASSIFICATION", "SEVERITY"} if os.family == "rpm" and not security else set()
    if not all(_passes(os, package, release, each) for each in rule.filters if each[0] not in spared):
        return False
    if os.family == "apt":  # neither delay nor date is supported there
        return True
    if rule.until is not None:
        return release.at.date() <= rule.until
    return release.at + (rule.after or timedelta()) <= now


def _passes(os: System, package: Package, release: Release, wanted: tuple[str, tuple[str, ...]]) -> bool:
    """Which keys a baseline may have is for CreatePatchBaseline to judge; here an unknown one raises KeyError."""
    key, values = wanted
    return "*" in values or any(fnmatchcase(have, value) for have in _values(os, package, release, key) for value in values)


def _values(os: System, package: Package, release: Release, key: str) -> tuple[str, ...]:
    match key:
        case "PRODUCT" if os.family == "windows":
            return (package.section,)
        case "PRODUCT":
            return (os.product, os.product.partition(".")[0] if os.family == "rpm" else os.product)
        case "PRODUCT_FAMILY":
            return ("Microsoft SQL Server",) if package.section.startswith("MicrosoftSQL") else ("Windows",)
        case "PATCH_SET":
            return ("APPLICATION",) if package.section.startswith("MicrosoftSQL") else ("OS",)
        case "CLASSIFICATION":
            return (release.classification,)
        case "SEVERITY" | "MSRC_SEVERITY":
            return (release.severity,)
        case "CVE_ID":
            return release.cves
        case "SECURITY":
            return ("Yes" if release.classification == "Security" else "No",)
        case _:
            return (_plain(os, package, release, key),)


def _plain(os: System, package: Package, release: Release, key: str) -> str:
    epoch, version, revision = split_version(os, release.version)
    return {
        "SECTION": package.section,
        "PRIORITY": package.priority,
        "NAME": package.name,
        "ARCH": package.arch,
        "ADVISORY_ID": release.advisory,
        "PATCH_ID": release.version,
        "EPOCH": epoch,
        "VERSION": version,
        "RELEASE": revision,
        "REPOSITORY": os.product,
        "BUGZILLA_ID": "",
    }[key]


def split_version(os: System, version: str) -> tuple[str, str, str]:
    """Epoch, version and release of an rpm; a deb's version stays whole, as the SSM agent's own inventory leaves it."""
    if os.family != "rpm":
        return "", version, ""
    epoch, _, rest = version.rpartition(":")
    upstream, _, release = rest.rpartition("-")
    return epoch, upstream, release


def named(package: Package, release: Release, patterns: tuple[str, ...]) -> bool:
    """Whether one of ApprovedPatches' or RejectedPatches' entries names that release (package, KB, advisory or CVE id)."""
    return any(fnmatchcase(form, pattern) for pattern in patterns for form in _forms(package, release))


def _forms(package: Package, release: Release) -> Iterator[str]:
    name, arch, version = package.name, package.arch, release.version
    plain = version.rpartition(":")[2]
    yield from (name, f"{name}.{arch}", f"{name}-{version}", f"{name}-{plain}", f"{name}-{plain}.{arch}", f"{name}={version}")
    yield from (version if version.startswith("KB") else name, release.advisory or name, *release.cves)
