"""A root file system on this machine: commands inside it, files of it, and getting rid of it with nothing left mounted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",  # apt's and dpkg's words are read
    "DEBIAN_FRONTEND": "noninteractive",
}


class RootError(Exception):
    """A root file system could not be made, or a command in it that must work did not."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    output: str
    error: str


@dataclass(frozen=True, slots=True)
class Root:
    """One root file system. Nothing is mounted in it: minbase's maintainer scripts ask for neither /proc nor /sys."""

    path: Path

    def run(self, *command: str) -> Ran:
        """Run a command inside, as root, with a clean environment; it is for the caller to look at the status."""
        ran = subprocess.run(
            ["chroot", str(self.path), *command],
            env={**_ENVIRONMENT, **proxies()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def read(self, *command: str) -> str:
        """Return the output of a command that must succeed; raises `RootError` with its own words."""
        ran = self.run(*command)
        if ran.status != 0:
            raise RootError(f"{' '.join(command[:3])} ended with {ran.status}: {ran.error.strip() or ran.output.strip()}")
        return ran.output

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        """Put a file inside; `name` is absolute as seen from within."""
        file = self.path / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def take(self, name: str) -> None:
        """Copy a file of this machine to the same place inside."""
        file = self.path / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(name, file)


def proxies(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The proxies that this machine's environment names."""
    return {name: environment[name] for name in _PROXIES if environment.get(name)}


def remove(path: Path) -> None:
    """Delete a tree, after unmounting whatever is mounted below it. Raises `RootError` rather than delete through a mount."""
    for target in reversed(_mounted_below(path)):
        subprocess.run(["umount", target], capture_output=True, check=False)
    if left := _mounted_below(path):
        raise RootError(f"{left[0]} cannot be unmounted, so {path} stays")
    if path.exists():
        shutil.rmtree(path)


def _mounted_below(path: Path) -> list[str]:
    """Mount points at or below a path, in the order they were mounted in."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    # mountinfo(5) writes a blank as \040
    targets = [Path(line.split()[4].replace("\\040", " ")) for line in lines]
    return [str(target) for target in targets if target.is_relative_to(path.resolve())]
