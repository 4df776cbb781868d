"""A deferral lies ahead, has a reason and a ticket, is no longer than the policy allows, and ends at its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Target
from patchkeep.domain.deferral import Asked, Deferral, DeferralRefused, defer, refuse, standing

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = Target("111122223333", "eu-central-1")
WEB = Asset(HERE.arn("ec2", "instance/i-0a"), "node", HERE, "web", "debian-12")
ASKED = Asked(NOW + 10 * DAY, "quarter end", "CHG-1")
ADA = "arn:aws:iam::111122223333:user/ada"


def made(until: datetime = ASKED.until) -> Deferral:
    return defer(WEB, replace(ASKED, until=until), ADA, NOW)


def test_it_says_who_until_when_under_which_ticket_and_why() -> None:
    assert made().sentence == f"deferred by {ADA} until 2026-12-03 12:00 UTC (CHG-1): quarter end"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (replace(ASKED, why="  "), "needs its reason: --why"),
        (replace(ASKED, ticket=""), "needs the ticket"),
        (replace(ASKED, until=NOW), "cannot be back-dated"),
        (replace(ASKED, until=NOW - DAY), "2026-11-22 12:00 UTC is over"),
        (replace(ASKED, until=NOW + 90 * DAY + timedelta(seconds=1)), "more than 90 d ahead"),
    ],
)
def test_what_is_refused_says_why(asked: Asked, sentence: str) -> None:
    with pytest.raises(DeferralRefused, match=sentence):
        refuse(asked, NOW, 90 * DAY)


def test_the_longest_that_the_policy_allows_is_allowed() -> None:
    def allowed(length: timedelta) -> bool:
        try:
            refuse(replace(ASKED, until=NOW + length), NOW, 90 * DAY)
        except DeferralRefused:
            return False
        return True

    assert allowed(90 * DAY)
    assert not allowed(90 * DAY + timedelta(seconds=1))


def test_a_date_cannot_be_moved_while_a_deferral_stands() -> None:
    with pytest.raises(DeferralRefused, match=r"Its date cannot be moved: end it first \(`patchkeep defer end i-0a`\)"):
        defer(WEB, replace(ASKED, until=NOW + 60 * DAY), ADA, NOW + DAY, [made()])


def test_after_its_end_a_new_one_may_be_made() -> None:
    assert defer(WEB, replace(ASKED, until=ASKED.until + DAY), ADA, ASKED.until, [made()]).at == ASKED.until


def test_a_new_one_of_the_same_moment_and_date_is_another_one() -> None:
    ended = replace(made(), ended_at=NOW)
    again = defer(WEB, ASKED, ADA, NOW, [ended])
    assert again.id != ended.id
    assert standing([ended, again], NOW) == {WEB.id: again}


@given(days=st.floats(min_value=0.01, max_value=400), later=st.floats(min_value=-10, max_value=800))
def test_it_never_stands_before_it_was_made_nor_at_or_after_its_date(days: float, later: float) -> None:
    deferral, moment = made(NOW + days * DAY), NOW + later * DAY
    assert deferral.stands(moment) == (NOW <= moment < deferral.until)
    assert not replace(deferral, ended_at=NOW).stands(moment)
