"""What dpkg and apt themselves say of a root, read by other means than the agent's: from outside, and in one line of apt's own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from patchkeep.sandbox.live.chroot import Root

Versions = dict[str, str]
_INST = re.compile(r"^Inst (?P<name>\S+) \[[^\]]+\] \((?P<version>\S+) (?P<origins>[^[]+)")


def versions(path: Path) -> Versions:
    """Package -> version, for all that is installed: this machine's dpkg-query on the root's database."""
    shown = subprocess.run(
        ["dpkg-query", f"--admindir={path}/var/lib/dpkg", "--show", "--showformat", "${Package} ${Version} ${db:Status-Abbrev}\\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = (line.split() for line in shown.stdout.splitlines())
    return {name: version for name, version, status in rows if status[1] == "i"}


def pending_security_updates(root: Root) -> Versions:
    """What `apt-get --simulate upgrade` would bring in from Debian's security archive."""
    lines = root.read("apt-get", "--simulate", "upgrade").splitlines()
    found = (match for match in map(_INST.match, lines) if match)
    return {match["name"]: match["version"] for match in found if "Debian-Security" in match["origins"]}


def comes_along(root: Root, name: str, version: str) -> set[str]:
    """What apt would move, when asked for that one package."""
    lines = root.read("apt-get", "--simulate", "install", "--only-upgrade", f"{name}={version}").splitlines()
    return {match["name"] for match in map(_INST.match, lines) if match}


def moved(before: Versions, after: Versions) -> Versions:
    """What is there in another version than before, or wasn't there; "" for what is gone."""
    return {name: after.get(name, "") for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
