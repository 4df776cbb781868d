"""Wildcards of IAM: * for any characters, ? for one; in ARNs within each of the six parts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import lru_cache

PARTS = 5  # colons before the resource part of an ARN


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


def like(value: str, pattern: str) -> bool:
    """Whether the whole value fits; case counts."""
    return _compiled(pattern).fullmatch(value) is not None


def arn_like(value: str, pattern: str) -> bool:
    """Whether an ARN fits, part by part; "*" alone fits everything."""
    if pattern == "*":
        return True
    parts, wanted = value.split(":", PARTS), pattern.split(":", PARTS)
    return len(parts) == len(wanted) and all(like(*pair) for pair in zip(parts, wanted, strict=True))


def action_like(action: str, pattern: str) -> bool:
    """Actions ignore case."""
    return like(action.lower(), pattern.lower())
