"""The report's numbers: what before and after are, what counts, and what is never claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset, Counts, Obstacle, Scan
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.compliance import Compliance, Expected, Status, compliance
from patchkeep.domain.exposure import Exposure
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.look import Look
from patchkeep.domain.policy import Environment, Match, Policy, Sla
from patchkeep.domain.report import Evidence, Report, build
from patchkeep.domain.report.measures import spread
from patchkeep.domain.snapshot import AccountSeen, Snapshot

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE = Target("111122223333", "eu-central-1")
POLICY = Policy("main", "hash", environments=(Environment("dev", Match()), Environment("prod", Match())), slas=(Sla("critical", 14 * DAY),))
Statuses = tuple[datetime, dict[str, Status]]  # of one look


def asset(name: str, *obstacles: Obstacle, scanned: bool = True) -> Asset:
    scan = Scan(NOW - HOUR, "Scan", "pb-1", "s", Counts()) if scanned else None
    return Asset(name, "node", HERE, name, "debian-12", scan=scan, updates=() if scanned else None, obstacles=obstacles)


def window(name: str, opened: float, closed: float | None = None, severity: str = "critical", cve: str = "CVE-2026-1") -> Exposure:
    """Days before NOW at which it opened and closed."""
    resolved = None if closed is None else NOW - closed * DAY
    return Exposure(name, f"ssl|{opened}", severity, (cve,), NOW - opened * DAY, resolved or NOW, resolved)


def verdict(name: str, status: Status, *reasons: str, age: timedelta | None = HOUR) -> Compliance:
    return Compliance(name, status, reasons or (status.value.lower(),), age)


def evidence(
    *assets: Asset, looks: tuple[Statuses, ...] = (), windows: tuple[Exposure, ...] = (), changed: float | None = None
) -> Evidence:
    """`looks` in order; the last one is that of the snapshot, whose id is its number, too."""
    history = tuple(
        Look(at, f"look-{number}", {name: verdict(name, status) for name, status in statuses.items()})
        for number, (at, statuses) in enumerate(looks, 1)
    )
    taken = looks[-1][0] if looks else NOW
    snapshot = Snapshot(f"look-{len(looks)}", taken, "o-1", assets=assets)
    return Evidence(snapshot, history, windows, Frozen(a="dev", b="prod"), None if changed is None else NOW - changed * DAY)


def made(*assets: Asset, looks: tuple[Statuses, ...] = (), windows: tuple[Exposure, ...] = (), changed: float | None = None) -> Report:
    return build(evidence(*assets, looks=looks, windows=windows, changed=changed), POLICY, NOW)


def ago(days: float, **statuses: Status) -> Statuses:
    return NOW - days * DAY, statuses


OK, BAD, DARK = Status.COMPLIANT, Status.NON_COMPLIANT, Status.UNKNOWN


def test_an_empty_estate_has_no_ratio_and_is_not_clean() -> None:
    report = made()
    assert report.after.total.ratio is None
    assert report.coverage.ratio is None
    assert report.drift is None
    assert not report.clean


def test_unknown_assets_count_in_the_ratio() -> None:
    report = made(asset("a"), asset("b"), looks=(ago(0, a=OK, b=DARK),))
    assert report.after.total.ratio == 0.5
    assert report.after.total.known == 0.5
    assert not report.clean


def test_before_is_the_last_look_before_our_first_change() -> None:
    looks = (ago(9, a=OK), ago(3, a=BAD), ago(1, a=BAD), ago(0, a=OK))
    report = made(asset("a"), looks=looks, changed=2)
    assert report.before is not None
    assert report.before.at == NOW - 3 * DAY
    assert report.before.total.non_compliant == 1
    assert report.after.total.compliant == 1
    assert [picture.at for picture in report.trend] == [at for at, _ in looks]


def test_before_is_unknown_when_nothing_was_looked_at_before_the_change() -> None:
    report = made(asset("a"), looks=(ago(1, a=OK),), changed=2)
    assert report.before is None
    assert report.drift is None
    assert report.remediation.before.median is None
    assert "nothing was looked at before the first write to AWS: before is UNKNOWN" in report.notes


def test_without_a_change_the_first_look_is_compared_with_the_last() -> None:
    report = made(asset("a"), looks=(ago(9, a=OK), ago(3, a=OK), ago(0, a=BAD)), windows=(window("a", 3), window("a", 1)))
    assert report.before is not None
    assert report.before.at == NOW - 9 * DAY
    assert (report.remediation.before.count, report.remediation.before.longest) == (2, 3 * DAY)
    assert "nothing was changed yet: before is the first look, after the last" in report.notes


def test_one_look_alone_has_nothing_to_compare_with() -> None:
    report = made(asset("a"), looks=(ago(0, a=OK),))
    assert report.before is None
    assert "nothing was changed yet, and there is but one look: nothing to compare with" in report.notes


def test_an_asset_of_the_snapshot_without_a_verdict_is_unknown() -> None:
    report = made(asset("a"), asset("b"), looks=(ago(0, a=OK),))
    assert report.after.total.unknown == 1
    assert report.coverage.reasons[0].why == "not assessed"


def test_what_was_compliant_by_a_scan_that_has_grown_stale_is_unknown() -> None:
    fresh = evidence(asset("a"), looks=(ago(0, a=OK),))
    assert build(fresh, POLICY, NOW).clean
    later = build(fresh, POLICY, NOW + 40 * HOUR)
    assert later.after.total.unknown == 1
    assert not later.clean
    assert later.assets[0].verdict.age == 41 * HOUR


def test_an_environment_that_the_policy_declares_is_shown_even_when_empty() -> None:
    report = made(asset("a"), asset("x"), looks=(ago(0, a=OK, x=BAD),))
    assert [row.name for row in report.after.rows] == ["dev", "prod", "no environment"]
    prod = report.after.row("prod")
    assert prod is not None
    assert prod.ratio is None


def test_open_updates_on_an_asset_that_went_dark_still_count() -> None:
    windows = (window("a", 5), window("b", 5))
    report = made(asset("a"), asset("b"), looks=(ago(3, a=BAD, b=BAD), ago(0, a=BAD, b=DARK)), windows=windows, changed=2)
    assert report.after.total.open_updates == 2
    assert report.after.total.open_on_unknown == 1
    assert report.drift == 0


def test_drift_is_the_change_of_open_updates() -> None:
    windows = (*(window("a", 5 + n, 1) for n in range(9)), window("a", 20))
    report = made(asset("a"), looks=(ago(3, a=BAD), ago(0, a=BAD)), windows=windows, changed=2)
    assert report.drift == pytest.approx(-0.9)


def test_windows_of_assets_that_are_gone_are_neither_open_nor_fixed() -> None:
    windows = (window("a", 5), window("gone", 5))
    report = made(asset("a"), looks=(ago(3, a=BAD, gone=BAD), ago(0, a=BAD)), windows=windows, changed=2)
    assert report.before is not None
    assert report.before.total.open_updates == 2
    assert report.after.total.open_updates == 1
    assert report.exposures.open.count == 1
    assert report.exposures.gone == 1
    assert report.remediation.backlog_open == 1


def test_before_a_fix_took_at_least_as_long_as_things_stood_open() -> None:
    windows = (window("a", 13, 1), window("a", 10, 1), window("a", 8))
    remediation = made(asset("a"), looks=(ago(3, a=BAD), ago(0, a=BAD)), windows=windows, changed=2).remediation
    assert (remediation.before.count, remediation.before.median, remediation.before.longest) == (3, 7 * DAY, 10 * DAY)
    assert (remediation.backlog.count, remediation.backlog.median, remediation.backlog_open) == (2, DAY, 1)
    assert (remediation.whole.count, remediation.whole.median) == (2, 9 * DAY)


def test_what_came_up_after_our_first_change_has_a_clock_of_its_own() -> None:
    windows = (window("a", 1.5, 1), window("a", 1), window("a", 30, 1))
    remediation = made(asset("a"), looks=(ago(3, a=BAD), ago(0, a=BAD)), windows=windows, changed=2).remediation
    assert (remediation.fresh.count, remediation.fresh.median, remediation.fresh_open) == (1, DAY / 2, 1)


def test_a_deadline_without_its_date_is_unknown_and_never_met() -> None:
    policy = replace(POLICY, slas=(Sla("critical", 14 * DAY, "release"),))
    report = build(evidence(asset("a"), looks=(ago(0, a=BAD),), windows=(window("a", 90),)), policy, NOW)
    assert report.slas[0].unknown == "UNKNOWN: no release date known"
    assert report.slas[0].open_in_time is None
    assert report.overdue is None
    assert report.after.total.overdue is None


def test_deadlines_are_counted_from_first_sight() -> None:
    windows = (window("a", 15), window("a", 14), window("a", 3), window("a", 40, 30), window("a", 60, 30), window("a", 99, None, "low"))
    row = made(asset("a"), looks=(ago(0, a=BAD),), windows=windows).slas[0]
    assert (row.open_in_time, row.overdue, row.closed_in_time, row.closed_late) == (2, 1, 1, 1)
    assert row.next_due == NOW


def test_a_severity_that_no_deadline_covers_is_said() -> None:
    report = made(asset("a"), looks=(ago(0, a=BAD),), windows=(window("a", 3, None, "important"),))
    assert not report.exposures.severities[0].covered
    assert "no SLA of the policy covers severity important" in report.notes


def test_unknown_is_counted_by_cause_with_the_fix() -> None:
    stopped = [Obstacle("stopped", f"stopped for {days} days", "start it", stops_seeing=True) for days in (3, 4)]
    nodes = (asset("a", stopped[0]), asset("b", stopped[1]), asset("c"))
    baseline = Expected("patchkeep-main-dev-debian")
    judged = {each.id: compliance(each, baseline, POLICY.freshness, NOW + 40 * HOUR) for each in nodes}
    seen = replace(evidence(*nodes), history=(Look(NOW, "look-0", judged),))
    reasons = build(seen, POLICY, NOW).coverage.reasons
    assert [(reason.why, reason.assets, reason.fix) for reason in reasons] == [
        ("stopped", 2, "start it"),
        ("last scan is old, more than 36 h", 1, "apply the policy's settings: they scan its environment daily"),
    ]
    early = {each.id: compliance(each, baseline, POLICY.freshness, NOW) for each in nodes}
    reason = build(replace(seen, history=(Look(NOW, "look-0", early),)), POLICY, NOW).coverage.reasons[-1]
    assert reason.why == "the policy's baseline patchkeep-main-dev-debian does not exist here yet"
    assert reason.fix == "apply the policy's settings"


def test_open_updates_of_an_asset_that_was_never_read_are_not_known() -> None:
    report = made(asset("a", scanned=False), looks=(ago(0, a=DARK),))
    assert report.assets[0].open_updates is None
    assert report.assets[0].overdue is None
    assert (report.coverage.scanned, report.coverage.fresh) == (0, 0)


def test_a_cve_is_counted_once_per_asset_at_its_gravest() -> None:
    windows = (window("a", 9, None, "low"), window("a", 8, None, "critical"), window("b", 7, None, "medium"))
    report = made(asset("a"), asset("b"), looks=(ago(0, a=BAD, b=BAD),), windows=windows)
    (row,) = report.exposures.cves
    assert (row.assets, row.severity, row.since) == (2, "critical", NOW - 9 * DAY)


def test_of_many_looks_the_trend_keeps_the_last_of_each_day_and_both_ends_of_the_comparison() -> None:
    looks = tuple(ago(hour / 24, a=BAD) for hour in reversed(range(24 * 10)))
    report = made(asset("a"), looks=looks, changed=2.5)
    shown = {picture.at for picture in report.trend}
    assert len(shown) < 20
    assert report.before is not None
    assert {report.before.at, report.after.at} <= shown
    assert report.before.at == NOW - 2.5 * DAY


def test_median_and_p90_are_durations_that_occur() -> None:
    lasted = spread(hours * HOUR for hours in range(1, 11))
    assert (lasted.median, lasted.p90, lasted.longest) == (5 * HOUR, 9 * HOUR, 10 * HOUR)
    assert spread([HOUR]).p90 == HOUR
    assert spread(()).median is None


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(Status), max_size=8))
def test_every_asset_is_counted_once_and_all_compliant_means_all(statuses: dict[str, Status]) -> None:
    total = made(*map(asset, statuses), looks=((NOW, statuses),)).after.total
    assert total.total == len(statuses)
    assert (total.ratio == 1.0) == (bool(statuses) and set(statuses.values()) == {OK})


def test_open_updates_are_not_known_where_every_asset_is_unknown_and_nothing_was_seen_open() -> None:
    looks = (ago(3, a=DARK, b=DARK), ago(0, a=BAD, b=DARK))
    report = made(asset("a"), asset("b"), looks=looks, windows=(window("a", 1),), changed=2)
    assert [(p.total.open_updates, p.total.overdue) for p in report.trend] == [(None, None), (1, 0)]
    assert report.drift is None
    prod = report.after.row("prod")
    assert prod is not None
    assert (prod.open_updates, prod.open_on_unknown) == (None, None)
    assert [row.open_updates for row in report.assets] == [1, None]


def test_without_an_asset_open_updates_and_deadlines_are_not_known() -> None:
    report = made()
    assert (report.after.total.open_updates, report.after.total.overdue, report.overdue) == (None, None, None)
    assert report.slas[0].unknown == "UNKNOWN: no asset's updates are known"


def test_accounts_that_refused_are_counted_apart_and_keep_the_report_from_being_clean() -> None:
    fresh = evidence(asset("a"), looks=(ago(0, a=OK),))
    accounts = tuple(AccountSeen(number * 12, number, "") for number in "1234")
    gaps = (
        Gap(Target("2" * 12, ""), "accounts", Cause.NO_ROLE, "cannot be assumed"),
        Gap(Target("3" * 12, "eu-central-1"), "nodes", Cause.REFUSED, "denied"),
        Gap(Target("4" * 12, ""), "accounts", Cause.EXCLUDED, "excluded by the policy"),
        Gap(Target("1" * 12, "us-east-1"), "nodes", Cause.REFUSED, "denied"),
    )
    targets = (Target("1" * 12, "eu-central-1"), Target("1" * 12, "us-east-1"), Target("3" * 12, "eu-central-1"))
    report = build(replace(fresh, snapshot=replace(fresh.snapshot, accounts=accounts, targets=targets, gaps=gaps)), POLICY, NOW)
    seen = report.coverage
    assert (seen.accounts, seen.looked, seen.refused, seen.left_out) == (4, 1, 2, 1)
    assert build(fresh, POLICY, NOW).clean
    assert not report.clean
