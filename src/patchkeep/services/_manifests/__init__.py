"""What files name the software that an application brings along, in exact versions: lock files, pinned lines, names of archives. Pure.

A file that leaves the choice to whoever builds (`pom.xml`, a range in `package.json`) names no version, and that is said: it is never
an empty list. Ecosystems are named as package URLs name their types, https://github.com/package-url/purl-spec.

    python   requirements.txt, Pipfile.lock, poetry.lock, uv.lock, and *.dist-info by its name
    node     package-lock.json, npm-shrinkwrap.json, yarn.lock
    others   Gemfile.lock, composer.lock, go.mod, *.deps.json, and *.jar by its name
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from patchkeep.domain.packages import Package
from patchkeep.domain.wording import counted
from patchkeep.services._manifests import node, others, python
from patchkeep.services._manifests.parsed import Parsed, is_fit, shown

__all__ = ["FAILURES", "Parsed", "is_archive", "is_manifest", "leaves_open", "named_by_path", "read", "shown"]

FAILURES = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # what reading a file that isn't what it is called raises

_READERS: Mapping[str, Callable[[bytes], Parsed]] = {
    "requirements.txt": python.requirements,
    "Pipfile.lock": python.pipfile_lock,
    "poetry.lock": python.locked,
    "uv.lock": python.locked,
    "package-lock.json": node.package_lock,
    ".package-lock.json": node.package_lock,  # npm's own record of what is in node_modules
    "npm-shrinkwrap.json": node.package_lock,
    "yarn.lock": node.yarn_lock,
    "Gemfile.lock": others.gemfile_lock,
    "composer.lock": others.composer_lock,
    "go.mod": others.go_mod,
}
_UNRESOLVED = {  # file -> those that settle what it leaves to its build
    "pom.xml": (),
    "build.gradle": (),
    "build.gradle.kts": (),
    "pnpm-lock.yaml": (),
    "setup.py": (),
    "package.json": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", ".package-lock.json"),
    "Pipfile": ("Pipfile.lock",),
    "pyproject.toml": ("poetry.lock", "uv.lock", "requirements.txt"),
    "Gemfile": ("Gemfile.lock",),
    "composer.json": ("composer.lock",),
}
_ARCHIVES = (".jar", ".war", ".ear", ".zip", ".whl", ".tgz", ".tar.gz", ".tar")
_NOT_LOOKED_INTO = frozenset({"node_modules", "__MACOSX", ".git"})


def is_manifest(path: str) -> bool:
    """Whether a file of an archive is one that `read` understands; what belongs to a dependency itself is none."""
    file = PurePosixPath(path)
    if file.name == ".package-lock.json":
        return len(file.parts) > 1 and file.parts[-2] == "node_modules" and file.parts.count("node_modules") == 1
    return _reader(file.name) is not None and _NOT_LOOKED_INTO.isdisjoint(file.parts)


def read(path: str, content: bytes) -> Parsed:
    """Packages that a manifest names, and what it leaves open. Raises one of FAILURES for a file that is not what it is called."""
    reader = _reader(PurePosixPath(path).name)
    if reader is None:
        raise ValueError(f"{path} is no manifest")
    parsed = reader(content)
    kept = {replace(package, file=shown(path)) for package in parsed.packages if is_fit(package)}
    odd = sum(not is_fit(package) for package in parsed.packages)
    said = (*parsed.open, *([f"{counted(odd, 'package')} without a plain name and version"] if odd else []))
    return Parsed(tuple(sorted(kept)), tuple(f"{shown(path)}: {why}" for why in said))


def _reader(name: str) -> Callable[[bytes], Parsed] | None:
    return others.deps_json if name.endswith(".deps.json") else _READERS.get(name)


def named_by_path(path: str) -> Package | None:
    """The package that an archive's or a folder's name tells, without a look inside."""
    found = others.jar(path) or python.dist_info(path)
    return replace(found, file=shown(path)) if found and is_fit(found) else None


def is_archive(path: str) -> bool:
    return path.casefold().endswith(_ARCHIVES) and _NOT_LOOKED_INTO.isdisjoint(PurePosixPath(path).parts)


def leaves_open(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Files that name dependencies in versions that only their build settles, and beside which no file does."""
    there = {PurePosixPath(path).name for path in paths}
    loose = []
    for path in paths:
        file = PurePosixPath(path)
        settled = _UNRESOLVED.get(file.name)
        if settled is not None and there.isdisjoint(settled) and _NOT_LOOKED_INTO.isdisjoint(file.parts):
            loose.append(path)
    return tuple(shown(path) for path in sorted(loose))
