"""Root file systems for live nodes: debootstrap makes one a day, each node works on a copy.

The base suite alone is installed; its security suite is added to the sources afterwards, so that its updates are pending as on a
machine nobody has patched since the last point release.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from patchkeep.sandbox.live.chroot import Root, RootError, proxies, remove
from patchkeep.sandbox.live.mirror import Mirror, apt_proxies, machines_mirror
from patchkeep.sandbox.live.unavailable import LiveUnavailable, must_be_possible

CACHE = "PATCHKEEP_LIVE_CACHE"  # environment: where root file systems are kept; else the user's cache directory
_SILENT = "Failed getting release file"  # debootstrap's words for a mirror that doesn't answer
_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_NO_SERVICES = "#!/bin/sh\nexit 101\n"  # policy-rc.d: nothing is started when a package is put on
_OWN_SETTINGS = """\
Acquire::Languages "none";
Acquire::GzipIndexes "true";
APT::Install-Recommends "false";
Dpkg::Use-Pty "false";
Dir::Cache::srcpkgcache "";
"""  # small, as there are many copies; and without a terminal, which a root has none of


def cache_directory() -> Path:
    """Where root file systems are kept between runs."""
    chosen = os.environ.get(CACHE)
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "patchkeep"


def prepared(suite: str) -> Path:
    """Today's root file system of a suite, made when there is none yet (about half a minute). Not to be worked in: `copied` is.

    Raises `LiveUnavailable` where this machine can't have any, `RootError` where making it failed.
    """
    must_be_possible()
    with _alone():
        return _prepared(suite)


def copied(suite: str, to: Path) -> Root:
    """Make a node's own copy, at a path that isn't there yet. Raises as `prepared` does."""
    must_be_possible()
    with _alone():
        _do("cp", "--archive", "--reflink=auto", str(_prepared(suite)), str(to))
    return Root(to)


@contextmanager
def nest() -> Iterator[Path]:
    """A temporary directory for the copies of one run, gone afterwards; what killed runs left is swept away."""
    with _alone():
        for abandoned in Path(tempfile.gettempdir()).glob("patchkeep-live-*"):
            _sweep(abandoned)
        place = Path(tempfile.mkdtemp(prefix="patchkeep-live-"))
        held = (place / "held").open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield place
    finally:
        with _alone():
            remove(place)
        held.close()


def _sweep(abandoned: Path) -> None:
    """Remove a run's directory when its process is dead: a dead one holds no lock."""
    try:
        with (abandoned / "held").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(abandoned)
    except BlockingIOError:
        return


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time makes, copies and sweeps."""
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepared(suite: str) -> Path:
    cache = cache_directory()
    wanted = cache / f"rootfs-{suite}-{datetime.now(UTC):%Y-%m-%d}"
    if wanted.exists():
        return wanted
    mirror = machines_mirror(suite)
    making = Root(cache / f"making-{suite}")
    remove(making.path)
    _debootstrap(mirror, suite, making)
    _dress(making, mirror)
    for old in cache.glob(f"rootfs-{suite}-*"):
        remove(old)
    return making.path.rename(wanted)


def _debootstrap(mirror: Mirror, suite: str, root: Root) -> None:
    options = ["--variant=minbase", f"--components={','.join(mirror.base.words('components'))}"]
    keys = mirror.base.words("signed-by")
    if keys and keys[0].endswith(".gpg"):
        options.append(f"--keyring={keys[0]}")
    if mirror.base.fields.get("trusted", "no").lower() in {"yes", "true", "1"}:
        options.append("--no-check-gpg")
    command = ["debootstrap", *options, suite, str(root.path), mirror.base.words("uris")[0]]
    ran = subprocess.run(command, env={**os.environ, **apt_proxies(), **proxies()}, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        said = next((line for line in ran.stdout.splitlines() if line.startswith("E:")), (ran.stdout + ran.stderr).strip()[-300:])
        remove(root.path)
        if _SILENT in said:
            raise LiveUnavailable(f"the Debian mirror of this machine's apt does not answer: {said}")
        raise RootError(f"debootstrap failed: {said}")


def _dress(root: Root, mirror: Mirror) -> None:
    """Give the root this machine's way to the mirror, and the suites that bring updates."""
    names = ["/etc/resolv.conf", "/etc/hosts", *mirror.files]
    for name in [*names, _BUNDLE]:
        if Path(name).is_file():
            root.take(name)
    (root.path / "etc/apt/sources.list").unlink(missing_ok=True)
    root.write("/etc/apt/sources.list.d/machine.sources", "\n".join(stanza.text() for stanza in (mirror.base, *mirror.rest)))
    root.write("/etc/apt/apt.conf.d/90machine", "".join(f"{line}\n" for line in mirror.settings) + _OWN_SETTINGS)
    root.write("/etc/dpkg/dpkg.cfg.d/throw-away", "force-unsafe-io\n")
    root.write("/usr/sbin/policy-rc.d", _NO_SERVICES, 0o755)
    for stale in (root.path / "var/lib/apt/lists").glob("*_Packages"):
        stale.unlink()  # debootstrap's own, unpacked
    root.read("apt-get", "update", "--error-on=any")
    root.read("apt-get", "clean")


def _do(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise RootError(f"{command[0]} failed: {ran.stderr.strip()}")
