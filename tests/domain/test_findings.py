"""What a policy can never do, and, with a snapshot, who is in no ring and where nobody looked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.forecast import Finding, forecast
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.membership import matches
from patchkeep.domain.overlap import compatible, contains
from patchkeep.domain.policy import (
    Amount,
    Apart,
    Approval,
    Approve,
    BaselineRule,
    Blast,
    Environment,
    Installer,
    ManagedRule,
    Match,
    Policy,
    RingRule,
    Sla,
)
from patchkeep.domain.snapshot import Snapshot
from tests.domain.make import DAY, HERE, NOW, asset, window

DEV = Environment("dev", Match(ous=("Dev",)))
PROD = Environment("prod", Match(ous=("Prod",)))
LINUX = BaselineRule("linux", ("amazon-linux-2023",), (Approve("security"),))
NIGHTLY = window(*((24 * day, 24 * day + 4) for day in range(400)))
SOUND = Policy(
    "p",
    "",
    environments=(DEV, PROD),
    baselines=(LINUX,),
    windows=(NIGHTLY,),
    rings=(RingRule("dev", ("dev",)), RingRule("prod", ("prod",), window="nightly")),
    approvals=(Approval("prod", 2, ("aws-sso:Ops",), not_author=True),),
    slas=(Sla("critical", 14 * DAY),),
)


def causes(policy: Policy) -> list[str]:
    return [finding.cause for finding in forecast(policy, NOW).findings]


def finding(policy: Policy) -> Finding:
    (only,) = forecast(policy, NOW).findings
    return only


def tagged(key: str, *values: str) -> Match:
    return Match(tags=Frozen({key: values}))


def test_a_sound_policy_has_no_findings_and_holds() -> None:
    assert causes(SOUND) == []
    assert forecast(SOUND, NOW).holds


def test_what_may_take_longer_than_is_calculated_is_said() -> None:
    (people,) = (note for note in forecast(SOUND, NOW).notes if note.startswith("the worst cases leave out"))
    assert people.endswith("how long people take to begin a rollout and to approve it")
    capped = replace(SOUND, blast=Blast(per_hour=1), apart=(Apart("Cluster"),))
    assert any("leave out `blast` and `apart`: with fewer under way" in note for note in forecast(capped, NOW).notes)


def test_an_environment_that_no_ring_draws_from_is_grave() -> None:
    found = forecast(replace(SOUND, rings=SOUND.rings[1:]), NOW)
    assert [f.cause for f in found.findings] == ["environment in no ring"]
    assert "environment dev" in found.findings[0].why
    assert not found.holds
    by_aws = replace(SOUND, environments=(replace(DEV, installer=Installer.AWS, window="nightly"), PROD), rings=SOUND.rings[1:])
    assert causes(by_aws) == [], "where AWS installs there is none to draw from"


def test_an_environment_without_any_baseline_is_grave() -> None:
    only_dev = replace(SOUND, baselines=(replace(LINUX, environments=("dev",)),))
    assert finding(only_dev).why.startswith("no baseline is for environment prod")


DATABASES = ManagedRule("databases", Match(kinds=("db instance",)), updates=("minor",))
MANAGED_ALONE = replace(SOUND, baselines=(), managed=(DATABASES,), slas=())


def test_a_policy_for_managed_resources_alone_lacks_no_baseline_until_machines_are_seen() -> None:
    assert causes(MANAGED_ALONE) == []
    database = replace(asset("orders"), kind="db instance", ou="Prod")
    assert not any(f.grave for f in forecast(MANAGED_ALONE, NOW, snapshot(database)).findings)
    machines = forecast(MANAGED_ALONE, NOW, snapshot(database, replace(asset("i-1"), ou="Prod"))).findings
    assert [f.why.partition(" (")[0] for f in machines if f.grave] == ["no baseline is for environment prod"]


def test_baselines_of_other_environments_say_that_machines_were_meant() -> None:
    policy = replace(SOUND, baselines=(replace(LINUX, environments=("dev",)),), managed=(DATABASES,))
    assert causes(policy) == ["no baseline"]
    by_kind = replace(PROD, match=Match(ous=("Prod",), kinds=("db instance",)))
    assert causes(replace(policy, environments=(DEV, by_kind))) == []


@pytest.mark.parametrize(
    "rule",
    [
        ManagedRule("odd", Match(kinds=("node",))),
        ManagedRule("odd", Match(ous=("Staging",))),
        ManagedRule("odd", Match(ous=("Prod",)), environments=("dev",)),
    ],
)
def test_a_managed_rule_that_no_resource_can_meet_is_grave(rule: ManagedRule) -> None:
    found = finding(replace(SOUND, managed=(rule,)))
    assert (found.cause, found.grave) == ("managed rule that takes nothing", True)


def test_a_managed_rule_wholly_behind_an_earlier_one_is_told_with_that_one() -> None:
    later = ManagedRule("orders", Match(kinds=("db instance",), tags=Frozen(App=("orders",))), environments=("prod",))
    assert "databases (:0:0) before it takes all that it could" in finding(replace(SOUND, managed=(DATABASES, later))).why
    assert causes(replace(SOUND, managed=(later, DATABASES))) == []
    elsewhere = replace(DATABASES, environments=("dev",))
    assert causes(replace(SOUND, managed=(elsewhere, later))) == []


def test_an_environment_within_another_is_in_neither() -> None:
    inner = Environment("web", Match(ous=("Prod/Web",)))
    ring = RingRule("web", ("web",))
    assert causes(replace(SOUND, environments=(DEV, PROD, inner), rings=(*SOUND.rings, ring))) == ["overlapping environments"]


@pytest.mark.parametrize("match", [Match(ous=("Staging",)), Match(ous=("Prod",), kinds=("node",))])
def test_a_ring_whose_conditions_its_environment_cannot_meet_takes_nobody(match: Match) -> None:
    rings = (RingRule("odd", ("dev",), match), *SOUND.rings)
    assert finding(replace(SOUND, rings=rings)).why.startswith("ring odd (:0:0) can take nobody")


def test_a_ring_behind_one_that_takes_all_is_left_nothing() -> None:
    web = RingRule("web", ("prod",), tagged("Role", "web", "app"))
    later = RingRule("web-late", ("prod",), tagged("Role", "web"))
    assert causes(replace(SOUND, rings=(SOUND.rings[0], web, later, SOUND.rings[1]))) == ["ring that takes nobody"]
    part = replace(web, size=Amount(share=0.5))
    assert causes(replace(SOUND, rings=(SOUND.rings[0], part, later, SOUND.rings[1]))) == []
    assert causes(replace(SOUND, rings=(SOUND.rings[0], later, web, SOUND.rings[1]))) == []


@pytest.mark.parametrize(
    ("approval", "cause", "grave"),
    [
        (Approval("prod", 2, ("arn:aws:iam::111122223333:user/a",)), "approval nobody can give", True),
        (
            Approval("prod", 2, ("arn:aws:iam::111122223333:role/Ops", "arn:aws:iam::444455556666:role/Ops")),
            "approval nobody can give",
            True,
        ),
        (Approval("prod", 1, ("arn:aws:iam::111122223333:user/a",), not_author=True), "approval that may stay shut", True),
        (
            Approval("prod", 2, ("arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/b"), not_author=True),
            "approval that may stay shut",
            False,
        ),
        (Approval("gone", 1), "approval nobody asks for", False),
    ],
)
def test_an_approval_that_nobody_can_give_is_found_before_anybody_waits_for_it(approval: Approval, cause: str, grave: bool) -> None:
    found = finding(replace(SOUND, approvals=(approval,)))
    assert (found.cause, found.grave) == (cause, grave)


@pytest.mark.parametrize(
    "approvers",
    [
        (),
        ("aws-sso:Ops",),
        ("arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/b", "arn:aws:iam::111122223333:user/c"),
        ("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef",),
    ],
)
def test_people_who_can_be_told_apart_are_enough(approvers: tuple[str, ...]) -> None:
    assert causes(replace(SOUND, approvals=(Approval("prod", 2, approvers, not_author=True),))) == []


def test_a_window_that_nothing_names_is_said_but_no_fault() -> None:
    found = forecast(replace(SOUND, windows=(NIGHTLY, window((5, 9), name="spare"))), NOW)
    assert [f.cause for f in found.findings] == ["window that nobody uses"]
    assert found.holds


def test_a_window_that_a_rule_for_managed_resources_names_is_used() -> None:
    rule = ManagedRule("caches", settings=Frozen(window="spare"))
    assert causes(replace(SOUND, windows=(NIGHTLY, window((5, 9), name="spare")), managed=(rule,))) == []


def test_regions_that_are_not_looked_at_are_named() -> None:
    policy = replace(SOUND, organization=replace(SOUND.organization, regions=("eu-central-1",)))
    notes = forecast(policy, NOW, regions=("eu-central-1", "eu-west-1", "us-east-1")).notes
    assert notes[0] == "only eu-central-1 is looked at; 2 other regions are not (eu-west-1, us-east-1)"


# --- what rules can meet --------------------------------------------------------------------------------------------

PLACES = st.sampled_from(["A", "A/B", "A/B/C", "B", "AB"])
MATCHES = st.builds(
    Match,
    ous=st.lists(PLACES, max_size=2).map(tuple),
    accounts=st.lists(st.sampled_from(["1", "2"]), max_size=2).map(tuple),
    tags=st.dictionaries(st.sampled_from(["x", "y"]), st.lists(st.sampled_from(["1", "2"]), min_size=1).map(tuple)).map(Frozen),
)
ASSETS = st.builds(
    lambda ou, account, tags: replace(asset("i", target=Target(account, "eu-central-1")), ou=ou, tags=Frozen(tags)),
    PLACES,
    st.sampled_from(["1", "2", "3"]),
    st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["1", "2", "3"])),
)


@given(MATCHES, MATCHES, ASSETS)
def test_a_rule_that_contains_another_is_met_by_all_that_meets_it_and_rules_that_cannot_meet_are_met_by_none(
    one: Match, other: Match, thing: Asset
) -> None:
    if contains(one, other) and matches(other, thing):
        assert matches(one, thing)
    if not compatible(one, other):
        assert not (matches(one, thing) and matches(other, thing))


# --- with a snapshot ------------------------------------------------------------------------------------------------


def snapshot(*assets: Asset, gaps: tuple[Gap, ...] = ()) -> Snapshot:
    return Snapshot("s", NOW, "o-1", targets=(HERE,), assets=assets, gaps=gaps)


def test_every_asset_in_no_ring_and_in_no_environment_is_named() -> None:
    seen = snapshot(replace(asset("i-dev"), ou="Dev"), replace(asset("i-stray"), ou="Elsewhere"), replace(asset("i-prod"), ou="Prod"))
    partly = replace(SOUND, rings=(replace(SOUND.rings[0], match=tagged("Role", "web")), SOUND.rings[1]))
    found = forecast(partly, NOW, seen)
    assert found.looked is not None
    assert sorted((skip.name, skip.reason.partition(":")[0]) for skip in found.looked.outside) == [
        ("i-dev", "in no ring"),
        ("i-stray", "in no environment"),
    ]
    assert not found.holds
    assert found.looked.empty_rings == ("dev",)


def test_where_aws_installs_nobody_is_missing_a_ring() -> None:
    by_aws = replace(SOUND, environments=(replace(DEV, installer=Installer.AWS, window="nightly"), PROD), rings=SOUND.rings[1:])
    found = forecast(by_aws, NOW, snapshot(replace(asset("i-dev"), ou="Dev"), replace(asset("i-prod"), ou="Prod")))
    assert found.looked is not None
    assert found.looked.outside == ()
    assert found.holds


def test_an_asset_whose_tag_names_no_window_is_passed_by() -> None:
    lost = replace(asset("i-1"), ou="Prod", tags=Frozen({"PatchWindow": "nightli"}))
    found = forecast(replace(SOUND, window_tag="PatchWindow"), NOW, snapshot(lost))
    assert found.looked is not None
    assert ["names the window 'nightli', which the policy does not have" in skip.reason for skip in found.looked.outside] == [True]


def test_windows_that_tags_name_count_for_their_ring() -> None:
    rare = window((24 * 300, 24 * 300 + 4), name="rare")
    policy = replace(SOUND, windows=(NIGHTLY, rare), window_tag="PatchWindow")
    often = forecast(policy, NOW, snapshot(replace(asset("i-1"), ou="Prod")))
    seldom = forecast(policy, NOW, snapshot(replace(asset("i-1"), ou="Prod", tags=Frozen({"PatchWindow": "rare"}))))
    assert often.holds
    assert not seldom.holds


def test_places_that_refused_and_those_left_out_by_decision_are_told_apart() -> None:
    gaps = (
        Gap(Target("1", "eu-central-1"), "nodes", Cause.REFUSED, "no"),
        Gap(Target("2", ""), "accounts", Cause.EXCLUDED, "sandbox"),
        Gap(Target("3", "eu-central-1"), "associations", Cause.REFUSED, "hides no asset"),
    )
    found = forecast(SOUND, NOW, snapshot(gaps=gaps))
    assert found.looked is not None
    assert [gap.target.account for gap in found.looked.unread] == ["1"]
    assert [gap.target.account for gap in found.looked.left_out] == ["2"]
