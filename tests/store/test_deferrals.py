"""Deferrals are kept as they were made, ended once, and never lost; each with its entry in the ledger or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchkeep.domain.call import Target
from patchkeep.domain.deferral import Deferral
from patchkeep.domain.ledger import Entry, Overtaken
from patchkeep.doors.store import Store
from patchkeep.work.seams import Deferrals

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = Target("111122223333", "eu-central-1")


def made(name: str, days: int = 3) -> Deferral:
    return Deferral(
        f"d-{name}", HERE.arn("ec2", f"instance/{name}"), name, NOW, NOW + timedelta(days=days), "why", "CHG-1", "arn:aws:iam::1:user/ada"
    )


def entry(deferral: Deferral) -> Entry:
    return Entry(NOW, "note", deferral.id, deferral.asset, HERE, "patchkeep:defer")


def test_what_was_kept_comes_back_oldest_first(store: Store) -> None:
    kept: Deferrals = store.deferrals
    later = replace(made("b"), at=NOW + timedelta(hours=1))
    kept.add([later, made("a")], [entry(later)])
    assert kept.all() == (made("a"), later)
    assert store.ledger.of("d-b") == (entry(later),)


def test_an_end_is_written_once_and_the_second_stores_nothing(store: Store) -> None:
    first, second = made("a"), made("b")
    store.deferrals.add([first, second], [])
    ended = replace(first, ended_at=NOW, ended_by="ada", ended_why="released")
    store.deferrals.end([ended], [entry(first)])
    with pytest.raises(Overtaken, match="was ended by somebody else"):
        store.deferrals.end([replace(second, ended_at=NOW), replace(ended, ended_by="bob")], [entry(second)])
    assert store.deferrals.all() == (ended, second)
    assert store.ledger.of("d-b") == ()


def test_nothing_deferred_is_nothing(store: Store) -> None:
    store.deferrals.add([], [])
    assert store.deferrals.all() == ()
