"""What `discover` says of places that it could not look at: one cause of all accounts first, and like gaps together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from patchkeep.cli._gaps import all_shut, shut_out, told
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.policy import Organization
from patchkeep.domain.snapshot import AccountSeen, Snapshot
from patchkeep.wire import sandbox_external_id

OWN, DEV, PROD = "111111111111", "222222222222", "333333333333"
POLICY = Organization(external_id="env:SECRET")


def no_role(account: str) -> Gap:
    return Gap(Target(account, ""), "accounts", Cause.NO_ROLE, "not authorized", "sts:AssumeRole", "AccessDenied", fix="make the role")


def seen(*reached: str, refused: tuple[str, ...]) -> Snapshot:
    accounts = (AccountSeen(OWN, "own", ""), AccountSeen(DEV, "dev", ""), AccountSeen(PROD, "prod", ""))
    targets = tuple(Target(account, "eu-central-1") for account in reached)
    return Snapshot("s", datetime(2026, 11, 23, tzinfo=UTC), "o-1", accounts, targets, gaps=tuple(map(no_role, refused)))


def test_where_every_account_refuses_the_likely_cause_is_said_first_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    told(seen(OWN, refused=(DEV, PROD)), OWN, POLICY)
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Not looked at: 2 gaps; what lies there is UNKNOWN None of the 2 other accounts lets Patchkeep assume its role")
    assert said.count("the external id that env:SECRET gives is not the one that the role asks for") == 1
    assert said.count("make the role") == 1
    assert f"{DEV} dev, {PROD} prod, all regions: no role" in said


def test_where_one_account_lets_us_in_the_others_have_reasons_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    told(seen(OWN, DEV, refused=(PROD,)), OWN, POLICY)
    said = capsys.readouterr().out
    assert "Most likely" not in said
    assert f"{PROD} prod, all regions: no role" in said


def test_a_look_that_does_not_say_who_looked_takes_the_only_account_reached_for_its_own() -> None:
    assert shut_out(seen(OWN, refused=(DEV, PROD))) == (DEV, PROD)
    assert shut_out(seen(OWN, DEV, refused=(PROD,))) == ()
    assert all_shut((DEV, PROD), POLICY).startswith(
        "None of the 2 other accounts lets Patchkeep assume its role PatchkeepRead. Most likely"
    )
    assert all_shut((), POLICY) == ""


def test_without_any_refused_role_nobody_is_shut_out() -> None:
    assert shut_out(seen(OWN, refused=()), OWN) == ()


def test_an_organization_file_says_which_external_id_its_roles_ask_for() -> None:
    assert (sandbox_external_id("small"), sandbox_external_id("snowy")) == ("patchkeep-small", "snowy-patchkeep")
