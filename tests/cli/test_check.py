"""`policy check`: what it says of deadlines and assets, its exit status, and that it fits eighty columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patchkeep.cli import run
from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.snapshot import Snapshot, named
from patchkeep.doors.store import open_store
from patchkeep.policy.starter import starter
from tests.cli.shell import Ran, call
from tests.domain.make import HERE, asset

SEEN = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLE = (Path(__file__).parents[2] / "examples/patchkeep.yaml").read_text("utf-8")


class Noon:
    """It is Monday, 23 November 2026, twelve o'clock."""

    def now(self) -> datetime:
        return SEEN

    def sleep(self, duration: timedelta) -> None:
        raise AssertionError(f"a check waits for nothing, not for {duration}")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def check(text: str, *words: str) -> Ran:
    Path("patchkeep.yaml").write_text(text, "utf-8")
    return call("policy", "check", *words, clock=Noon())  # type: ignore[arg-type]


def seen(*assets: Asset, gaps: tuple[Gap, ...] = ()) -> None:
    with open_store("sqlite:///patchkeep.db") as store:
        store.snapshots.save(named(Snapshot("", SEEN, "o-1", targets=(HERE,), assets=assets, gaps=gaps)))


def test_the_starter_keeps_its_promises() -> None:
    ran = check(starter())
    assert (ran.status, ran.err) == (0, "")
    assert "breaches" not in ran.out


def test_the_breaches_of_the_example_are_those_that_its_comment_means() -> None:
    ran = check(EXAMPLE)
    assert ran.status == 1
    late = {" ".join(line.split()[1:3]) for line in ran.out.splitlines() if "breaches by" in line}
    assert late == {"known exploited", "critical first", "high first"}
    without = check("\n".join(line for line in EXAMPLE.splitlines() if "year-end" not in line).replace("freezes:", "freezes: []"))
    assert {" ".join(line.split()[1:3]) for line in without.out.splitlines() if "breaches by" in line} == {"known exploited"}


def test_a_breach_is_said_with_its_dates_and_no_fail_forgives_it() -> None:
    text = starter().replace('at: "Sat,Sun 02:00", timezone: UTC', 'at: "Sat 02:00", timezone: Europe/Berlin')
    ran = check(text)
    said = " ".join(ran.out.split())
    assert ran.status == 1
    assert "a critical update first seen on 2027-10-18 01:00 reaches ring prod at the latest on 2027-11-06 02:00 Europe/Berlin" in said
    assert "19d 2h, allowed 14d." in said
    assert check(text, "--no-fail").status == 0


def test_every_line_fits_eighty_columns_and_nothing_is_coloured() -> None:
    ran = check(EXAMPLE)
    assert [line for line in ran.out.splitlines() if len(line) > 80 or line != line.rstrip()] == []
    assert "\x1b" not in ran.out


def test_a_wrong_file_is_two_and_lists_its_mistakes() -> None:
    wrong = starter().replace("14d}", "14}")
    assert check(wrong).status == 2
    document = check(wrong, "--format", "json")
    assert document.status == 2
    assert document.json["errors"][0]["fix"].startswith("Write a unit")


def test_without_a_snapshot_it_says_that_no_asset_was_looked_at() -> None:
    assert "Assets: not looked at" in check(starter()).out
    assert check(starter(), "--format", "json").json["assets"] is None


def test_with_a_snapshot_every_asset_in_no_ring_and_every_place_unread_is_named(folder: Path) -> None:
    stray = replace(asset("i-stray"), ou="Elsewhere")
    seen(replace(asset("i-1"), ou="Workloads/Dev"), stray, gaps=(Gap(Target("777788889999", ""), "accounts", Cause.NO_ROLE, "no role"),))
    ran = check(starter())
    assert ran.status == 1
    assert "Assets in no ring: 1 of 2" in ran.out
    assert "- i-stray: in no environment" in ran.out
    assert "Not read: 777788889999 all regions." in ran.out
    document = check(starter(), "--format", "json").json
    assert [skip["name"] for skip in document["assets"]["outside"]] == ["i-stray"]
    assert document["holds"] is False
    assert check(starter(), "--no-assets").status == 0
    assert sorted(path.name for path in folder.iterdir() if "lock" not in path.name) == ["patchkeep.db", "patchkeep.yaml"]


def test_a_long_round_breaks_what_fits_without_it() -> None:
    assert check(starter(), "--round", "15m").status == 0
    ran = check(starter(), "--round", "2h")
    assert ran.status == 1
    assert "breaches by" in ran.out
    assert check(starter(), "--round", "soon").status == 2


def test_regions_that_are_named_are_held_against_all_there_are() -> None:
    ran = check(starter().replace("regions: all-enabled", "regions: [eu-central-1]"))
    said = " ".join(ran.out.split())
    assert "only eu-central-1 is looked at;" in said
    assert "us-east-1" in said


def test_help_tells_what_each_status_means() -> None:
    ran = call("policy", "check", "--help")
    assert "Exit status 0 when all holds; 1 when a deadline cannot be kept" in " ".join(ran.out.split())
    assert run(["policy", "check", "--help"]) == 0


def test_a_patch_group_that_machines_bear_and_the_policy_does_not_name_is_offered_as_a_line() -> None:
    tagged = Frozen({"PatchGroup": "dev"})
    seen(*(replace(asset(f"i-{number}"), ou="Workloads/Dev", tags=tagged if number < 3 else Frozen({})) for number in range(4)))
    ran = check(starter())
    said = "- dev: dev on 3 of 4 machines; the policy wants patchkeep-default-dev -> write `patch_group: dev` into environment dev"
    assert said in " ".join(ran.out.split())
    assert check(starter(), "--format", "json").json["groups"] == [
        {
            "environment": "dev",
            "wanted": "patchkeep-default-dev",
            "machines": 4,
            "borne": [{"group": "dev", "machines": 3}],
            "write": "patch_group: dev",
        }
    ]
