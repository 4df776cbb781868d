"""Manifests of Ruby, PHP, Go and .NET, and what the name of a Java archive tells.

https://bundler.io/man/gemfile.5.html, https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control,
https://go.dev/ref/mod#go-mod-file, https://learn.microsoft.com/dotnet/core/dependency-loading/default-probing (`*.deps.json`).
"""

from __future__ import annotations

import json
import re

from patchkeep.domain.packages import Package
from patchkeep.domain.wording import counted
from patchkeep.services._manifests.parsed import Parsed

_GEM = re.compile(r"    ([^\s(]+) \(([^\s)-]+)(?:-[^)]*)?\)")  # four spaces: a gem; six: what it needs. After a hyphen: its platform
_REQUIRED = re.compile(r"(?:require\s+)?(\S+)\s+(v\S+)(?:\s*//.*)?")
_REPLACED = re.compile(r"(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+(\S+)(?:\s+(v\S+))?")
_BEFORE_VERSION = re.compile(r"-(?=\d)")


def gemfile_lock(content: bytes) -> Parsed:
    text = content.decode()
    if "specs:" not in text:
        raise ValueError("it has no specs")
    found = (match for line in text.splitlines() if (match := _GEM.fullmatch(line)))
    return Parsed(tuple(Package(match[1], match[2], ecosystem="gem") for match in found))


def composer_lock(content: bytes) -> Parsed:
    """Without `packages-dev`: they are not installed where the application runs."""
    rows = json.loads(content)["packages"]
    return Parsed(tuple(Package(row["name"], row["version"], ecosystem="composer") for row in rows))


def go_mod(content: bytes) -> Parsed:
    """The versions that Go selects, since 1.17 also of what is needed indirectly. go.sum has others, too, so that is not read."""
    lines = [line.strip() for line in content.decode().splitlines()]
    if not any(line.startswith("module ") for line in lines):
        raise ValueError("it names no module")
    required: dict[str, str] = {}
    replaced: dict[str, tuple[str, str]] = {}
    block = ""
    for line in lines:
        if line.endswith("("):
            block = line[:-1].strip()
        elif line == ")":
            block = ""
        elif "require" in {block, line.partition(" ")[0]} and (found := _REQUIRED.fullmatch(line)):
            required[found[1]] = found[2]
        elif "replace" in {block, line.partition(" ")[0]} and (found := _REPLACED.fullmatch(line)):
            replaced[found[1]] = (found[2], found[3] or "")
    chosen = [replaced.get(name, (name, version)) for name, version in required.items()]
    folders = sum(not version for _, version in chosen)
    packages = (Package(name, version, ecosystem="golang") for name, version in chosen if version)
    return Parsed(tuple(packages), (f"{counted(folders, 'module')} replaced by a folder",) if folders else ())


def deps_json(content: bytes) -> Parsed:
    """What `dotnet publish` writes beside an application: "Newtonsoft.Json/13.0.1"."""
    rows = json.loads(content)["libraries"]
    pairs = (name.rpartition("/") for name, row in rows.items() if row["type"] == "package")
    return Parsed(tuple(Package(name, version, ecosystem="nuget") for name, _, version in pairs))


def jar(path: str) -> Package | None:
    """Of a path like "WEB-INF/lib/log4j-core-2.14.1.jar". Such a name tells no group."""
    stem = path.rpartition("/")[2].removesuffix(".jar") if path.endswith(".jar") else ""
    name, *version = _BEFORE_VERSION.split(stem, maxsplit=1)
    return Package(name, version[0], ecosystem="maven") if version else None
