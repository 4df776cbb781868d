"""Turning an organization file into accounts, machines and what ran there before: everything follows from the seed and names."""

from __future__ import annotations

from hashlib import sha256


def settled(*parts: object) -> str:
    """64 hexadecimal digits that follow from the parts alone."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()


def chance(most: int, *parts: object) -> int:
    """A number from 0 to `most` - 1 that follows from the parts alone."""
    return int(settled(*parts)[:12], 16) % most
