"""Long sentences made short, and tables that keep ids whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchkeep.cli import show
from patchkeep.cli._words import brief, gist, labels, listing, places, plural
from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Target

DENIED = (
    "User: arn:aws:sts::180000000008:assumed-role/PatchkeepRead/patchkeep-read is not authorized to perform: ssm:GetInventory "
    "on resource: arn:aws:ssm:eu-central-1:180000000008:* because no identity-based policy allows the ssm:GetInventory action"
)


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        (DENIED, "not allowed: ssm:GetInventory"),
        (f"ssm:GetInventory: {DENIED}", "not allowed: ssm:GetInventory"),
        (
            f"cannot be read (Denied {DENIED}), so nothing is sent. Cure: X",
            "cannot be read (Denied not allowed: ssm:GetInventory), so nothing is sent. Cure: X",
        ),
        (
            f"{DENIED} (refused beside it: ssm:GetX (AccessDenied))",
            "not allowed: ssm:GetInventory (refused beside it: ssm:GetX (AccessDenied))",
        ),
        ("arn:aws:iam::110000000001:user/sandbox-admin made the plan", "user/sandbox-admin made the plan"),
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_Patch_Approvers_21322ff8557882fb/al", "Patch_Approvers/al"),
        ("20 missing", "20 missing"),
    ],
)
def test_arns_and_refusals_are_shortened(whole: str, short: str) -> None:
    assert brief(whole) == short


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "scanned with another baseline (pb-1) than the policy's patchkeep-a (pb-2)",
            "scanned with another baseline (pb-3) than the policy's b",
        ),
        ("last scan is 40 h old, more than 36 h", "last scan is 4.5 d old, more than 36 h"),
        ("is scanned by association Quick-ScanForPatches-e7196, too", "is scanned by association Quick-ScanForPatches-0d5c2, too"),
    ],
)
def test_reasons_of_one_kind_have_one_gist(one: str, other: str) -> None:
    assert gist(one) == gist(other.replace("policy's b", "policy's patchkeep-b (pb-4)"))


def test_reasons_of_different_kinds_keep_different_gists() -> None:
    assert gist("is stopped") != gist("never scanned")
    assert gist("has SSM Agent 3.2.1.0, below 3.3.40.0") != gist("has SSM Agent 3.2.2.0, below 3.3.40.0")


def test_names_are_listed_up_to_a_number_and_counted_beyond() -> None:
    assert listing(["a", "b"], 2) == "a, b"
    assert listing(["a", "b", "c"], 2) == "a, b and 1 more"
    assert (plural(1, "asset"), plural(0, "asset")) == ("1 asset", "0 assets")


def test_places_name_each_account_once() -> None:
    targets = [Target("2", "us-east-1"), Target("1", "eu-west-1"), Target("2", "eu-west-1"), Target("2", "us-east-1")]
    assert places(targets) == "1 eu-west-1; 2 eu-west-1, us-east-1"


def test_an_asset_is_called_by_its_id_where_its_name_does_not_tell_it_from_others() -> None:
    def node(number: int, name: str) -> Asset:
        return Asset(f"arn:aws:ec2:r:1:instance/i-{number}", "node", Target("1", "r"), name, "")

    assert list(labels([node(1, "web"), node(2, "web"), node(3, "db"), node(4, "")]).values()) == ["web (i-1)", "web (i-2)", "db", "i-4"]


@pytest.mark.usefixtures("eighty")
def test_only_the_last_column_wraps(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("id", "n", "why"), [("i-0123456789abcdef0", 7, "word " * 30), ("i-1", 12, "")], numbers=(1,))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "id                    n  why"
    assert lines[1].startswith("i-0123456789abcdef0   7  word word")
    assert lines[2].startswith(" " * 25 + "word")
    assert lines[-1] == "i-1                  12"
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("eighty")
def test_a_last_column_without_room_goes_below_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("id", "why"), [("x" * 70, "because of " * 5)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["id", "    why"]
    assert lines[2] == "x" * 70
    assert lines[3].startswith("    because of")


@pytest.mark.usefixtures("eighty")
def test_control_characters_in_other_peoples_names_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("asset",), [("web\x1b[31m\n\x07",)])
    show.paragraph("web\x1b]0;gotcha\x07")
    assert "\x1b" not in (said := capsys.readouterr().out)
    assert "\x07" not in said


def test_a_share_is_never_rounded_up_and_unknown_without_a_whole() -> None:
    assert (show.ratio(999, 1000), show.ratio(0, 0), show.ratio(3, 3)) == ("99 %", "UNKNOWN", "100 %")


def test_a_span_is_told_in_hours_then_in_days() -> None:
    assert (show.age(None), show.age(timedelta(hours=5)), show.age(timedelta(days=12))) == ("never", "5 h", "12 d")


@pytest.fixture
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_gist_of_a_reason_keeps_its_dates() -> None:
    assert (
        gist("deferred until 2026-09-30 00:00 UTC: quarter end of node-0a1b")
        == "deferred until 2026-09-30 00:00 UTC: quarter end of node-…"
    )
