"""Managed resources in a plan: by which rule, in which order, after whose agreement; and why something is left out."""

from __future__ import annotations

from dataclasses import replace

from patchkeep.domain.plan import Change, Plan
from patchkeep.domain.progress import Batch
from patchkeep.doors.store import Store
from patchkeep.policy import load
from patchkeep.services import kinds
from patchkeep.work.assess import assess
from patchkeep.work.plan import Only, plan
from patchkeep.work.rollout.again import kept_away, tell
from patchkeep.work.rollout.rolling import Rolling
from tests.managed.walking import organization
from tests.work.estate import SERVICES, Estate, world_of
from tests.work.near import Fuse, fused

DATABASE = '- {kind: db-instance, name: orders, engine: postgres, version: "15.14", environment: dev, tags: {App: shop}}'
WAITING = DATABASE.replace("tags: {App: shop}", "tags: {TfModule: orders}, settings: {pending: [{action: os-upgrade, forced: 21}]}")
REPLICA = f"{DATABASE}\n" + DATABASE.replace("orders", "copy").replace(
    "tags: {App: shop}", "tags: {Role: copy}, settings: {source: orders}"
)
POLICY = """
name: managed
environments: {dev: {match: {ou: Workloads/Dev}}}
rings:
  - {name: first, select: {env: dev, tags: {First: yes-please}}}
  - {name: all, select: {env: dev}}
managed: {all: {updates: [maintenance, minor]}}
"""


def planned(resources: str, text: str = POLICY, only: str = "") -> Plan:
    estate = Estate(world_of(organization(resources)))
    policy = load(text, "p.yaml", estate.clock.now(), kinds=lambda: kinds(SERVICES))
    estate.text = "name: managed\nenvironments: {all: {match: all}}\n"
    snapshot = estate.discover()
    chosen = Only((only,), policy.environment(only).match) if only else Only()
    return plan(assess(snapshot, policy, SERVICES, estate.clock.now()), SERVICES, "arn:aws:iam::111122223333:user/x", chosen)


def changes(made: Plan) -> dict[str, Change]:
    return {change.name: change for ring in made.rings for change in ring.changes}


def left_out(made: Plan) -> dict[str, str]:
    return {skip.name: skip.reason for skip in made.skips}


def test_nothing_is_done_about_a_resource_that_no_rule_takes() -> None:
    made = planned(DATABASE, POLICY.replace("managed:", "#"))
    assert (changes(made), left_out(made)) == ({}, {"orders": "no rule of the policy takes it"})
    assert made.skips[0].better == "add one under `managed`: match: {kind: [db instance]}"


def test_a_version_that_a_template_of_your_own_pins_is_left_to_it_and_maintenance_goes_on() -> None:
    owned = f"{POLICY}templates: {{tags: TfModule}}\n"
    (change,) = changes(planned(WAITING, owned)).values()
    assert [update.id for update in change.updates] == ["os-upgrade"]
    reason = left_out(planned(DATABASE.replace("App: shop", "TfModule: orders"), owned))["orders"]
    assert reason.startswith("a template (tag TfModule=orders) owns it and would set its EngineVersion 15.")


def test_a_version_that_a_template_pins_goes_on_where_the_rule_says_so() -> None:
    owned = f"{POLICY}templates: {{tags: TfModule}}\n".replace("minor]", "minor], in_place: true")
    assert {update.id for update in changes(planned(WAITING, owned))["orders"].updates} == {"engine", "os-upgrade"}


def test_nothing_is_agreed_for_a_window_of_aws_s_own_that_a_freeze_meets_and_what_it_forces_then_is_said() -> None:
    frozen = POLICY.replace("minor]", "minor], apply: aws-window") + "freezes: [{name: autumn, from: 2026-09-02, to: 2026-09-30}]\n"
    made = planned(WAITING.replace("tags: {TfModule: orders}", "window: sun:03:00-sun:04:00"), frozen)
    (skip,) = made.skips
    assert (skip.reason, skip.better) == (
        "AWS's own next window reaches into freeze autumn",
        "plan again when freeze autumn ends on 2026-10-01 00:00 UTC",
    )
    (note,) = (note for note in made.notes if note.startswith("AWS acts"))
    assert note.startswith("AWS acts on orders (New Operating System update is available) on 2026-09-22 ")
    assert "inside freeze autumn: carry it out before 2026-09-02 00:00" in note


