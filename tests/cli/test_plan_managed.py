"""How a plan shows changes of managed resources: a few lines for those alike, however many there are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.cli import _managed
from patchkeep.domain.asset import Asset, Disruption, Update, UpdateState
from patchkeep.domain.plan import Change, Ring
from patchkeep.domain.policy import EVERYONE, NOBODY
from tests.domain.make import HERE, change

NEWER = Update("engine", "postgres 15.15", UpdateState.MISSING, classification="minor", version="15.15")
PATCH = Update("os-upgrade", "New Operating System update is available", UpdateState.MISSING, classification="maintenance")


def database(name: str, version: str = "15.14") -> Asset:
    return Asset(HERE.arn("rds", f"db:{name}"), "db instance", HERE, name, "", service="rds", engine="postgres", version=version)


def upgrade(asset: Asset, **more: object) -> Change:
    return Change(
        f"c-{asset.name}",
        asset.id,
        asset.resource,
        asset.name,
        "",
        HERE,
        "prod",
        (NEWER,),
        ("snapshot", "upgrade", "verify"),
        service="rds",
        disruption=Disruption.RESTART,
        undo="restore its snapshot beside it",
        irreversible=True,
        **more,  # type: ignore[arg-type]
    )


def shown(capsys: pytest.CaptureFixture[str], *changes: Change, assets: tuple[Asset, ...]) -> str:
    _managed.changes([Ring("prod", changes, EVERYONE, NOBODY, 0, "")], {asset.id: asset for asset in assets})
    return capsys.readouterr().out


def test_an_upgrade_tells_versions_disruption_snapshot_and_that_it_cannot_be_undone(capsys: pytest.CaptureFixture[str]) -> None:
    orders = database("orders")
    assert shown(capsys, upgrade(orders), assets=(orders,)) == (
        "\nIn ring prod\n"
        "   1  db instance, postgres 15.14 -> 15.15: orders\n"
        "      restart; snapshot first\n"
        "      cannot be undone; restore its snapshot beside it\n"
    )


def test_what_can_be_undone_says_how_and_what_waits_says_for_whom(capsys: pytest.CaptureFixture[str]) -> None:
    copy, orders = database("orders-copy"), database("orders")
    first = replace(upgrade(copy), updates=(PATCH,), steps=("opt in",), irreversible=False, undo="take the word back")
    said = shown(capsys, first, upgrade(orders, after=(first.id,)), assets=(copy, orders))
    assert "db instance, New Operating System update is available: orders-copy" in said
    assert "the way back: take the word back" in said
    assert "after orders-copy" in said


def test_two_hundred_alike_take_a_few_lines_of_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    many = tuple(database(f"orders-of-the-western-shop-{number:03}", f"15.{number % 5}") for number in range(200))
    lines = shown(capsys, *map(upgrade, many), assets=many).splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= 80
    assert "and 36 more" in " ".join(lines)


def test_a_ring_of_machines_alone_has_no_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, change("i-0"), assets=()) == ""
