"""A slip in the policy empties an environment: that is said, and nothing of ours is deleted for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Environment, Match, Place, RingRule
from patchkeep.domain.setting import MEMBER_TAG, Action
from patchkeep.domain.snapshot import AccountSeen, Snapshot
from patchkeep.services import load
from patchkeep.work.assess import Assessment, assess
from patchkeep.work.doctor import doctor
from patchkeep.work.plan import Only, plan
from tests.services.estates import POLICY, node
from tests.services.samples import NOW, OWNERSHIP, RUNNING, STOPPED
from tests.services.talk import HERE

SERVICES = load()


def in_unit(resource: str, ou: str, environment: str = "dev") -> Asset:
    return replace(node(resource), ou=ou, tags=Frozen({MEMBER_TAG: f"patchkeep-main-{environment}"}))


def unit(name: str, *ous: str) -> Environment:
    return Environment(name, Match(ous=ous), place=Place("p.yaml", 3, len(name)))


def ours(environment: str, name: str = "") -> Existing:
    fields = Frozen(OperatingSystem="DEBIAN", PatchGroups=[f"patchkeep-main-{environment}"])
    return Existing(
        "baselines", "patch baseline", HERE, f"pb-{environment}{name}", f"patchkeep-main-{environment}{name}", OWNERSHIP, fields
    )


DOCUMENT = Existing("documents", "document", HERE, "Patchkeep-Reboot", "Patchkeep-Reboot", OWNERSHIP, Frozen(LatestSha256="", Sha256=""))
DEV, PROD = in_unit(RUNNING, "Workloads/Dev"), in_unit(STOPPED, "Workloads/Prod", "prod")
LEFT = ours("dev", "-redhat-enterprise-linux")  # which no member needs


def judged(*environments: Environment, assets: tuple[Asset, ...] = (DEV,), objects: tuple[Existing, ...] = ()) -> Assessment:
    accounts = (AccountSeen(HERE.account, "dev", "Workloads/Dev"), AccountSeen("999988887777", "prod", "Workloads/Prod"))
    snapshot = Snapshot("s", NOW, OWNERSHIP.split("/")[0], accounts, assets=assets, objects=objects)
    return assess(snapshot, replace(POLICY, environments=environments), SERVICES, NOW)


def deletes(assessment: Assessment) -> list[str]:
    made = plan(assessment, SERVICES, "me", Only())
    return [setting.name for setting in made.settings if setting.action is Action.DELETE]


def test_a_slip_in_a_units_name_deletes_nothing_and_says_what_was_probably_meant() -> None:
    slip = judged(unit("dev", "Workloads/dev"), objects=(LEFT, DOCUMENT))
    assert deletes(slip) == []
    said = "environment dev matches no asset: there is no unit Workloads/dev; did you mean Workloads/Dev?"
    assert plan(slip, SERVICES, "me", Only()).notes == (f"{said} Its 1 setting is left as it is",)
    assert slip.warnings == (said,)
    assert next((row.cause, row.name, row.why) for row in doctor(slip)) == ("environment without assets", "dev", said)


def test_what_no_member_needs_any_more_is_deleted() -> None:
    assert deletes(judged(unit("dev", "Workloads/Dev"), objects=(LEFT,))) == [LEFT.name]


def test_an_environment_that_left_the_policy_is_cleared_away() -> None:
    gone = judged(unit("prod", "Workloads/Prod"), assets=(DEV, PROD), objects=(LEFT, ours("prod-dev")))
    assert deletes(gone) == [LEFT.name, "patchkeep-main-prod-dev"]


def test_an_environment_is_cleared_away_when_its_members_are_seen_in_another_one() -> None:
    moved = judged(unit("dev", "Workloads/Old"), unit("new", "Workloads/Dev"), objects=(LEFT,))
    assert deletes(moved) == [LEFT.name]


def test_an_empty_environment_does_not_spare_those_of_a_longer_name() -> None:
    found = judged(
        unit("dev", "Workloads/dev"), unit("dev-web", "Workloads/Prod"), assets=(DEV, PROD), objects=(LEFT, ours("dev-web", "-x"))
    )
    assert deletes(found) == ["patchkeep-main-dev-web-x"]


def test_overlapping_environments_are_said_with_both_places_and_delete_nothing() -> None:
    both = judged(unit("all", "Workloads"), unit("dev", "Workloads/Dev"), assets=(DEV, PROD), objects=(LEFT,))
    said = "all 1 asset of environment dev (p.yaml:3:3) are also in all (p.yaml:3:3), so they are in neither."
    assert both.warnings == (said,)
    assert deletes(both) == []


@pytest.mark.parametrize(
    ("match", "why"),
    [
        (Match(ous=("Workloads/Legacy",)), "no account that was seen is in a unit Workloads/Legacy."),
        (Match(ous=("Dev",)), "there is no unit Dev; did you mean Workloads/Dev?"),
        (Match(ous=("Shared",)), "no account that was seen is in a unit Shared."),
        (Match(ous=("Workloads",), accounts=("123456789012",)), "there is no account 123456789012."),
        (Match(tags=Frozen(Environment=("Dev",))), "nothing that was seen is tagged Environment=Dev; did you mean dev?"),
        (Match(ous=("Workloads/Prod",)), "nothing that was seen meets its rule."),
    ],
)
def test_why_nothing_matches_is_said(match: Match, why: str) -> None:
    tagged = replace(DEV, tags=Frozen(Environment="dev"))
    assert judged(Environment("web", match), assets=(tagged,)).warnings == (f"environment web matches no asset: {why}",)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.COMPLIANT, ("ring r: its 1 member is compliant: it has nothing to prove this plan on",)),
        (Status.UNKNOWN, ("ring r: nothing is planned on its 1 member, so it proves nothing",)),
    ],
)
def test_a_ring_without_anything_to_patch_says_whether_that_is_well(status: Status, said: tuple[str, ...]) -> None:
    """Nothing is planned on the UNKNOWN one, because its tag names a window that there is not."""
    lost = replace(DEV, tags=Frozen(DEV.tags, Window="never"))
    found = judged(unit("dev", "Workloads/Dev"), assets=(lost,))
    policy = replace(found.policy, rings=(RingRule("r"),), window_tag="" if status is Status.COMPLIANT else "Window")
    verdict = Compliance(DEV.id, status, ("as the test says",))
    assert plan(replace(found, policy=policy, verdicts={DEV.id: verdict}), SERVICES, "me", Only()).notes == said
