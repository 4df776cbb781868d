"""What one manifest gave, and which names and versions are fit to be kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from patchkeep.domain.packages import Package

MOST_PACKAGES = 20_000  # of one file; npm's largest have some thousands
_LONGEST = 214  # characters of a name (npm's own limit) or version


@dataclass(frozen=True, slots=True)
class Parsed:
    """Packages in exact versions; `open`: what the file does not settle, as ends of sentences."""

    packages: tuple[Package, ...]
    open: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.packages) > MOST_PACKAGES:
            raise ValueError(f"it names more than {MOST_PACKAGES} packages")


def sound(package: Package, path: str) -> Package:
    """The package with the file that names it. ValueError for a name or version that is none: the file is somebody else's text."""
    told: tuple[object, ...] = (package.name, package.version)  # out of JSON they may be anything
    for text in told:
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST or not text.isprintable() or " " in text:
            raise ValueError("it names a package that can have no such name or version")
    return replace(package, file=path[-_LONGEST:] if path.isprintable() else ascii(path)[:_LONGEST])


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
