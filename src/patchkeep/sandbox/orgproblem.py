"""What is wrong with an organization file, said as a path, what it is, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from patchkeep.sandbox.orgschema import AccountEntry, Fleet, Organization, OrgFile, ResourceEntry

_SHAPES: dict[str, type[BaseModel]] = {
    "organization": Organization,
    "accounts": AccountEntry,
    "fleets": Fleet,
    "resources": ResourceEntry,
}
_WRITE = {  # by the field's own name: what a good value looks like
    "id": 'twelve digits in quotes, "111122223333"',
    "management": 'twelve digits in quotes, "111122223333"',
    "regions": "Regions as AWS names them, eu-central-1",
    "starts": "a moment with its zone, 2026-09-01T06:00:00Z",
    "behind": "days, 30d or 20d..90d",
    "seed": "a whole number",
    "count": "a whole number from 1 to 5000",
    "name": "a name; a fleet's in small letters, digits and hyphens",
    "accounts": "at least one account",
    "os": "at least one operating system with its weight, {debian-12: 1}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    path: str  # "accounts[2].fleets[0].os"
    what: str  # and what to write instead

    def __str__(self) -> str:
        return f"{self.path}: {self.what}" if self.path else self.what


class OrgFileError(Exception):
    """The organization file cannot be used; `problems` holds all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """All of them, but for those that only follow from another ("nothing left of accounts")."""
    errors = error.errors()
    return tuple(_problem(each) for each in errors if not _follows(each, errors))


def _follows(error: Any, errors: Sequence[Any]) -> bool:
    place = error["loc"]
    return error["type"] == "too_short" and any(other["loc"][: len(place)] == place and other["loc"] != place for other in errors)


def _problem(error: Any) -> Problem:
    places = [place for place in error["loc"] if place != "[key]"]
    path = "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places).lstrip(".")
    field = next((place for place in reversed(places) if isinstance(place, str)), "")
    match error["type"]:
        case "extra_forbidden":
            return Problem(path, f"unknown key; write {_nearest(str(places[-1]), tuple(_shape(places[:-1]).model_fields))}")
        case "literal_error":
            words = tuple(word.strip("' ") for word in error["ctx"]["expected"].replace(" or ", ", ").split(","))
            return Problem(path, f"{error['input']!r} is not known here; write {_nearest(str(error['input']), words)}")
        case "model_type":
            return Problem(path or "the file", f"is not a mapping; write its keys: {', '.join(_shape(places).model_fields)}")
        case "missing":
            return Problem(path, f"is missing; write {_WRITE.get(field, 'it')}")
        case "string_type" if isinstance(error["input"], int) and field not in _WRITE:
            return Problem(path, f'is a number; write it as text, in quotes: "{error["input"]}"')
        case kind if field in _WRITE and kind in _PYDANTIC_OWN:
            return Problem(path, f"{error['input']!r} will not do; write {_WRITE[field]}")
        case _:
            return Problem(path, error["msg"])


_PYDANTIC_OWN = frozenset(
    {
        "string_type",
        "string_pattern_mismatch",
        "timezone_aware",
        "datetime_type",
        "datetime_parsing",
        "datetime_from_date_parsing",
        "date_type",
        "int_type",
        "greater_than_equal",
        "less_than_equal",
        "too_short",
        "tuple_type",
        "dict_type",
    }
)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(word, known, 1)
    return near[0] if near else "one of " + ", ".join(known)


def _shape(places: list[Any]) -> type[BaseModel]:
    return next((_SHAPES[place] for place in reversed(places) if place in _SHAPES), OrgFile)
