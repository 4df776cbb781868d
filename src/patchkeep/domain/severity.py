"""Severities: what vendors' words mean to a deadline, and which of two is the graver."""

from __future__ import annotations

RATINGS = ("known_exploited", "critical", "high", "medium", "low")  # what deadlines are written for
# Vendors' words for what CVSS calls high and medium (severity ratings of Red Hat, Amazon Linux and Microsoft).
_OF_VENDORS = {"important": "high", "moderate": "medium"}
GRAVITY = ("known_exploited", "critical", "important", "high", "moderate", "medium", "low")  # the rest follows, by name
GRAVE = frozenset({"critical", "important", "high"})


def rating(severity: str) -> str:
    """A vendor's word as one that deadlines are written for, where there is one; in lower case."""
    word = severity.lower()
    return _OF_VENDORS.get(word, word)


def gravity(severity: str) -> tuple[int, str]:
    """Sorts the gravest first."""
    word = severity.lower()
    return (GRAVITY.index(word) if word in GRAVITY else len(GRAVITY), word)
