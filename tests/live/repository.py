"""A small Debian repository in a root's own file system, for packages that behave as a test needs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from patchkeep.sandbox.live.chroot import Root
from patchkeep.sandbox.live.memory import Memory, keep

SECURITY, UPDATES = "bookworm-security", "bookworm-updates"


@dataclass(frozen=True, slots=True)
class Deb:
    """A package without content. `depends`: as in its control file; `breaks`: its configuration ends badly."""

    name: str
    version: str
    suite: str = SECURITY
    depends: str = ""
    breaks: bool = False

    def control(self) -> str:
        fields = {"Package": self.name, "Version": self.version, "Architecture": "all", "Maintainer": "Test <test@example.com>"}
        fields |= {"Section": "utils", "Priority": "optional"} | ({"Depends": self.depends} if self.depends else {})
        return "".join(f"{key}: {value}\n" for key, value in {**fields, "Description": "a test"}.items())


def build(root: Root, deb: Deb) -> Path:
    tree = root.path / "srv" / f"{deb.name}-{deb.version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(deb.control(), encoding="utf-8")
    script = tree / "DEBIAN/postinst"
    script.write_text(f"#!/bin/sh\nexit {1 if deb.breaks else 0}\n", encoding="utf-8")
    script.chmod(0o755)
    file = root.path / "srv/pool" / f"{tree.name}.deb"
    file.parent.mkdir(exist_ok=True)
    subprocess.run(["dpkg-deb", "--build", str(tree), str(file)], capture_output=True, check=True)
    return file


def offer(root: Root, debs: Iterable[Deb]) -> None:
    """Let these packages be all that the root's apt knows."""
    suites: dict[str, str] = {SECURITY: "", UPDATES: ""}
    for deb in debs:
        content = build(root, deb).read_bytes()
        place = f"Filename: pool/{deb.name}-{deb.version}.deb\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
        suites[deb.suite] += f"{deb.control()}{place}\n"
    for suite, packages in suites.items():
        _index(root, suite, packages)
    root.write("/etc/apt/sources.list.d/machine.sources", _SOURCES.format(suites=" ".join(suites)))


def put(root: Root, deb: Deb) -> None:
    """Put a package on with dpkg, as it was there before anyone came."""
    file = build(root, deb)
    root.read("dpkg", "--install", f"/{file.relative_to(root.path)}")


def clear(root: Root) -> None:
    """Take off what `put` and `offer` brought, and what the node remembers of it."""
    mine = {file.name.partition("-")[0] for file in (root.path / "srv/pool").glob("*.deb")}
    root.run("dpkg", "--purge", "--force-all", *mine)
    shutil.rmtree(root.path / "srv")
    (root.path / "srv").mkdir()
    keep(root, Memory())


_SOURCES = "Types: deb\nURIs: file:/srv\nSuites: {suites}\nComponents: main\nTrusted: yes\n"


def _index(root: Root, suite: str, packages: str) -> None:
    name, content = "main/binary-amd64/Packages", packages.encode()
    root.write(f"/srv/dists/{suite}/{name}", packages)
    head = f"Origin: Test\nSuite: {suite}\nCodename: {suite}\nComponents: main\nArchitectures: amd64\nDate: Mon, 23 Nov 2026 00:00:00 UTC\n"
    root.write(f"/srv/dists/{suite}/Release", f"{head}SHA256:\n {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n")
