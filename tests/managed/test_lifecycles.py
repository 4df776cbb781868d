"""Until when a version is supported, over HTTP: what AWS doesn't tell a feed does, with its date; without one nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from patchkeep.wire import sandbox_lifecycles
from tests.e2e.desk import Desk
from tests.managed.walking import POLICY, desk_at

pytestmark = pytest.mark.http
MARIA = '- {kind: db-instance, name: maria, engine: mariadb, version: "10.6.27", window: sun:03:00-sun:04:00, environment: dev}'
FROZEN = f"{POLICY}freezes:\n  - {{name: autumn, from: 2026-09-06, to: 2026-09-07}}\n"


def verdict(desk: Desk) -> Any:
    (row,) = desk.json("assess", "maria", "--no-fail")["assets"]
    return row["compliance"]["status"], row["compliance"]["reasons"]


def test_a_feed_answers_what_aws_does_not_tell_until_it_is_old(tmp_path: Path) -> None:
    with desk_at(tmp_path, MARIA, FROZEN) as desk:
        (desk.folder / "feed.json").write_text(sandbox_lifecycles(), encoding="utf-8")
        desk("discover")
        status, reasons = verdict(desk)
        assert (status, "`patchkeep feeds update` asks endoflife.date" in reasons[0]) == ("UNKNOWN", True)
        assert [row["fix"] for row in desk.json("doctor")["rows"] if row["cause"] == "end of support not known"]
        desk("feeds", "update", "--from", "feed.json")
        assert verdict(desk)[0] == "COMPLIANT"
        assert "standard until 2026-12-31; feed of 2026-08-22, 10 d old, feed.json" in desk("assess", "maria").out
        entries = desk.json("calendar", "--until", "2027-01-10")["entries"]
        (end,) = [entry for entry in entries if entry["what"] == "end of support"]
        assert (end["start"][:10], end["title"][:30]) == ("2026-12-31", "standard support of mariadb 10")
        shut = [entry["conflicts"] for entry in entries if entry["what"] == "AWS window" and entry["start"][:10] == "2026-09-06"]
        assert shut == [[]], "nothing is scheduled, so the freeze is no conflict"
        desk.days(60)
        desk("discover")
        status, reasons = verdict(desk)
        assert (status, reasons[-1]) == ("UNKNOWN", "the lifecycle feed is 70 d old: `patchkeep feeds update` asks endoflife.date")
