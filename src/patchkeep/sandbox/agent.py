"""What runs on a node: the seam between SSM and a machine, simulated or real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class PatchRecord:
    """One row of DescribeInstancePatches. `state` is spelt as AWS's API answers it ("Missing", "InstalledPendingReboot")."""

    title: str
    kb_id: str  # the id AWS uses: "KB5044277" on Windows, "openssl.x86_64" or "libssl3" style names on Linux
    classification: str
    severity: str
    state: str
    installed_time: datetime | None
    cve_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatchRequest:
    """One run of AWS-RunPatchBaseline on one node."""

    operation: str  # "Scan" | "Install"
    baseline: dict[str, Any]  # the shape of GetPatchBaseline's answer
    now: datetime
    reboot_option: str = "RebootIfNeeded"  # "NoReboot"
    override_list: tuple[dict[str, str], ...] | None = None  # parsed InstallOverrideList: id, title
    fails: tuple[str, ...] = ()  # packages whose installation is to fail; ("*",): all. A real machine does not heed it


@dataclass(frozen=True, slots=True)
class PatchOutcome:
    """What the run left on the node. `reboots`: the agent reboots the node when the run has ended."""

    patches: tuple[PatchRecord, ...]
    lasted: timedelta
    exit_code: int = 0
    output: str = ""
    error: str = ""
    reboots: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """One row of the inventory type AWS:Application."""

    name: str
    version: str  # as SSM reports it: upstream version only; the release is apart
    release: str
    epoch: str
    architecture: str
    publisher: str = ""
    summary: str = ""
    installed_time: datetime | None = None


class RunFailed(Exception):  # noqa: N818 - it says what happened
    """The run broke off before the machine's state was known, so there is nothing to report. The text is the machine's own."""


class Agent(Protocol):
    """SSM Agent and the machine beneath it."""

    def patch(self, request: PatchRequest) -> PatchOutcome:
        """Carry out a Scan or an Install now; the caller decides when in virtual time its end is seen. May raise `RunFailed`."""

    def reboot(self, now: datetime) -> timedelta:
        """Restart; returns how long the node is away."""

    def applications(self) -> tuple[Application, ...]:
        """What the package database says is installed now."""
