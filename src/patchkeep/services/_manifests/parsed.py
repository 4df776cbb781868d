"""What one manifest gave, and which names and versions are fit to be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from patchkeep.domain.packages import Package

MOST_PACKAGES = 20_000  # of one file; npm's largest have some thousands
_LONGEST = 100  # characters of a path that are shown
_NAME = re.compile(r"[@A-Za-z0-9_][A-Za-z0-9@._/+~-]{0,213}")  # npm's own limit is the longest
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_~-]{0,99}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Packages in exact versions; `open`: what the file does not settle, as ends of sentences."""

    packages: tuple[Package, ...]
    open: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.packages) > MOST_PACKAGES:
            raise ValueError(f"it names more than {MOST_PACKAGES} packages")


def is_fit(package: Package) -> bool:
    """Whether name and version may be kept: the file is somebody else's text, and a version may be an address with a password in it."""
    told: tuple[object, ...] = (package.name, package.version)  # out of JSON they may be anything
    return all(isinstance(text, str) and rule.fullmatch(text) for text, rule in zip(told, (_NAME, _VERSION), strict=True))


def shown(path: str) -> str:
    """A file's path as it is kept and shown: the end of a long one, nothing that cannot be printed."""
    plain = path if path.isprintable() else ascii(path)[1:-1]
    return plain if len(plain) <= _LONGEST else f"...{plain[-_LONGEST:]}"
