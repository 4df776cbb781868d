"""What AWS-RunPatchBaseline finds on a machine and what it would install, as pure functions over its packages.

States are spelt as AWS's API answers them ("InstalledPendingReboot"). What the real thing hides is hidden here too: CVE ids only
for Missing and Failed, blank titles for InstalledOther and NotApplicable, and on Linux no trace of a patch inside its approval delay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache

from patchkeep.sandbox.agent import PatchRecord
from patchkeep.sandbox.approval import Baseline, Verdict, verdicts
from patchkeep.sandbox.catalogue import Package, System, system


@dataclass(slots=True)
class Holdings:
    """What a machine has: by package name the index of its release and since when, and what waits for a reboot."""

    os: System
    index: dict[str, int] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    unbooted: set[str] = field(default_factory=set)  # put on by Patch Manager and not rebooted since

    def put(self, name: str, index: int, now: datetime) -> None:
        """Bring a package to a release; never backwards."""
        if index < self.index.get(name, -1):
            raise ValueError(f"{name} would go back from release {self.index[name]} to {index}")
        self.index[name] = index
        self.since[name] = now


def scan(holdings: Holdings, baseline: Baseline, now: datetime, failed: Collection[str] = ()) -> tuple[PatchRecord, ...]:
    """Every row of the patch report. `failed`: packages whose installation was just tried in vain."""
    verdict = verdicts(holdings.os.key, baseline, now.date())
    rows: list[PatchRecord] = []
    for name, package in holdings.os.packages.items():
        have = holdings.index.get(name)
        if have is None:
            if verdict[name].best >= 0:
                rows.append(_blank(holdings.os, package, verdict[name].best, "NotApplicable"))
        else:
            rows.extend(_rows(holdings, package, have, (baseline, verdict[name], name in failed, now)))
    return tuple(rows)


def wanted(holdings: Holdings, baseline: Baseline, now: datetime) -> dict[str, int]:
    """What Install puts on by the baseline: package name -> index of the release."""
    verdict = verdicts(holdings.os.key, baseline, now.date())
    return {name: verdict[name].best for name, have in holdings.index.items() if verdict[name].best > have}


def overridden(holdings: Holdings, entries: Sequence[Mapping[str, str]], now: datetime) -> dict[str, int]:
    """What Install puts on by an InstallOverrideList, whatever the baseline says: package name -> index of the release.

    An entry is `id` (package or package.architecture, wildcards allowed; a KB id on Windows) and perhaps `title` (a version,
    wildcards allowed; ignored on Windows). What is older than, or the same as, what the machine has is not put on.
    """
    chosen: dict[str, int] = {}
    for name, have in holdings.index.items():
        package = holdings.os.packages[name]
        for index in range(package.index_at(now), have, -1):
            if any(_entry_names(holdings.os, package, index, entry) for entry in entries):
                chosen[name] = index
                break
    return chosen


def _entry_names(os: System, package: Package, index: int, entry: Mapping[str, str]) -> bool:
    version, pattern = package.releases[index].version, entry.get("id", "")
    if os.family == "windows":
        return version.upper() == pattern.upper()
    if not any(fnmatchcase(form, pattern) for form in (package.name, f"{package.name}.{package.arch}")):
        return False
    title = entry.get("title", "")
    return not title or any(fnmatchcase(form, title) for form in (version, f"0:{version}"))


def _rows(holdings: Holdings, package: Package, have: int, judged: tuple[Baseline, Verdict, bool, datetime]) -> Iterator[PatchRecord]:
    baseline, verdict, failed, now = judged
    os = holdings.os
    since = holdings.since.get(package.name)
    missing = verdict.best > have
    if missing:
        yield _offered(os, package, have, verdict.best, "Failed" if failed else "Missing")
    if os.family == "windows":
        newest = package.index_at(now)
        if (
            not missing
            and newest > have
            and newest not in verdict.rejected
            and package.releases[newest].classification == "SecurityUpdates"
        ):
            yield _offered(os, package, have, newest, "AvailableSecurityUpdate")
        if missing and package.releases[have].version == package.releases[verdict.best].version:
            return  # the same KB released again: one row
    elif missing:
        return
    if package.name in holdings.unbooted:
        yield _held(os, package, have, "InstalledPendingReboot", since)
    elif have in verdict.rejected and baseline.block:
        yield _held(os, package, have, "InstalledRejected", since)
    elif have in verdict.approved:
        yield _held(os, package, have, "Installed", since)
    else:
        yield _blank(os, package, have, "InstalledOther", since)


def patch_id(os: System, package: Package, index: int) -> str:
    """The KBId of DescribeInstancePatches: "KB5094128", "openssl.x86_64" (rpm), "libssl3" (APT)."""
    match os.family:
        case "windows":
            return package.releases[index].version
        case "rpm":
            return f"{package.name}.{package.arch}"
        case _:
            return package.name


def title(os: System, package: Package, index: int) -> str:
    """The Title of DescribeInstancePatches: on Linux "openssl.x86_64:1:3.0.8-1.amzn2023.0.10" (epoch always; APT has its own)."""
    release = package.releases[index]
    match os.family:
        case "windows":
            words = package.name.replace("-", " ").capitalize()
            return f"{release.at:%Y-%m} {words} for {os.platform_name.removesuffix(' Datacenter')} ({release.version})"
        case "rpm":
            version = release.version if ":" in release.version else f"0:{release.version}"
            return f"{package.name}.{package.arch}:{version}"
        case _:
            return f"{package.name}.{package.arch}:{release.version}"


def _offered(os: System, package: Package, have: int, index: int, state: str) -> PatchRecord:
    release = package.releases[index]
    cves = () if state == "AvailableSecurityUpdate" else cured(os.key, package.name, have, index)
    return PatchRecord(title(os, package, index), patch_id(os, package, index), release.classification, release.severity, state, None, cves)


def _held(os: System, package: Package, index: int, state: str, since: datetime | None) -> PatchRecord:
    release = package.releases[index]
    return PatchRecord(title(os, package, index), patch_id(os, package, index), release.classification, release.severity, state, since)


def _blank(os: System, package: Package, index: int, state: str, since: datetime | None = None) -> PatchRecord:
    return PatchRecord("", patch_id(os, package, index), "", "", state, since)


@lru_cache(maxsize=8192)
def cured(key: str, name: str, have: int, index: int) -> tuple[str, ...]:
    """CVE ids that going from release `have` to release `index` cures, each once, in order."""
    releases = system(key).packages[name].releases[have + 1 : index + 1]
    return tuple(dict.fromkeys(cve for release in releases for cve in release.cves))