def test_what_would_go_on_in_a_freeze_by_the_time_that_its_ring_s_turn_comes_is_left_alone(store: Store) -> None:
    text = POLICY.replace("minor]", "minor], apply: aws-window") + "freezes: [{name: autumn, from: 2026-09-07, to: 2026-09-20}]\n"
    estate = Estate(world_of(organization(WAITING.replace("tags: {TfModule: orders}", "window: sun:03:00-sun:04:00"))), text)
    made = estate.plan()
    (change,) = changes(made).values()
    batch = Batch("pk-1", "all", "opt in", change.target, (change.resource,), estate.clock.now(), service="rds")
    rolling = Rolling(made, estate.policy, estate.aws, SERVICES, *fused(store, Fuse()), estate.clock, "somebody")
    told = tell(rolling, {(batch.service, batch.target)})
    assert kept_away(rolling, batch, told) == {}
    estate.days(5)
    assert kept_away(rolling, batch, told) == {"db:orders": "left alone: AWS's own next window reaches into freeze autumn"}
    assert kept_away(rolling, replace(batch, step="undo"), told) == {}


def test_what_cannot_be_undone_asks_for_two_people_unless_the_policy_says_otherwise() -> None:
    (asked,) = planned(DATABASE).rings[1].approvals
    (told,) = planned(DATABASE, f"{POLICY}approval: {{irreversible: {{people: 1}}}}\n").rings[1].approvals
    assert (asked.scope, asked.people, told.people) == ("irreversible", 2, 1)


def test_the_policy_s_order_holds_where_both_share_the_tag_s_value() -> None:
    order = "order: [{first: {tags: {Role: first}}, then: {tags: {Role: then}}, same_tag: App}]\n"
    shop, wiki = DATABASE.replace("App: shop", "App: shop, Role: then"), DATABASE.replace("App: shop", "App: wiki, Role: then")
    first = DATABASE.replace("orders", "base").replace("App: shop", "App: shop, Role: first")
    made = changes(planned("\n".join((shop, wiki.replace("orders", "wiki"), first)), POLICY + order))
    assert made["orders"].after == (made["base"].id,)
    assert (made["base"].after, made["wiki"].after) == ((), ())


def test_two_orders_that_turn_out_against_each_other_leave_both_out_and_say_so() -> None:
    apps, sides = "first: {tags: {App: shop}}, then: {tags: {App: wiki}}", "first: {tags: {Side: late}}, then: {tags: {Side: early}}"
    shop, wiki = DATABASE.replace("App: shop", "App: shop, Side: early"), DATABASE.replace("App: shop", "App: wiki, Side: late")
    made = planned(f"{shop}\n{wiki.replace('orders', 'wiki')}", f"{POLICY}order: [{{{apps}}}, {{{sides}}}]\n")
    assert changes(made) == {}
    assert set(left_out(made).values()) == {"would have to wait for itself"}


def test_one_in_an_earlier_ring_than_who_goes_before_it_moves_to_the_later_ring() -> None:
    made = planned(REPLICA.replace("{App: shop}", "{First: yes-please}"))
    assert [[change.name for change in ring.changes] for ring in made.rings] == [[], ["copy", "orders"]]
    assert changes(made)["orders"].after == (changes(made)["copy"].id,)


def test_who_must_wait_for_one_outside_the_pilot_is_left_out() -> None:
    text = POLICY.replace("dev: {match: {ou: Workloads/Dev}}", "dev: {match: {tags: {App: shop}}}, copies: {match: {tags: {Role: copy}}}")
    made = planned(REPLICA, text, "dev")
    assert changes(made) == {}
    assert left_out(made)["orders"].startswith("copy must go first: ")
