"""endoflife.date: until when the lines of a product are supported.

Read in both shapes that it publishes: its API's documents (one product, or all of them), and the product files behind it, whose
front matter says the same. Keys that are not read here may come and go; a date that is none is an error, never "no end known".

Sources: https://endoflife.date/docs/api/v1/ (ProductResponse, FullProductListResponse, ProductRelease), and
https://github.com/endoflife-date/endoflife.date/blob/master/CONTRIBUTING.md (front matter: releaseCycle, eol, eoes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import yaml

from patchkeep.domain.asset import Support
from patchkeep.feeds import FeedError

ALL = "https://endoflife.date/api/v1/products/full"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FRONT = re.compile(r"\A---\r?\n(.*?)^---\s*$", re.DOTALL | re.MULTILINE)


def read(content: bytes, address: str, as_of: date | None = None) -> tuple[Support, ...]:
    """The lines of support that a document tells of, in its order. `as_of`: for documents that don't say of when they are.

    Raises `FeedError` for what is neither of the shapes, for a date that is none, and where nothing says of when the document is.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FeedError(f"{address} is not UTF-8 text ({error.reason})") from error
    if text.lstrip().startswith("{"):
        return tuple(_document(text, address, as_of))
    return tuple(_front_matter(text, address, as_of))


def _document(text: str, address: str, as_of: date | None) -> Iterator[Support]:
    """A ProductResponse (`result` is a product) or a FullProductListResponse (`result` is a list of them)."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FeedError(f"{address} is not JSON: {error}") from error
    result = document.get("result")
    told = _moment(document["generated_at"], f"{address}: generated_at") if document.get("generated_at") else as_of
    for product in _rows(result if isinstance(result, list) else [result], f"{address}: result"):
        if "releases" not in product:
            raise FeedError(f"{address} lists products without their releases: the full list is {ALL}")
        name = _word(product.get("name"), f"{address}: result.name")
        for release in _rows(product["releases"], f"{address}: {name}.releases"):
            yield _line(address, _dated(told, address), name, _word(release.get("name"), f"{name}: a release's name"), _api_ends(release))


def _api_ends(release: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """`isEol` with `eolFrom`, `isEoes` with `eoesFrom`: the date where there is one, else whether it is over."""
    for key, day, over in (("eol", "eolFrom", "isEol"), ("eoes", "eoesFrom", "isEoes")):
        yield key, release[day] if release.get(day) is not None else release.get(over)


def _front_matter(text: str, address: str, as_of: date | None) -> Iterator[Support]:
    found = _FRONT.match(text)
    if found is None:
        raise FeedError(f"{address} is neither a document of endoflife.date's API nor a product file with front matter")
    try:
        product = yaml.load(found[1], _LOADER)  # noqa: S506 - a safe loader, in C where there is one
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that no calendar has
        raise FeedError(f"{address}: {' '.join(str(error).split())}") from error
    if not isinstance(product, Mapping):
        raise FeedError(f"{address}: its front matter has no keys")
    name = _word(product.get("permalink"), f"{address}: permalink").removeprefix("/")
    for release in _rows(product.get("releases"), f"{address}: releases"):
        line = _word(release.get("releaseCycle"), f"{name}: a releaseCycle")
        yield _line(address, _dated(as_of, address), name, line, ((key, release.get(key)) for key in ("eol", "eoes")))


def _line(address: str, as_of: date, product: str, name: str, ends: Iterable[tuple[str, Any]]) -> Support:
    (_, standard), (_, extended) = ((key, _end(value, f"{product} {name}: {key}")) for key, value in ends)
    return Support(
        product=product,
        line=name,
        standard_until=standard if isinstance(standard, date) else None,
        extended_until=extended if isinstance(extended, date) else None,
        source=address,
        as_of=as_of,
        over=standard is True,
    )


def _end(value: Any, place: str) -> date | bool:
    """A day; True: over, nobody says since when; False: no end is known."""
    match value:
        case None:
            return False
        case bool():
            return value
        case datetime():
            raise FeedError(f"{place} is {value}, and not a day")
        case date():
            return value
        case str() if _DAY.fullmatch(value):
            return _day(value, place)
        case _:
            raise FeedError(f"{place} is {value!r}, and neither a day (2027-02-28) nor true or false")


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FeedError(f"{place} is {text!r}, a day that no calendar has") from error


def _moment(text: Any, place: str) -> date:
    """The day of a moment such as 2026-08-22T08:52:00+00:00."""
    if not isinstance(text, str) or not _DAY.match(text):
        raise FeedError(f"{place} is {text!r}, and not a moment")
    return _day(text[:10], place)


def _dated(as_of: date | None, address: str) -> date:
    if as_of is None:
        raise FeedError(f"{address} doesn't say of when it is: name its date (`--as-of 2026-08-22`)")
    return as_of


def _rows(value: Any, place: str) -> Iterator[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise FeedError(f"{place} is not a list")
    for row in value:
        if not isinstance(row, Mapping):
            raise FeedError(f"{place}: a row is {row!r}, and has no keys")
        yield row


def _word(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FeedError(f"{place} is {value!r}, and not a name")
    return value
