"""A machine that exists only as numbers: its packages, what is put on it but not booted, how it misbehaves.

Traits: "fails-install" (every package), "fails-install:NAME" (that one), "install-error" (the run itself breaks off),
"never-comes-back" (from a reboot), "slow" (five times as long), "unattended-upgrades" (see `upgrade_unattended`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zlib import crc32

from patchkeep.sandbox import patching
from patchkeep.sandbox.agent import Application, PatchOutcome, PatchRequest
from patchkeep.sandbox.approval import Baseline, is_security, read_baseline, split_version
from patchkeep.sandbox.catalogue import Package, system

FOR_EVER = timedelta(days=36500)  # how long a node that never comes back is away
_ARCHITECTURES = {"amd64": "x86_64", "x64": "x86_64"}  # the SSM agent reports one spelling for all systems
_WINDOWS_APPLICATIONS = (  # update line that it comes with, or ""; name; version; publisher
    ("", "Amazon SSM Agent", "3.3.3050.0", "Amazon Web Services"),
    ("", "AWS PV Drivers", "8.5.0", "Amazon Web Services"),
    ("", "aws-cfn-bootstrap", "2.0.34", "Amazon Web Services"),
    ("dotnet-8", "Microsoft .NET Runtime - 8.0.20 (x64)", "64.80.36945", "Microsoft Corporation"),
    ("sql-server-2019", "Microsoft SQL Server 2019 (64-bit)", "15.0.4430.1", "Microsoft Corporation"),
)


class SimulatedAgent:
    """Implements `sandbox.agent.Agent`. Same `seed`, same packages and durations, on every machine and in every run."""

    def __init__(self, os: str, packages_of: datetime, seed: str, traits: frozenset[str] = frozenset()) -> None:
        """`packages_of`: the day whose releases the machine has (a package that came later: its first release)."""
        self.seed, self.traits = seed, traits
        self.holdings = patching.Holdings(system(os))
        self.installs = self.reboots = 0
        self.history: list[tuple[datetime, str]] = []  # "Scan", "Install", "Reboot", "Unattended", each with its time
        for package in self.holdings.os.packages.values():
            if crc32(f"{seed}/{package.name}".encode()) % 100 < package.presence:
                self.holdings.put(package.name, max(package.index_at(packages_of), 0), packages_of)

    def patch(self, request: PatchRequest) -> PatchOutcome:
        """A Scan, or an Install of what the baseline or the override list asks for.

        With `reboots` the rows are what the report will be once the node is back; before `reboot` is called nothing of it is booted.
        """
        self.history.append((request.now, request.operation))
        baseline = read_baseline(request.baseline)
        if request.operation == "Install":
            return self._install(request, baseline)
        rows = patching.scan(self.holdings, baseline, request.now)
        return PatchOutcome(rows, self._lasts("scan", 40, 90), output=_summary("Scan", 0, 0))

    def reboot(self, now: datetime) -> timedelta:
        """Restart: what was put on is running now. Returns the time away, `FOR_EVER` for a node that never comes back."""
        self.history.append((now, "Reboot"))
        self.reboots += 1
        self.holdings.unbooted.clear()
        return FOR_EVER if "never-comes-back" in self.traits else self._lasts("reboot", 60, 180)

    def applications(self) -> tuple[Application, ...]:
        """AWS:Application as the SSM agent gathers it: rpm's version, release and epoch apart, a deb's version whole."""
        if self.holdings.os.family == "windows":  # updates are no applications there: SSM has AWS:WindowsUpdate for them
            return tuple(
                Application(name, version, "", "", "x86_64", publisher)
                for line, name, version, publisher in _WINDOWS_APPLICATIONS
                if not line or line in self.holdings.index
            )
        found = tuple(self._application(self.holdings.os.packages[name], index) for name, index in self.holdings.index.items())
        by_itself = (Application("unattended-upgrades", "2.9.1+nmu3", "", "", "x86_64"),) if "unattended-upgrades" in self.traits else ()
        return found + by_itself

    def upgrade_unattended(self, now: datetime) -> int:
        """What unattended-upgrades does every morning: security updates, past Patch Manager and without a reboot. Returns how many."""
        moved = 0
        for name, have in tuple(self.holdings.index.items()):
            package = self.holdings.os.packages[name]
            newer = range(package.index_at(now), have, -1)
            chosen = next((index for index in newer if is_security(self.holdings.os, package.releases[index])), None)
            if chosen is not None:
                self.holdings.put(name, chosen, now)
                moved += 1
        if moved:
            self.history.append((now, "Unattended"))
        return moved

    def leave_unbooted(self, now: datetime) -> None:
        """Bring the packages that ask for a reboot to their newest release, as an Install with NoReboot left them at `now`."""
        for name, package in self.holdings.os.packages.items():
            if name in self.holdings.index and package.requires_reboot:
                newest = max(package.index_at(now), self.holdings.index[name])
                self.holdings.put(name, newest, now)
                self.holdings.unbooted.add(name)

    def _install(self, request: PatchRequest, baseline: Baseline) -> PatchOutcome:
        self.installs += 1
        now, override = request.now, request.override_list
        chosen = patching.wanted(self.holdings, baseline, now) if override is None else patching.overridden(self.holdings, override, now)
        failed = {name for name in chosen if self._fails(name) or not {"*", name}.isdisjoint(request.fails)}
        put = {name: index for name, index in chosen.items() if name not in failed}
        for name, index in put.items():
            self.holdings.put(name, index, now)
            self.holdings.unbooted.add(name)
        reboots = request.reboot_option == "RebootIfNeeded" and bool(self.holdings.unbooted)
        after = replace(self.holdings, unbooted=set()) if reboots else self.holdings
        return PatchOutcome(
            patching.scan(after, baseline, now, failed),
            min(self._lasts("install", 90, 150) + timedelta(seconds=12 * len(put)), self._longest()),
            exit_code=1 if failed else 0,
            output=_summary("Install", len(put), len(failed)),
            error=f"could not install: {', '.join(sorted(failed))}" if failed else "",
            reboots=reboots,
        )

    def _fails(self, name: str) -> bool:
        return not self.traits.isdisjoint({"install-error", "fails-install", f"fails-install:{name}"})

    def _lasts(self, what: str, least: int, most: int) -> timedelta:
        chance = crc32(f"{self.seed}/{what}/{len(self.history)}".encode())
        return timedelta(seconds=least + chance % (most - least + 1)) * (5 if "slow" in self.traits else 1)

    def _longest(self) -> timedelta:
        return timedelta(minutes=50 if "slow" in self.traits else 10)

    def _application(self, package: Package, index: int) -> Application:
        os = self.holdings.os
        epoch, version, release = split_version(os, package.releases[index].version)
        return Application(
            name=package.name,
            version=version,
            release=release,
            epoch=epoch,
            architecture=_ARCHITECTURES.get(package.arch, package.arch),
            publisher=os.publisher,
            installed_time=self.holdings.since[package.name] if os.family == "rpm" else None,  # dpkg does not know
        )


def _summary(operation: str, put: int, failed: int) -> str:
    return f"Operation: {operation}\nPatches installed: {put}\nPatches failed: {failed}\n"
