"""Numbers and plain text checks shared by the version orders.

A key is a byte string that sorts as its version does, so it compares at the speed of memcmp, can be hashed, and can be
stored and sorted by a database. Keys are put together as text of code points below 256 and encoded once at the end.
"""

import re

_LONGEST_SHORT = 254
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\s]")


def number(digits: str) -> str:
    """Code decimal digits so that codes sort by value: leading zeros count for nothing and any length is allowed."""
    significant = digits.lstrip("0")
    length = len(significant)
    if length <= _LONGEST_SHORT:
        return chr(length) + significant
    return f"\xff{length.to_bytes(8, 'big').decode('latin-1')}{significant}"


def why_unreadable(text: str) -> str | None:
    """Say why no scheme can read this text as a version, or None if one may."""
    if not text:
        return "it is empty"
    if _FORBIDDEN.search(text):
        return "it contains white space or a control character"
    return None
