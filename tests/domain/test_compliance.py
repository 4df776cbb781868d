"""Compliance: evidence first, doubt second, and only then COMPLIANT."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Obstacle, Scan, Update, UpdateState
from patchkeep.domain.compliance import Compliance, Expected, Status, compliance
from patchkeep.domain.look import turns
from patchkeep.domain.policy import Freshness
from tests.domain.make import NOW, asset, scan

OURS = Expected("prod-debian", "pb-1")
UNSEEN = Obstacle("offline", "the agent has not called for 3 d", "start it", stops_seeing=True)


def judged(
    seen: Scan | None, expected: Expected | None = OURS, *, updates: tuple[Update, ...] | None = (), unread: tuple[str, ...] = ()
) -> Compliance:
    return compliance(replace(asset(seen=seen, updates=updates), unread=unread), expected, Freshness(), NOW)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"missing": 3}, "3 missing"),
        ({"failed": 1}, "1 failed to install"),
        ({"rejected": 2}, "2 installed though rejected"),
        ({"pending_reboot": 1}, "1 waiting for a reboot"),
    ],
)
def test_evidence_against_makes_non_compliant(counts: dict[str, int], reason: str) -> None:
    verdict = judged(scan(-1, "pb-1", **counts))
    assert (verdict.status, verdict.reasons) == (Status.NON_COMPLIANT, (reason,))


@pytest.mark.parametrize(
    ("seen", "expected", "reason"),
    [
        (None, OURS, "never scanned"),
        (scan(-40), OURS, "last scan is 40 h old, more than 36 h"),
        (scan(-24 * 10), OURS, "last scan is 10 d old, more than 36 h"),
        (scan(1), OURS, "last scan lies in the future: a clock is wrong"),
        (scan(baseline="pb-rival"), OURS, "scanned with another baseline (pb-rival) than the policy's prod-debian (pb-1)"),
        (scan(), Expected("prod-debian"), "the policy's baseline prod-debian does not exist here yet (scanned with pb-1)"),
        (scan(), replace(OURS, empty=True), "the baseline prod-debian approves nothing"),
        (scan(), replace(OURS, drifted=True), "the baseline prod-debian (pb-1) does not say what the policy says"),
        (scan(-3), replace(OURS, changed_at=NOW), "scanned before the baseline prod-debian was last changed"),
        (scan(), None, "no baseline of the policy covers it"),
    ],
)
def test_doubt_makes_unknown_with_its_reason(seen: Scan | None, expected: Expected | None, reason: str) -> None:
    verdict = judged(seen, expected)
    assert (verdict.status, verdict.reasons) == (Status.UNKNOWN, (reason,))


def test_unread_facts_make_unknown() -> None:
    assert judged(scan(), unread=("patches: AccessDenied",)).reasons == ("patches: AccessDenied",)
    assert judged(scan(), updates=None).reasons == ("its patches were not read",)
    blocked = replace(asset(seen=scan()), obstacles=(UNSEEN,))
    assert compliance(blocked, OURS, Freshness(), NOW).reasons == (UNSEEN.why,)


def test_an_obstacle_that_hides_nothing_casts_no_doubt() -> None:
    blocked = replace(asset(seen=scan()), obstacles=(replace(UNSEEN, stops_seeing=False, stops_patching=True),))
    assert compliance(blocked, OURS, Freshness(), NOW).status is Status.COMPLIANT


def test_evidence_wins_over_doubt_and_both_are_said() -> None:
    verdict = judged(scan(-40, missing=1, failed=2), unread=("inventory: throttled",))
    assert verdict.status is Status.NON_COMPLIANT
    assert verdict.reasons == ("2 failed to install", "1 missing", "inventory: throttled", "last scan is 40 h old, more than 36 h")


def test_what_this_look_did_not_see_is_unknown_with_what_was_known_before_beside_it() -> None:
    lost = replace(asset(seen=scan(missing=1, failed=2)), unread=("not read: AccessDenied",), unseen=True)
    verdict = compliance(lost, OURS, Freshness(), NOW)
    assert verdict.status is Status.UNKNOWN
    assert verdict.reasons == ("not read: AccessDenied", "when last seen: 2 failed to install, 1 missing")


def test_a_fresh_scan_by_the_policys_baseline_with_nothing_open_is_compliant() -> None:
    verdict = judged(scan(-36))
    assert (verdict.status, verdict.reasons, verdict.age) == (Status.COMPLIANT, ("scanned, nothing open",), timedelta(hours=36))


def test_what_the_approval_delay_hides_is_shown_beside_the_answer() -> None:
    verdict = judged(scan(delayed=2), replace(OURS, blind_for=timedelta(days=3)))
    assert verdict.status is Status.COMPLIANT
    assert verdict.reasons == ("scanned, nothing open", "2 security updates wait out the approval delay")
    assert verdict.blind_for == timedelta(days=3)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (UpdateState.MISSING, "1 missing"),
        (UpdateState.FAILED, "1 failed to install"),
        (UpdateState.PENDING_REBOOT, "1 waiting for a reboot"),
        (UpdateState.REJECTED, "1 installed though rejected"),
    ],
)
def test_a_listed_update_is_evidence_even_where_the_counts_say_none(state: UpdateState, reason: str) -> None:
    assert judged(scan(), updates=(Update("libssl3", "3", state),)).reasons == (reason,)


def test_an_update_that_waits_out_the_delay_is_no_evidence() -> None:
    assert judged(scan(), updates=(Update("KB1", "October", UpdateState.DELAYED),)).status is Status.COMPLIANT


scans = st.none() | st.builds(
    scan,
    st.sampled_from((-1.0, -35.0, -36.5, -2000.0, 3.0)),
    st.sampled_from(("pb-1", "pb-1", "pb-2")),
    missing=st.integers(0, 1),
    failed=st.integers(0, 1),
    pending_reboot=st.integers(0, 1),
    rejected=st.integers(0, 1),
)
LOST = ("not read: AccessDenied",)
assets = st.builds(
    lambda seen, updates, unread, obstacles: replace(
        asset(seen=seen, updates=updates), unread=unread, unseen=unread == LOST, obstacles=obstacles
    ),
    scans,
    st.sampled_from(((), (), None)),
    st.sampled_from(((), (), LOST, ("tags not read: AccessDenied",))),
    st.sampled_from(((), (), (UNSEEN,))),
)
expectations = st.none() | st.builds(Expected, st.just("prod"), st.sampled_from(("pb-1", "pb-1", "pb-2", "")), st.booleans())


def proves_nothing(one: Asset, expected: Expected | None) -> bool:
    unread = bool(one.unread or one.obstacles or one.updates is None)
    if unread or one.scan is None or expected is None:
        return True
    return abs(NOW - one.scan.at) > timedelta(hours=36) or one.scan.at > NOW or expected.empty or one.scan.baseline_id != expected.id


@given(assets, expectations)
def test_not_read_is_not_clean(one: Asset, expected: Expected | None) -> None:
    verdict = compliance(one, expected, Freshness(), NOW)
    opened = one.scan.counts.open if one.scan else 0
    assert verdict.reasons
    assert (verdict.status is Status.NON_COMPLIANT) == (opened > 0 and not one.unseen)
    assert (verdict.status is Status.COMPLIANT) == (not opened and not proves_nothing(one, expected))


def test_a_status_turns_where_it_became_another_and_not_where_a_reason_did() -> None:
    stale = [judged(scan(-hours)) for hours in (40, 41)]
    days = [NOW + timedelta(days=day) for day in range(4)]
    history = zip(days, (judged(scan()), *stale, judged(scan())), strict=True)
    found = [(at, verdict.status) for at, verdict in turns(history)]
    assert found == [(days[0], Status.COMPLIANT), (days[1], Status.UNKNOWN), (days[3], Status.COMPLIANT)]
