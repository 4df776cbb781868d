"""What AWS does by itself in its own window is off while that window reaches into a freeze, as far as the policy's rule has it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import ManagedRule
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.domain.window import Freeze, Interval, MaintenanceWindow
from patchkeep.services import elasticbeanstalk, mq, opensearch, rds
from patchkeep.services._automation import present
from tests.services.estates import POLICY, estate
from tests.services.talk import HERE

SATURDAY = datetime(2026, 12, 19, 22, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FREEZE = Freeze("year-end", (Interval(datetime(2026, 12, 18, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)),))
BEFORE, A_WEEK_BEFORE, WEEKS_BEFORE = (datetime(2026, 12, day, 12, tzinfo=UTC) for day in (16, 7, 1))
WEEKEND = "sat:22:00-sun:04:00"
HELD = "held until freeze year-end ends on 2027-01-04 00:00 UTC: plan and apply again then"


def asset(service: str, kind: str, window: str, **more: Any) -> Asset:
    return replace(Asset(HERE.arn(service, f"{kind}:orders"), kind, HERE, "orders", "", service=service, window=window), **more)


def database(window: str = WEEKEND, **more: Any) -> Asset:
    return asset("rds", "db instance", window, **more)


def placed(one: Asset, fields: dict[str, Any], now: datetime = BEFORE, **rule: Any) -> Estate:
    """One resource with its automation as it is, before a freeze from a Friday to a Monday, and the rule that takes it."""
    policy = replace(POLICY, freezes=(FREEZE,), managed=(ManagedRule("all", settings=Frozen(rule)),))
    return replace(estate(present(one.service, one, fields), policy=policy, prod=(one,)), now=now)


def only(settings: Callable[[Estate], tuple[Setting, ...]], found: Estate) -> Setting:
    (setting,) = settings(found)
    return setting


def rds_at(now: datetime, *, on: bool, **rule: Any) -> tuple[Setting, ...]:
    return rds.settings(placed(database(), {"AutoMinorVersionUpgrade": on, "PreferredMaintenanceWindow": WEEKEND}, now, **rule))


def test_automatic_upgrades_are_off_before_a_window_that_a_freeze_meets_and_on_again_after_it() -> None:
    (held,) = rds_at(BEFORE, on=True, auto_minor=True)
    assert dict(held.becomes) == {"AutoMinorVersionUpgrade": False}
    assert held.notes == (f"AutoMinorVersionUpgrade {HELD}",)
    assert rds_at(BEFORE, on=False, auto_minor=True) == (), "held already"
    (again,) = rds_at(datetime(2027, 1, 4, tzinfo=UTC), on=False, auto_minor=True)
    assert (dict(again.becomes), again.notes) == ({"AutoMinorVersionUpgrade": True}, ())


def test_a_window_before_the_freeze_is_left_to_aws() -> None:
    assert rds_at(A_WEEK_BEFORE, on=True, auto_minor=True) == ()


def test_what_is_left_of_a_window_that_is_open_counts_alone() -> None:
    ended = Freeze("ended", (Interval(SATURDAY - DAY, SATURDAY + HOUR),))
    within = placed(database(), {"AutoMinorVersionUpgrade": True}, auto_minor=True)
    within = replace(within, policy=replace(within.policy, freezes=(ended,)))
    assert rds.settings(replace(within, now=SATURDAY + HOUR)) == ()
    assert only(rds.settings, replace(within, now=SATURDAY + HOUR / 2)).notes


def test_a_window_that_is_open_is_not_moved_to_while_anything_waits_for_it() -> None:
    night = MaintenanceWindow("night", tuple(Interval(SATURDAY + week * 7 * DAY, SATURDAY + week * 7 * DAY + DAY / 4) for week in range(9)))
    waiting = (Update("system-update", "a patch", UpdateState.MISSING),)

    def at(now: datetime, updates: tuple[Update, ...] | None = waiting, *, on: bool = True) -> tuple[Setting, ...]:
        fields = {"AutoMinorVersionUpgrade": on, "PreferredMaintenanceWindow": "wed:03:00-wed:04:00"}
        found = placed(database("wed:03:00-wed:04:00", updates=updates), fields, now, auto_minor=True, window="night")
        return rds.settings(replace(found, policy=replace(found.policy, windows=(night,), freezes=())))

    (shut,), (open_,), (half,) = at(SATURDAY - HOUR), at(SATURDAY + HOUR), at(SATURDAY + HOUR, on=False)
    assert (shut.action, shut.becomes["PreferredMaintenanceWindow"]) == (Action.CHANGE, WEEKEND)
    assert (open_.action, open_.calls) == (Action.BLOCKED, ())
    assert open_.notes[0].startswith(f"{WEEKEND} is open now, and moved there AWS would put on at once what waits for its window")
    assert (half.action, dict(half.becomes), half.notes) == (Action.CHANGE, {"AutoMinorVersionUpgrade": True}, open_.notes)
    assert [one.action for one in at(SATURDAY + HOUR, ())] == [Action.CHANGE], "nothing waits"
    assert [one.action for one in at(SATURDAY + HOUR, None)] == [Action.BLOCKED], "nobody knows what waits"


def test_only_what_the_rule_names_is_held_and_nothing_where_it_says_so() -> None:
    assert rds_at(BEFORE, on=True) == ()
    assert rds_at(BEFORE, on=True, auto_minor=True, hold_in_freezes=False) == ()
    (off,) = rds_at(BEFORE, on=True, auto_minor=False)
    assert off.notes == (), "it would be off anyway"


def test_the_window_that_it_will_have_decides_where_the_same_plan_moves_it() -> None:
    tuesdays = tuple(Interval(SATURDAY + (week * 7 - 11) * DAY, SATURDAY + (week * 7 - 11) * DAY + DAY / 4) for week in range(50))
    moving = placed(
        database(), {"AutoMinorVersionUpgrade": True, "PreferredMaintenanceWindow": WEEKEND}, WEEKS_BEFORE, auto_minor=True, window="w"
    )
    there = replace(moving, policy=replace(moving.policy, windows=(MaintenanceWindow("w", tuesdays),)))
    setting = only(rds.settings, there)
    assert dict(setting.becomes) == {"PreferredMaintenanceWindow": "tue:22:00-wed:04:00"}
    assert setting.notes == ("w has no weekly opening clear of freezes: year-end meets this one first, on 2026-12-22",)
    assert dict(only(rds.settings, replace(there, now=BEFORE)).becomes) == {
        "PreferredMaintenanceWindow": "tue:22:00-wed:04:00",
        "AutoMinorVersionUpgrade": False,
    }


def test_what_a_template_owns_is_not_held_behind_its_back() -> None:
    owned = database(tags=Frozen({"aws:cloudformation:stack-name": "shop"}))
    setting = only(rds.settings, placed(owned, {"AutoMinorVersionUpgrade": True}, auto_minor=True))
    assert (setting.action, setting.calls) == (Action.BLOCKED, ())
    assert setting.notes[1].endswith(HELD)


def test_managed_updates_that_are_held_stay_so_though_aws_tells_no_window_of_them() -> None:
    fields = {"PreferredStartTime": "Sat:22:00", "UpdateLevel": "minor", "SystemType": "enhanced"}
    shop = asset("elasticbeanstalk", "beanstalk environment", "", facts=Frozen(managed=False, operations_role=True))
    on = placed(shop, {**fields, "ManagedActionsEnabled": "true"}, managed_updates="minor")
    assert dict(only(elasticbeanstalk.settings, on).becomes) == {"ManagedActionsEnabled": "false"}
    held = placed(shop, {**fields, "ManagedActionsEnabled": "false"}, managed_updates="minor")
    assert elasticbeanstalk.settings(held) == ()
    assert dict(only(elasticbeanstalk.settings, replace(held, now=WEEKS_BEFORE)).becomes) == {"ManagedActionsEnabled": "true"}


def test_a_broker_that_must_stay_automatic_cannot_be_held() -> None:
    old, new = (
        asset("mq", "message broker", "sat:22:00-sun:00:00 Europe/Berlin", version=version, facts=Frozen(type="ACTIVEMQ"))
        for version in ("5.17.6", "5.18")
    )
    fields = {"AutoMinorVersionUpgrade": True}
    assert dict(only(mq.settings, placed(old, fields, auto_minor=True)).becomes) == {"AutoMinorVersionUpgrade": False}
    assert mq.settings(placed(new, fields, auto_minor=True)) == ()


def test_a_daily_window_is_held_the_day_before_the_freeze() -> None:
    domain = asset("opensearch", "search domain", "daily 22:00-08:00")
    fields = {"AutoSoftwareUpdateEnabled": True}
    assert opensearch.settings(placed(domain, fields, BEFORE, auto_maintenance=True)) == ()
    held = only(opensearch.settings, placed(domain, fields, BEFORE + DAY, auto_maintenance=True))
    assert dict(held.becomes) == {"AutoSoftwareUpdateEnabled": False}
