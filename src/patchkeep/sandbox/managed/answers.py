"""Pages and filters as the query services of AWS have them; the names of the parameters are arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from patchkeep.sandbox.operation import Answer, AwsError, Params, page

Row = TypeVar("Row")
Reads = Mapping[str, Callable[[Row], Iterable[str]]]


def paged(
    params: Params, key: str, rows: Sequence[Any], bounds: tuple[int, int] = (20, 100), names: tuple[str, str] = ("MaxRecords", "Marker")
) -> Answer:
    """{key: one page, Marker: ... when more follow}. Raises InvalidParameterValue for a size out of bounds or a bad marker."""
    size, token = names
    least, most = bounds
    asked = params.get(size)
    if asked is not None and not least <= asked <= most:
        raise AwsError("InvalidParameterValue", f"Invalid value {asked} for {size}. Must be between {least} and {most}")
    try:
        cut, more = page(rows, {"NextToken": params.get(token), size: asked}, most=most, size=size)
    except AwsError as error:
        raise AwsError("InvalidParameterValue", f"Invalid {token}: {params.get(token)}") from error
    return {key: cut, **({token: more["NextToken"]} if more else {})}


def chosen(rows: Iterable[Row], filters: Iterable[Mapping[str, Any]], reads: Reads[Row]) -> list[Row]:
    """The rows that satisfy every filter (Name, Values; exact). Raises InvalidParameterValue for a filter that there is not."""
    remaining = list(rows)
    for each in filters or ():
        if each["Name"] not in reads:
            raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {each['Name']}")
        read, wanted = reads[each["Name"]], set(each.get("Values", ()))
        remaining = [row for row in remaining if wanted & set(read(row))]
    return remaining
