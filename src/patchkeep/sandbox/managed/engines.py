"""Engines with versions and lifecycles, as `catalogue/NAME-engines.txt` has them: what is on offer at a moment, what a version may become.

Each file says where its rows are from and marks with `~` what was invented so that versions keep coming in the demo's virtual time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

Ordered = tuple[int, ...]


def ordered(version: str) -> Ordered:
    """Its numbers, for comparing; whatever else stands there does not count."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


@dataclass(frozen=True, slots=True)
class Version:
    """`automatic`: when AWS begins to upgrade to it those who let it; `until`: from then on deprecated."""

    number: str
    major: str
    at: datetime
    automatic: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Major:
    """A line of versions; None where its engine states no end."""

    number: str
    starts: datetime
    standard_ends: datetime | None
    extended_ends: datetime | None


@dataclass(frozen=True, slots=True)
class Engine:
    """Versions are in order. `strides`: it may skip majors when it is upgraded."""

    name: str
    title: str
    strides: bool
    majors: tuple[Major, ...]
    versions: tuple[Version, ...]

    def known(self, now: datetime) -> tuple[Version, ...]:
        """What has been released by now, deprecated or not."""
        return tuple(version for version in self.versions if version.at <= now)

    def version(self, number: str, now: datetime) -> Version | None:
        return next((version for version in self.known(now) if version.number == number), None)

    def targets(self, source: Version, now: datetime) -> tuple[Version, ...]:
        """Versions that `source` may become: newer of its major, and of later majors those that are no older than it."""
        lines = [major.number for major in self.majors]
        here = lines.index(source.major)
        reach = lines[here : None if self.strides else here + 2]
        return tuple(
            version
            for version in self.known(now)
            if version.major in reach
            and ordered(version.number) > ordered(source.number)
            and (version.major == source.major or version.at >= source.at)
            and (version.until is None or version.until > now)
        )


@cache
def engines(service: str) -> dict[str, Engine]:
    """The engines of `catalogue/SERVICE-engines.txt` by name."""
    text = files("patchkeep.sandbox").joinpath("catalogue", f"{service}-engines.txt").read_text(encoding="utf-8")
    return {engine.name: engine for engine in _read(text)}


def _read(text: str) -> list[Engine]:
    found: list[Engine] = []
    lines = (line.strip("~ ") for line in text.splitlines() if not line.startswith("#"))
    for words in filter(None, map(str.split, lines)):
        match words:
            case ["engine", name, strides, *title]:
                found.append(Engine(name, " ".join(title), strides == "strides", (), ()))
            case ["major", number, starts, standard, extended]:
                major = Major(number, _date(starts), _end(standard), _end(extended))
                found[-1] = _with(found[-1], major=major)
            case [date, number, *marks]:
                dates = {key: _date(value) for key, value in (mark.split("=") for mark in marks)}
                version = Version(number, found[-1].majors[-1].number, _date(date), dates.get("automatic"), dates.get("until"))
                found[-1] = _with(found[-1], version=version)
            case _:
                raise ValueError(f"engines: cannot read {' '.join(words)}")
    return found


def _with(engine: Engine, major: Major | None = None, version: Version | None = None) -> Engine:
    majors = (*engine.majors, *([major] if major else ()))
    versions = (*engine.versions, *([version] if version else ()))
    return Engine(engine.name, engine.title, engine.strides, majors, versions)


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _end(text: str) -> datetime | None:
    return None if text == "-" else _date(text)
