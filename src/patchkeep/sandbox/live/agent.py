"""The agent's stand-in on a live node: AWS-RunPatchBaseline with the real apt and dpkg of a root file system.

What stands for what: Scan is `apt-get update` and a look at what apt offers; Install is `apt-get install NAME=VERSION ...` of exactly
what the baseline or the override list asks for; a reboot is recorded. Durations are the real ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.sandbox import patching
from patchkeep.sandbox.agent import Application, PatchOutcome, PatchRecord, PatchRequest, RunFailed
from patchkeep.sandbox.approval import Baseline, approves, named, read_baseline
from patchkeep.sandbox.live.chroot import Root, RootError
from patchkeep.sandbox.live.memory import Memory, keep, recall
from patchkeep.sandbox.live.stock import Stock, installed, moved, read_stock

AWAY = timedelta(seconds=30)  # a root file system has no boot to wait for
_INSTALL = (  # nothing is newly put on but what a new version depends on, nothing is removed, changed settings stay
    *("apt-get", "install", "--yes", "--only-upgrade", "--no-remove", "--no-install-recommends"),
    *("--option=Dpkg::Options::=--force-confdef", "--option=Dpkg::Options::=--force-confold"),
)


@dataclass(frozen=True, slots=True)
class _Done:
    """What an installation came to. `failed`: asked for, and not there now."""

    put: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    status: int = 0
    output: str = ""
    error: str = ""


class LiveAgent:
    """Implements `sandbox.agent.Agent` on a root file system of its own."""

    def __init__(self, os: str, root: Root) -> None:
        """`os`: key of the catalogue, for the names that SSM has for it."""
        self.os, self.root = os, root
        self.scans = self.installs = self.reboots = 0

    def patch(self, request: PatchRequest) -> PatchOutcome:
        """Carry out a Scan or an Install now, in real time. Raises `RunFailed` in apt's words when its lists can't be fetched."""
        began = time.monotonic()
        try:
            self.root.read("apt-get", "update", "--error-on=any")
            done = self._install(request) if request.operation == "Install" else _Done()
            stock = read_stock(self.root, self.os)
        except RootError as error:
            raise RunFailed(str(error)) from error
        self.scans += request.operation == "Scan"
        self.installs += request.operation == "Install"
        memory = recall(self.root)
        reboots = request.operation == "Install" and request.reboot_option == "RebootIfNeeded" and bool(memory.unbooted)
        waiting = frozenset() if reboots else frozenset(memory.unbooted)
        report = _Report(stock, read_baseline(request.baseline), memory, waiting, done.failed, request.now)
        return PatchOutcome(
            tuple(report.rows()),
            timedelta(seconds=time.monotonic() - began),
            exit_code=1 if done.failed or done.status else 0,
            output=_summary(request.operation, done),
            error=done.error,
            reboots=reboots,
        )

    def reboot(self, now: datetime) -> timedelta:
        """Record a restart: another boot id, and nothing waits for one any more."""
        memory = recall(self.root)
        memory.restart(now)
        keep(self.root, memory)
        self.reboots += 1
        return AWAY

    def applications(self) -> tuple[Application, ...]:
        """What dpkg says is installed now. Raises `RootError` when it says nothing."""
        return tuple(one.as_application() for one in installed(self.root).values())

    def _install(self, request: PatchRequest) -> _Done:
        stock = read_stock(self.root, self.os)
        baseline = read_baseline(request.baseline)
        versions = _wanted(stock, baseline, request)
        if not versions:
            return _Done()
        pinned = [f"{name}={version}" for name, version in versions.items()]
        if refused := self._refused(stock, baseline, pinned, request):
            return _Done(failed=frozenset(versions), status=1, error=refused)
        before = installed(self.root)
        ran = self.root.run(*_INSTALL, *pinned)
        after = installed(self.root)
        failed = frozenset(name for name, version in versions.items() if not after[name].sound or after[name].version != version)
        put = frozenset(name for name, one in after.items() if one.sound and (name not in before or before[name].version != one.version))
        memory = recall(self.root)
        memory.have_put(put, request.now)
        keep(self.root, memory)
        lacking = f"could not install: {', '.join(sorted(failed))}" if failed else ""
        error = "\n".join(part for part in (ran.error.strip() if ran.status else "", lacking) if part)
        return _Done(put, failed, ran.status, ran.output, error)

    def _refused(self, stock: Stock, baseline: Baseline, pinned: list[str], request: PatchRequest) -> str:
        """Why apt may not begin: a package that the baseline blocks would come along as a dependency."""
        if not baseline.block or request.override_list is not None:
            return ""
        along = moved(self.root.read(*_INSTALL, "--simulate", *pinned))
        known = (stock.os.packages[name] for name in along if name in stock.os.packages)
        blocked = sorted(package.name for package in known if named(package, package.releases[-1], baseline.rejected))
        return f"rejected by the baseline, but needed by others: {', '.join(blocked)}" if blocked else ""


def _wanted(stock: Stock, baseline: Baseline, request: PatchRequest) -> dict[str, str]:
    """Package name -> version to put on: by the override list when there is one, else by the baseline."""
    if request.override_list is not None:
        holdings = patching.Holdings(stock.os, dict(stock.have))
        chosen: Mapping[str, int] = patching.overridden(holdings, request.override_list, request.now)
    else:
        best = {name: best_approved(stock, baseline, name, request.now) for name in stock.have}
        chosen = {name: index for name, index in best.items() if index > stock.have[name]}
    return {name: stock.os.packages[name].releases[index].version for name, index in chosen.items()}


def best_approved(stock: Stock, baseline: Baseline, name: str, now: datetime) -> int:
    """Index of the newest version that the baseline approves and apt would move to; -1: none."""
    package = stock.os.packages[name]
    reach = len(package.releases) if name in stock.movable else stock.have[name] + 1
    return max((index for index in range(reach) if _approved(stock, baseline, name, index, now)), default=-1)


def _approved(stock: Stock, baseline: Baseline, name: str, index: int, now: datetime) -> bool:
    package = stock.os.packages[name]
    rejected = named(package, package.releases[index], baseline.rejected)
    return not rejected and approves(stock.os, baseline, package, index, now)


@dataclass(frozen=True, slots=True)
class _Report:
    """The patch report of one run: a row for each package that is installed."""

    stock: Stock
    baseline: Baseline
    memory: Memory
    waiting: frozenset[str]  # for a reboot
    failed: frozenset[str]
    now: datetime

    def rows(self) -> Iterator[PatchRecord]:
        return (self._row(name, have) for name, have in self.stock.have.items())

    def _row(self, name: str, have: int) -> PatchRecord:
        package = self.stock.os.packages[name]
        best = best_approved(self.stock, self.baseline, name, self.now)
        if name in self.failed or name in self.stock.unsound:
            return self._told(name, max(best, have), "Failed")
        if best > have:
            return self._told(name, best, "Missing")
        if name in self.waiting:
            return self._told(name, have, "InstalledPendingReboot")
        if self.baseline.block and named(package, package.releases[have], self.baseline.rejected):
            return self._told(name, have, "InstalledRejected")
        if _approved(self.stock, self.baseline, name, have, self.now):
            return self._told(name, have, "Installed")
        return PatchRecord("", name, "", "", "InstalledOther", self.memory.installed_at(name))

    def _told(self, name: str, index: int, state: str) -> PatchRecord:
        package = self.stock.os.packages[name]
        release = package.releases[index]
        since = None if state in {"Missing", "Failed"} else self.memory.installed_at(name)
        title = patching.title(self.stock.os, package, index)
        return PatchRecord(title, name, release.classification, release.severity, state, since)


def _summary(operation: str, done: _Done) -> str:
    return f"Operation: {operation}\nPatches installed: {len(done.put)}\nPatches failed: {len(done.failed)}\n{done.output}"
