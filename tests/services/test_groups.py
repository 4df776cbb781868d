"""Patch group tags: who gets ours, who keeps another's, and how few calls that takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.setting import Action, Setting
from patchkeep.services.groups import discover, settings
from tests.services.estates import LEGACY, POLICY, PROD, by_name, estate, node, operations
from tests.services.samples import BARE, GROUP, HYBRID, OWNERSHIP, READS, RUNNING, STOPPED, instance, managed, reservations
from tests.services.talk import HERE, carry

MEMBER = "patchkeep:environment"
LEGACY_GROUP = "patchkeep-main-legacy"
NAMED = replace(POLICY, environments=(replace(PROD, patch_group="web"), LEGACY))


def borne(value: str, *nodes: str, key: str = "PatchGroup", target: Target = HERE) -> Existing:
    kind = "environment tag" if key == MEMBER else "patch group tag"
    return Existing("groups", kind, target, f"{key}={value}", value, "", Frozen(Key=key, Members=sorted(nodes)))


def both(value: str, *nodes: str) -> tuple[Existing, Existing]:
    return borne(value, *nodes), borne(value, *nodes, key=MEMBER)


def baseline(*groups: str, owner: str = OWNERSHIP) -> Existing:
    return Existing("baselines", "patch baseline", HERE, "pb-1", "b", owner, Frozen(PatchGroups=groups))


def under(key: str, made: tuple[Setting, ...]) -> dict[str, Setting]:
    """Settings about one tag, by name."""
    kind = "environment tag" if key == MEMBER else "patch group tag"
    return by_name(tuple(setting for setting in made if setting.kind == kind))


def test_every_value_under_the_keys_is_found_with_its_bearers() -> None:
    machines = reservations(
        instance(RUNNING, PatchGroup=GROUP), instance(STOPPED, **{"Patch Group": "web"}), instance(BARE, **{MEMBER: "x"})
    )
    hybrid = {"InstanceInformationList": [managed(HYBRID)]}
    found, calls = carry(discover(HERE), {**READS, "describe_instances": machines, "describe_instance_information": hybrid})
    bearers = {existing.id: existing.fields["Members"] for existing in found.objects}
    assert bearers == {f"PatchGroup={GROUP}": (RUNNING, HYBRID), "Patch Group=web": (STOPPED,), f"{MEMBER}=x": (BARE,)}
    assert [call.operation for call in calls if call.service == "ec2"] == ["describe_instances"]


def test_tags_of_hybrid_nodes_are_read_only_for_those_that_bear_a_key() -> None:
    nothing: dict[str, Any] = {"InstanceInformationList": []}
    _, calls = carry(discover(HERE), {**READS, "describe_instance_information": nothing})
    assert "list_tags_for_resource" not in {call.operation for call in calls}


@pytest.mark.parametrize("key", [MEMBER, "PatchGroup"])
def test_members_without_a_tag_get_it_in_one_call_and_hybrid_nodes_in_one_each(key: str) -> None:
    fleet = tuple(node(f"i-{number:017x}") for number in range(200))
    setting = under(key, settings(estate(prod=(*fleet, node(HYBRID)))))[GROUP]
    assert (setting.action, len(setting.becomes["Members"])) == (Action.CREATE, 201)
    assert operations(setting) == ["create_tags", "add_tags_to_resource"]
    assert dict(setting.calls[0].params["Tags"][0]) == {"Key": key, "Value": GROUP}


def test_more_than_a_thousand_members_take_a_call_for_each_thousand() -> None:
    fleet = tuple(node(f"i-{number:017x}") for number in range(1500))
    for setting in settings(estate(prod=fleet)):
        assert [len(call.params["Resources"]) for call in setting.calls] == [1000, 500]


def test_members_that_bear_both_need_nothing() -> None:
    assert settings(estate(*both(GROUP, RUNNING, HYBRID), prod=(node(RUNNING), node(HYBRID)))) == ()


@pytest.mark.parametrize("key", [MEMBER, "PatchGroup"])
def test_one_that_joined_is_tagged_and_one_that_left_is_freed(key: str) -> None:
    setting = under(key, settings(estate(*both(GROUP, STOPPED, HYBRID), prod=(node(RUNNING), node(BARE)))))[GROUP]
    assert setting.action is Action.CHANGE
    assert operations(setting) == ["create_tags", "delete_tags", "remove_tags_from_resource"]
    tagged, freed, hybrid = setting.calls
    assert tagged.params["Resources"] == (RUNNING, BARE)
    assert (freed.params["Resources"], freed.params["Tags"][0]["Value"]) == ((STOPPED,), GROUP), "only where it still has our value"
    assert (hybrid.params["ResourceId"], hybrid.params["TagKeys"]) == (HYBRID, (key,))


@pytest.mark.parametrize("key", [MEMBER, "PatchGroup"])
def test_a_node_that_moves_between_our_environments_is_tagged_anew_and_never_freed(key: str) -> None:
    made = under(key, settings(estate(*both(GROUP, RUNNING, HYBRID), legacy=(node(RUNNING), node(HYBRID)))))
    assert list(made) == [LEGACY_GROUP]
    assert operations(made[LEGACY_GROUP]) == ["create_tags", "add_tags_to_resource"]


def test_somebody_else_s_group_is_left_as_it_is_and_said_though_the_node_is_a_member() -> None:
    theirs = borne("web", RUNNING), borne("db", STOPPED, key="Patch Group")
    made = settings(estate(*theirs, prod=(node(RUNNING), node(STOPPED), node(BARE))))
    groups = under("PatchGroup", made)
    assert {name: setting.action for name, setting in groups.items()} == {
        GROUP: Action.CREATE,
        f"{GROUP} over PatchGroup=web": Action.BLOCKED,
        f"{GROUP} over Patch Group=db": Action.BLOCKED,
    }
    assert groups[GROUP].becomes["Members"] == (BARE,)
    assert RUNNING in groups[f"{GROUP} over PatchGroup=web"].notes[0]
    assert under(MEMBER, made)[GROUP].becomes["Members"] == (RUNNING, STOPPED, BARE)


def test_a_group_that_the_policy_names_is_given_to_those_without_one_and_never_taken_off() -> None:
    made = settings(estate(borne("web", STOPPED, HYBRID), policy=NAMED, prod=(node(RUNNING), node(STOPPED))))
    groups = under("PatchGroup", made)
    assert {name: (setting.action, setting.becomes["Members"]) for name, setting in groups.items()} == {"web": (Action.CREATE, (RUNNING,))}
    assert under("PatchGroup", settings(estate(borne("web", STOPPED), policy=NAMED, prod=()))) == {}


def test_a_node_with_our_group_moves_to_the_one_that_the_policy_names() -> None:
    groups = under("PatchGroup", settings(estate(borne(GROUP, RUNNING), policy=NAMED, prod=(node(RUNNING),))))
    assert {name: operations(setting) for name, setting in groups.items()} == {"web": ["create_tags"]}


def test_another_policy_s_nodes_are_not_ours_though_its_name_begins_like_ours() -> None:
    theirs = both("patchkeep-main-eu-prod", RUNNING)
    assert settings(estate(*theirs)) == ()
    groups = under("PatchGroup", settings(estate(*theirs, prod=(node(RUNNING),))))
    assert [setting.action for setting in groups.values()] == [Action.BLOCKED]


def test_a_foreign_group_on_machines_that_are_nobody_s_is_no_matter() -> None:
    assert settings(estate(borne("web", RUNNING), prod=())) == ()


def test_the_tags_of_an_environment_that_is_gone_are_taken_off_while_an_object_of_ours_names_it() -> None:
    gone = both("patchkeep-main-old", RUNNING)
    made = settings(estate(*gone, baseline("patchkeep-main-old")))
    assert [(setting.action, operations(setting)) for setting in made] == [(Action.DELETE, ["delete_tags"])] * 2
    assert settings(estate(*gone, baseline("patchkeep-main-old", owner="o-else/x"))) == ()


def test_the_old_key_with_our_own_value_does_as_well() -> None:
    assert under("PatchGroup", settings(estate(borne(GROUP, RUNNING, key="Patch Group"), prod=(node(RUNNING),)))) == {}


def test_accounts_and_regions_are_settled_apart() -> None:
    there = replace(HERE, region="us-east-1")
    made = settings(estate(*both(GROUP, RUNNING), prod=(node(RUNNING), node(STOPPED, there))))
    assert {(setting.target, setting.becomes["Members"]) for setting in made} == {(there, (STOPPED,))}


def test_what_carrying_out_the_settings_leaves_needs_no_setting() -> None:
    before = estate(borne("web", BARE), prod=(node(RUNNING), node(HYBRID)), legacy=(node(STOPPED),))
    after = [borne(s.name, *s.becomes["Members"], key=s.becomes["Key"]) for s in settings(before)]
    assert len(after) == 4
    assert settings(replace(before, objects=(borne("web", BARE), *after))) == ()
