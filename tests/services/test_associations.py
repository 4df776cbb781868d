"""Scan and inventory associations: what we want, what others have, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Existing
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.setting import Action
from patchkeep.services.associations import discover, settings
from tests.services.estates import POLICY, actions, by_name, estate, node, operations
from tests.services.samples import GROUP, INVENTORY, OWNERSHIP, READS, RUNNING, SCAN, association
from tests.services.talk import HERE, carry, refused

SCANNING, GATHERING = f"{GROUP}-scan", f"{GROUP}-inventory"


def found(*rows: dict[str, Any], owner: str = "") -> tuple[Existing, ...]:
    """The objects that discovery makes of associations described like this."""
    described = {row["AssociationId"]: row for row in rows}
    tags = [{"Key": "patchkeep:managed-by", "Value": owner}] if owner else []
    answers = {
        "list_associations": {"Associations": [{"AssociationId": key, "Name": row["Name"]} for key, row in described.items()]},
        "describe_association": lambda params: {"AssociationDescription": described[params["AssociationId"]]},
        "list_tags_for_resource": {"TagList": tags},
    }
    return carry(discover(HERE), answers)[0].objects


def everywhere(identity: str = INVENTORY, **more: Any) -> dict[str, Any]:
    return association("all", "AWS-GatherSoftwareInventory", AssociationId=identity, Parameters={"applications": ["Enabled"]}, **more)


def test_only_what_scans_installs_or_gathers_is_described() -> None:
    _, calls = carry(discover(HERE), READS)
    assert [call.params["AssociationId"] for call in calls if call.operation == "describe_association"] == [SCAN, INVENTORY]


def test_other_people_s_associations_are_known_by_what_they_do_and_where() -> None:
    (existing,) = found(association("theirs", "AWS-RunPatchBaselineWithHooks", "Install"))
    (act,) = existing.fields["acts"]
    assert (existing.owner, existing.name, act["operation"]) == ("", "theirs", "Install")
    assert act["targets"] == ({"Key": "InstanceIds", "Values": ("*",)},)


def test_an_old_association_with_one_instance_reaches_that_instance() -> None:
    (existing,) = found(association(Targets=[], InstanceId=RUNNING))
    assert existing.fields["acts"][0]["targets"] == ({"Key": "InstanceIds", "Values": (RUNNING,)},)


def test_one_deleted_while_we_look_is_no_gap() -> None:
    gone = refused("ssm:DescribeAssociation", "gone", "AssociationDoesNotExist")
    assert carry(discover(HERE), {**READS, "describe_association": gone})[0].objects == ()


def test_a_scan_and_an_inventory_association_where_patchkeep_installs() -> None:
    made = settings(estate(prod=(node(RUNNING),)))
    assert actions(made) == {SCANNING: Action.CREATE, GATHERING: Action.CREATE}
    scan = by_name(made)[SCANNING].calls[0].params
    assert scan["Parameters"] == {"Operation": ("Scan",)}
    assert scan["Targets"] == ({"Key": "tag:patchkeep:environment", "Values": (GROUP,)},)
    assert (scan["ScheduleExpression"], scan["SyncCompliance"]) == (POLICY.scan_schedule, "AUTO")


def test_none_of_ours_runs_when_it_is_made() -> None:
    for setting in settings(estate(prod=(node(RUNNING),), legacy=(node("i-0000000000000000f"),))):
        assert setting.calls[0].params["ApplyOnlyAtCronInterval"] is True
        assert setting.calls[0].params["ScheduleExpression"].startswith("cron(")


def test_where_aws_installs_we_scan_too_for_a_weekly_window_proves_nothing_in_between() -> None:
    assert sorted(actions(settings(estate(legacy=(node(RUNNING),))))) == ["patchkeep-main-legacy-inventory", "patchkeep-main-legacy-scan"]


def test_a_rate_is_refused_for_it_would_scan_at_once() -> None:
    policy = replace(POLICY, scan_schedule="rate(1 day)")
    setting = by_name(settings(estate(policy=policy, prod=(node(RUNNING),))))[SCANNING]
    assert (setting.action, setting.calls) == (Action.BLOCKED, ())
    assert "write the schedule as cron" in setting.notes[0]


def test_a_refused_schedule_does_not_remove_the_association_there_is() -> None:
    ours = found(association(SCANNING), owner=OWNERSHIP)
    policy = replace(POLICY, scan_schedule="rate(1 day)")
    assert by_name(settings(estate(*ours, policy=policy, prod=(node(RUNNING),))))[SCANNING].action is Action.BLOCKED


def test_no_inventory_of_ours_where_somebody_s_reaches_every_member() -> None:
    assert list(actions(settings(estate(*found(everywhere()), prod=(node(RUNNING),))))) == [SCANNING]


def test_inventory_of_ours_where_somebody_s_reaches_some_members_says_so() -> None:
    theirs = found(everywhere(Targets=[{"Key": "tag:Team", "Values": ["web"]}]))
    members = (node(RUNNING, Team="web"), node("i-0000000000000000f", Team="db"))
    setting = by_name(settings(estate(*theirs, prod=members)))[GATHERING]
    assert setting.action is Action.CREATE
    assert setting.notes[0].startswith("1 of its members")


def test_what_creating_leaves_needs_no_setting_and_a_hand_s_change_is_drift() -> None:
    before = estate(prod=(node(RUNNING),))
    rows = [
        {**call.params, "AssociationId": identity}
        for setting, identity in zip(settings(before), (INVENTORY, SCAN), strict=True)
        for call in setting.calls
    ]
    assert settings(replace(before, objects=found(*rows, owner=OWNERSHIP))) == ()
    changed = [{**row, "Targets": [{"Key": "InstanceIds", "Values": ["*"]}]} if row["AssociationId"] == SCAN else row for row in rows]
    (drift,) = settings(replace(before, objects=found(*changed, owner=OWNERSHIP)))
    assert (drift.action, list(drift.becomes), operations(drift)) == (Action.CHANGE, ["Targets"], ["update_association"])
    assert drift.calls[0].params["ScheduleExpression"] == POLICY.scan_schedule, "all is said again: what is not would be dropped"


def test_associations_of_an_environment_without_members_go() -> None:
    (setting,) = settings(estate(*found(association(SCANNING), owner=OWNERSHIP)))
    assert (setting.action, operations(setting)) == (Action.DELETE, ["delete_association"])


def test_a_name_of_ours_in_somebody_s_hands_blocks() -> None:
    made = settings(estate(*found(association(SCANNING), owner="o-else/x"), prod=(node(RUNNING),)))
    assert by_name(made)[SCANNING].action is Action.BLOCKED


def test_long_names_keep_what_tells_scan_and_inventory_apart() -> None:
    policy = replace(POLICY, name="p" * 120)
    names = [setting.name for setting in settings(estate(policy=policy, prod=(node(RUNNING),)))]
    assert len(set(names)) == 2
    assert all(len(name) <= 128 for name in names)
    assert Frozen(names=names)
