"""What hinders assets, whose they are, and which cure frees most of them."""

from __future__ import annotations

from patchkeep.work.doctor import Row, Stops, doctor, grouped
from tests.work.estate import Estate
from tests.work.test_discover import refusing


def row(cause: str, asset: str, owner: str = "", stops: Stops = Stops.PATCHING, account: str = "1") -> Row:
    return Row(cause, asset or "place", account, "eu", owner, f"{cause}, indeed", f"cure {cause}", asset, stops)


ROWS = (
    row("no agent", "a", "blue", Stops.SEEING),
    row("no agent", "b", "blue", Stops.SEEING),
    row("stopped", "b", "blue"),
    row("stopped", "c", "red"),
    row("stopped", "d", "red"),
    row("stopped", "e", "red"),
    row("odd tag", "f", "red", Stops.NOTHING),
    row("odd tag", "g", "red", Stops.NOTHING),
    row("not looked at: refused", "", "", Stops.LOOKING, "2"),
)


def test_places_nobody_looked_at_come_first_then_the_cures_that_free_most() -> None:
    groups = grouped(ROWS, "cause")
    assert [(g.key, g.assets, g.frees, g.stops) for g in groups] == [
        ("not looked at: refused", 0, 0, Stops.LOOKING),
        ("stopped", 4, 3, Stops.PATCHING),
        ("no agent", 2, 1, Stops.SEEING),
        ("odd tag", 2, 0, Stops.NOTHING),
    ]


def test_an_asset_with_two_obstacles_is_freed_by_neither_cure_alone_but_by_its_owners_whole_work() -> None:
    by_owner = {g.key: (len(g.rows), g.frees) for g in grouped(ROWS, "owner")}
    assert by_owner == {"red": (5, 3), "blue": (3, 2), "no owner": (1, 0)}


def test_a_group_says_whose_its_rows_are() -> None:
    (stopped,) = (g for g in grouped(ROWS, "cause") if g.key == "stopped")
    assert stopped.owners == (("red", 3), ("blue", 1))


def test_contacts_that_may_not_be_read_leave_owners_unread_and_hide_no_asset() -> None:
    estate = Estate()
    estate.aws.meddle = refusing("get_alternate_contact")
    estate.discover()
    rows = doctor(estate.assess())
    assert {r.cause for r in rows if not r.asset and r.stops is Stops.LOOKING} == set()
    unread = [r for r in rows if r.cause == "owners not read"]
    assert unread
    assert all("account:GetAlternateContact" in r.why for r in unread)
    assert {r.owner for r in rows if r.asset} == {"aws+tiny-web@tiny.example"}
