"""AWS's own example answers: the pages that the awscli package carries, as Python values of botocore's shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from botocore.model import Shape
from botocore.utils import parse_timestamp

ELISION = re.compile(r"^\s*\.{3,}\s*,?\s*$", re.MULTILINE)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def page(service: str, operation: str) -> Path:
    found = find_spec("awscli")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "examples" / service / f"{operation.replace('_', '-')}.rst"


def outputs(text: str) -> Iterator[str]:
    """The literal blocks that a page shows as output, in order; command lines that speak of output are none."""
    lines = f"{text.expandtabs()}\n".splitlines()
    for number, line in enumerate(lines):
        if not (line.rstrip().endswith("::") and "output" in line.lower()):
            continue
        block: list[str] = []
        for following in lines[number + 1 :]:
            if following.strip() and not following.startswith(" "):
                break
            block.append(following)
        literal = "\n".join(block).strip()
        if literal and not literal.startswith("aws "):
            yield literal


def parsed(literal: str) -> dict[str, Any]:
    """The block as JSON, without lines of dots and the commas before them; ValueError where it is none."""
    answer = json.loads(TRAILING_COMMA.sub(r"\1", ELISION.sub("", literal)))
    if not isinstance(answer, dict):
        raise ValueError("no answer, but a list: a query of the command line")  # noqa: TRY004 - a page's text, not a type of ours
    return answer


def as_botocore(value: Any, shape: Shape) -> Any:
    """Times parsed and nulls left out, as botocore hands answers over."""
    match shape.type_name:
        case "structure":
            members: dict[str, Shape] = getattr(shape, "members", {})
            return {k: as_botocore(v, members[k]) if k in members else v for k, v in value.items() if v is not None}
        case "list":
            member: Shape = getattr(shape, "member", shape)
            return [as_botocore(item, member) for item in value]
        case "map":
            inner: Shape = getattr(shape, "value", shape)
            return {k: as_botocore(v, inner) for k, v in value.items()}
        case "timestamp":
            return parse_timestamp(value)
        case _:
            return value
