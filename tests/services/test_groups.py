"""Patch group tags: who gets ours, who keeps another's, and how few calls that takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.setting import Action
from patchkeep.services.groups import discover, settings
from tests.services.estates import actions, by_name, estate, node, operations
from tests.services.samples import BARE, GROUP, HYBRID, OWNERSHIP, READS, RUNNING, STOPPED, instance, reservations
from tests.services.talk import HERE, carry

LEGACY_GROUP = "patchkeep-main-legacy"


def borne(value: str, *nodes: str, key: str = "PatchGroup", target: Target = HERE) -> Existing:
    return Existing("groups", "patch group tag", target, f"{key}={value}", value, "", Frozen(Key=key, Members=sorted(nodes)))


def baseline(*groups: str, owner: str = OWNERSHIP) -> Existing:
    return Existing("baselines", "patch baseline", HERE, "pb-1", "b", owner, Frozen(PatchGroups=groups, OtherGroups=()))


def test_every_value_under_either_key_is_found_with_its_bearers() -> None:
    machines = reservations(
        instance(RUNNING, PatchGroup=GROUP), instance(STOPPED, **{"Patch Group": "web"}), instance(BARE, PatchGroup="web")
    )
    found, calls = carry(discover(HERE), {**READS, "describe_instances": machines})
    bearers = {existing.id: existing.fields["Members"] for existing in found.objects}
    assert bearers == {
        f"PatchGroup={GROUP}": tuple(sorted({RUNNING, HYBRID, *_all_hybrid()})),
        "Patch Group=web": (STOPPED,),
        "PatchGroup=web": (BARE,),
    }
    assert [call.operation for call in calls if call.service == "ec2"] == ["describe_instances"]


def _all_hybrid() -> set[str]:
    return {row["InstanceId"] for row in READS["describe_instance_information"]["InstanceInformationList"]}


def test_members_without_a_group_get_ours_in_one_call_and_hybrid_nodes_in_one_each() -> None:
    fleet: tuple[Asset, ...] = tuple(node(f"i-{number:017x}") for number in range(200))
    (setting,) = settings(estate(prod=(*fleet, node(HYBRID))))
    assert (setting.action, setting.name, len(setting.becomes["Members"])) == (Action.CREATE, GROUP, 201)
    assert operations(setting) == ["create_tags", "add_tags_to_resource"]
    assert setting.calls[0].params["Tags"][0] == {"Key": "PatchGroup", "Value": GROUP}


def test_more_than_a_thousand_members_take_a_call_for_each_thousand() -> None:
    fleet = tuple(node(f"i-{number:017x}") for number in range(1500))
    (setting,) = settings(estate(prod=fleet))
    assert [len(call.params["Resources"]) for call in setting.calls] == [1000, 500]


def test_members_that_bear_it_all_need_nothing() -> None:
    assert settings(estate(borne(GROUP, RUNNING, HYBRID), prod=(node(RUNNING), node(HYBRID)))) == ()


def test_one_that_joined_is_tagged_and_one_that_left_is_freed() -> None:
    (setting,) = settings(estate(borne(GROUP, STOPPED, HYBRID), prod=(node(RUNNING), node(BARE))))
    assert setting.action is Action.CHANGE
    assert operations(setting) == ["create_tags", "delete_tags", "remove_tags_from_resource"]
    tagged, freed, hybrid = setting.calls
    assert tagged.params["Resources"] == (RUNNING, BARE)
    assert (freed.params["Resources"], freed.params["Tags"][0]["Value"]) == ((STOPPED,), GROUP), "only where it still has our value"
    assert hybrid.params["ResourceId"] == HYBRID


def test_a_node_that_moves_between_our_environments_is_tagged_once_and_never_freed() -> None:
    moved = estate(borne(GROUP, RUNNING, HYBRID), legacy=(node(RUNNING), node(HYBRID)))
    (setting,) = settings(moved)
    assert (setting.name, setting.action) == (LEGACY_GROUP, Action.CREATE)
    assert operations(setting) == ["create_tags", "add_tags_to_resource"]


def test_somebody_else_s_group_is_left_as_it_is_and_said() -> None:
    made = settings(estate(borne("web", RUNNING), borne("db", STOPPED, key="Patch Group"), prod=(node(RUNNING), node(STOPPED), node(BARE))))
    assert actions(made) == {
        GROUP: Action.CREATE,
        f"{GROUP} over PatchGroup=web": Action.BLOCKED,
        f"{GROUP} over Patch Group=db": Action.BLOCKED,
    }
    assert by_name(made)[GROUP].becomes["Members"] == (BARE,)
    assert RUNNING in by_name(made)[f"{GROUP} over PatchGroup=web"].notes[0]


def test_a_group_of_another_policy_is_somebody_else_s() -> None:
    made = settings(estate(borne("patchkeep-other-prod", RUNNING), prod=(node(RUNNING),)))
    assert [setting.action for setting in made] == [Action.BLOCKED]


def test_a_foreign_group_on_machines_that_are_nobody_s_is_no_matter() -> None:
    assert settings(estate(borne("web", RUNNING), prod=())) == ()


def test_a_group_whose_environment_is_gone_is_ours_while_a_baseline_of_ours_is_registered_with_it() -> None:
    gone = borne("patchkeep-main-old", RUNNING)
    (setting,) = settings(estate(gone, baseline("patchkeep-main-old")))
    assert (setting.action, operations(setting)) == (Action.DELETE, ["delete_tags"])
    assert settings(estate(gone, baseline("patchkeep-main-old", owner="o-else/x"))) == ()


def test_the_old_key_with_our_own_value_does_no_harm() -> None:
    (setting,) = settings(estate(borne(GROUP, RUNNING, key="Patch Group"), prod=(node(RUNNING),)))
    assert setting.action is Action.CREATE


def test_accounts_and_regions_are_settled_apart() -> None:
    there = replace(HERE, region="us-east-1")
    made = settings(estate(borne(GROUP, RUNNING), prod=(node(RUNNING), node(STOPPED, there))))
    assert [(setting.target, setting.becomes["Members"]) for setting in made] == [(there, (STOPPED,))]


def test_what_carrying_out_a_setting_leaves_needs_no_setting() -> None:
    before = estate(borne("web", BARE), prod=(node(RUNNING), node(HYBRID)), legacy=(node(STOPPED),))
    after = [borne("web", BARE)] + [borne(s.name, *s.becomes["Members"]) for s in settings(before)]
    assert settings(replace(before, objects=tuple(after))) == ()


def test_tags_of_hybrid_nodes_are_read_only_for_those_that_bear_the_key() -> None:
    nothing: dict[str, Any] = {"InstanceInformationList": []}
    _, calls = carry(discover(HERE), {**READS, "describe_instance_information": nothing})
    assert "list_tags_for_resource" not in {call.operation for call in calls}
