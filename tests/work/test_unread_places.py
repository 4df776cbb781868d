"""What could not be read is never taken for gone: no settings there, and nothing of ours started on nodes somebody else may patch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.setting import Action
from patchkeep.domain.snapshot import Snapshot
from patchkeep.services import load
from patchkeep.work.assess import Assessment, assess
from patchkeep.work.plan import Only, plan
from tests.services.estates import POLICY, PROD, node
from tests.services.samples import NOW, OWNERSHIP, RUNNING, STOPPED
from tests.services.talk import HERE

THERE, ELSEWHERE = replace(HERE, region="us-east-1"), replace(HERE, region="eu-west-1")
ALL = replace(POLICY, environments=(PROD,))
SERVICES = load()


def gap(service: str, target: Target = HERE, *assets: str) -> Gap:
    return Gap(target, service, Cause.REFUSED, "explicit deny", assets=assets)


def leftover(target: Target) -> Existing:
    """A baseline of ours in a place where nobody was seen."""
    fields = Frozen(OperatingSystem="DEBIAN", PatchGroups=["patchkeep-main-prod"])
    return Existing("baselines", "patch baseline", target, "pb-1", "patchkeep-main-prod-debian", OWNERSHIP, fields)


def seen(assets: tuple[Asset, ...], *gaps: Gap, objects: tuple[Existing, ...] = ()) -> Assessment:
    snapshot = Snapshot("s", NOW, OWNERSHIP.split("/")[0], assets=assets, objects=objects, gaps=gaps)
    return assess(snapshot, ALL, SERVICES, NOW)


@pytest.mark.parametrize("service", ["nodes", "groups", "baselines", "associations", "windows", "documents", "accounts"])
def test_members_that_were_not_seen_are_not_members_that_left(service: str) -> None:
    member = node(RUNNING, ELSEWHERE)
    made = plan(seen((member,), gap(service), objects=(leftover(HERE), leftover(THERE))), SERVICES, "me", Only())
    assert [setting.target for setting in made.settings if setting.action is Action.DELETE] == [THERE]
    assert {setting.target for setting in made.settings} == {THERE, ELSEWHERE}
    assert made.notes == (f"no settings are planned in {HERE}: {service} not read there: explicit deny",)


def test_an_account_that_refused_altogether_keeps_all_its_regions() -> None:
    refused, member = gap("accounts", replace(HERE, region="")), node(RUNNING, replace(HERE, account="999988887777"))
    made = plan(seen((member,), refused, objects=(leftover(HERE), leftover(THERE))), SERVICES, "me", Only())
    assert {setting.target for setting in made.settings} == {member.target}


def test_a_gap_about_some_nodes_facts_keeps_nothing_from_being_planned() -> None:
    asset = node(RUNNING)
    made = plan(seen((asset,), gap("nodes", HERE, asset.id)), SERVICES, "me", Only())
    assert {setting.service for setting in made.settings} >= {"baselines", "groups", "associations"}
    assert not any("not read" in note for note in made.notes)


def test_a_gap_about_what_no_setting_rests_on_keeps_nothing_from_being_planned() -> None:
    assert plan(seen((node(RUNNING),), gap("management")), SERVICES, "me", Only()).settings


@pytest.mark.parametrize("service", ["associations", "windows"])
def test_nodes_whose_other_installers_were_not_read_are_left_alone(service: str) -> None:
    judged = seen((node(RUNNING), node(STOPPED, THERE)), gap(service))
    hidden = {asset.resource: [o.cause for o in asset.obstacles if o.leave_alone and o.stops_patching] for asset in judged.assets}
    assert hidden == {RUNNING: ["rivals not read"], STOPPED: []}
    assert [asset.resource for asset in judged.patchable] == [STOPPED]


def test_no_group_is_called_a_typo_where_baselines_were_not_read() -> None:
    mistyped = node(RUNNING, PatchGroup="webb")
    causes = [[o.cause for o in seen((mistyped,), *gaps).assets[0].obstacles] for gaps in ((), (gap("baselines"),))]
    assert ["patch group without a baseline" in found for found in causes] == [True, False]


def test_a_node_whose_system_the_policy_has_no_baseline_for_is_not_installed_on_by_the_default_one() -> None:
    judged = seen((replace(node(RUNNING), os="ubuntu-24.04"), node(STOPPED)))
    assert [asset.resource for asset in judged.patchable] == [STOPPED]
    made = plan(judged, SERVICES, "me", Only())
    assert "runs ubuntu-24.04, for which the policy has no baseline: it would take AWS's default one" in {s.reason for s in made.skips}
