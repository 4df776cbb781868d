"""How these tests read a policy: at one fixed moment, from text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patchkeep.domain.policy import Policy, PolicyErrors
from patchkeep.policy import load

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "examples/patchkeep.yaml").read_text("utf-8")
SNOWY = (ROOT / "src/patchkeep/sandbox/orgs/snowy-policy.yaml").read_text("utf-8")
ENVIRONMENTS = "environments: {dev: {match: {ou: Dev}}, prod: {match: {ou: Prod}}}\n"


def policy(text: str, now: datetime = NOW) -> Policy:
    return load(ENVIRONMENTS + textwrap.dedent(text), "p.yaml", now)


def mistakes(text: str, calendars: Mapping[str, str | None] | None = None) -> list[str]:
    """The errors of a whole file, each as a person sees it."""
    with pytest.raises(PolicyErrors) as caught:
        load(textwrap.dedent(text), "p.yaml", NOW, calendars or {})
    return [str(error) for error in caught.value.errors]


def mistake(text: str, calendars: Mapping[str, str | None] | None = None) -> str:
    """The only error of keys that follow two environments, which stand in line 1."""
    (only,) = mistakes(ENVIRONMENTS + textwrap.dedent(text), calendars)
    return only
