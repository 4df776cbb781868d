"""What people made by hand is shown, taken over by two tags, planned as a change, and let go again; nobody else's is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.call import Answer, Call, Cause
from patchkeep.domain.setting import Action
from patchkeep.doors.store import Store
from patchkeep.work.apply import Outcome, unsettled
from patchkeep.work.plan import PlanRefused
from tests.work.byhand import HERE, ORG, adopting, by_hand, offered, operations, ours, releasing
from tests.work.near import Crash, Fuse

UBUNTU = "patchkeep-tiny-web-ubuntu"


def reasons(*objects: str, name: str = "", estate: object = None, **more: object) -> str:
    with pytest.raises(PlanRefused) as refused:
        adopting(estate or by_hand(), *objects, name=name, **more)  # type: ignore[arg-type]
    return " ".join(str(refused.value).split())


def test_what_is_not_ours_is_shown_with_what_it_does_and_what_it_could_be() -> None:
    shown = offered(by_hand())
    corp = shown["corp-ubuntu"]
    assert (corp.owner, corp.refused) == ("", "")
    assert corp.does == "UBUNTU: approves PRIORITY=Important|Required; patch groups corp-web"
    assert [(c.name, c.differs) for c in corp.candidates] == [(UBUNTU, ("ApprovalRules", "RejectedPatches", "RejectedPatchesAction"))]
    scan = shown["corp-scan"]
    assert scan.does == "Scan on tag:Environment=web; cron(0 5 * * ? *)"
    assert [c.name for c in scan.candidates] == ["patchkeep-tiny-old-scan", "patchkeep-tiny-web-scan"]
    assert "ScheduleExpression" not in scan.candidates[0].differs
    assert "Targets" in scan.candidates[0].differs
    window = shown["corp-sunday"]
    assert [c.name for c in window.possible] == ["patchkeep-tiny-old-install"]
    assert window.does == "Install on tag:Environment=old; cron(0 4 ? * SUN *) UTC"


def test_what_others_manage_is_refused_with_their_name() -> None:
    shown = offered(by_hand())
    assert shown["stack-ubuntu"].owner == "CloudFormation stack corp"
    assert shown["tf-debian"].owner == "Terraform (tag ManagedBy=terraform)"
    assert shown["other-policy"].owner == "Patchkeep policy o-zzz/other"
    assert "Quick Setup" in shown["AWS-QuickSetup-PatchPolicy-ScanForPatches-LA-abcde"].owner
    assert shown["macs"].refused == "the policy wants no patch baseline here that it could be"
    for name in ("stack-ubuntu", "tf-debian", "other-policy", "macs", "AWS-QuickSetup-PatchPolicy-ScanForPatches-LA-abcde"):
        assert not shown[name].possible
        assert shown[name].refused in reasons(name)


def test_awss_own_baselines_cannot_be_adopted_and_it_says_so() -> None:
    assert "AWS's own baselines can be neither tagged nor changed" in reasons("AWS-UbuntuDefaultPatchBaseline")
    assert "AWS's own baselines" in reasons("arn:aws:ssm:eu-central-1:075727635805:patchbaseline/pb-0c7e89f711c3095f4")


def test_a_misspelt_object_is_refused_with_what_was_meant() -> None:
    assert "did you mean corp-ubuntu?" in reasons("corp-ubunto")
    assert "it could be patchkeep-tiny-old-scan or patchkeep-tiny-web-scan: say which with --as" in reasons("corp-scan")
    assert f"it cannot be nonsense; it could be {UBUNTU}" in reasons("corp-ubuntu", name="nonsense")


def test_the_plan_puts_two_tags_on_in_one_call_and_says_who_goes_by_it_and_what_changes_for_them() -> None:
    estate = by_hand()
    estate.days(1)
    (setting,) = adopting(estate, "corp-ubuntu").settings
    (call,) = setting.calls
    assert (setting.action, setting.name, call.operation) == (Action.ADOPT, UBUNTU, "add_tags_to_resource")
    assert [tag["Key"] for tag in call.params["Tags"]] == ["patchkeep:managed-by", "patchkeep:adopted-as"]
    assert setting.was["RejectedPatches"] == ("zip",)
    assert setting.becomes["RejectedPatches"] == ()
    said = "\n".join(setting.notes)
    assert "It keeps its name, corp-ubuntu." in said
    assert "2 nodes go by it now: " in said
    assert "then, for 2 nodes: no longer rejects: zip" in said
    assert "then, for 2 nodes: newly approves: " in said
    assert "then, for 2 nodes: no longer approves: PRIORITY=Important|Required" in said


def test_making_a_plan_writes_nothing() -> None:
    estate = by_hand()
    adopting(estate, "corp-ubuntu")
    assert [call for call in estate.aws.made if not call.reads] == []


def test_an_adopted_baseline_is_planned_as_a_change_under_its_own_name_and_makes_no_second_one(store: Store) -> None:
    estate = by_hand()
    blocked = [s for s in estate.plan().settings if s.kind == "patch baseline" and s.name == UBUNTU]
    assert [s.action for s in blocked] == [Action.CREATE]
    made = replace(adopting(estate, "corp-ubuntu"), id="adopt-1")
    assert [one.outcome for one in estate.apply(made, store)] == [Outcome.APPLIED]
    assert unsettled(made, store.ledger) == ()
    assert [one.outcome for one in estate.apply(made, store)] == [Outcome.ALREADY]

    plan = replace(estate.plan(), id="after-1")
    (change,) = [s for s in plan.settings if s.kind == "patch baseline" and s.name == UBUNTU]
    assert (change.action, operations(change.calls)) == (Action.CHANGE, ["update_patch_baseline"])
    assert change.calls[0].params["Name"] == "corp-ubuntu"
    assert {one.outcome for one in estate.apply(plan, store)} == {Outcome.APPLIED}
    assert estate.open() == []
    (baseline,) = [e for e in ours(estate, "patch baseline") if e.name == UBUNTU]
    assert (baseline.fields["OwnName"], baseline.fields["PatchGroups"], baseline.fields["RejectedPatches"]) == (
        "corp-ubuntu",
        ("corp-web",),
        (),
    )
    again = offered(estate)
    assert "corp-ubuntu" not in again
    assert UBUNTU not in again
    assert "it is ours already" in reasons("corp-ubuntu", estate=estate)


def test_scans_and_windows_become_ours_with_their_parts_and_nothing_is_made_twice(store: Store) -> None:
    estate = by_hand()
    scan = adopting(estate, "corp-scan", name="patchkeep-tiny-web-scan")
    window = adopting(estate, "corp-sunday")
    for number, made in enumerate((scan, window)):
        assert {one.outcome for one in estate.apply(replace(made, id=f"adopt-2{number}"), store)} == {Outcome.APPLIED}
    plan = replace(estate.plan(), id="after-2")
    changes = {s.name: s for s in plan.settings if s.action is Action.CHANGE}
    assert changes["patchkeep-tiny-web-scan"].calls[0].params["AssociationName"] == "corp-scan"
    assert "deregister_task_from_maintenance_window" in operations(changes["patchkeep-tiny-old-install"].calls)
    assert {one.outcome for one in estate.apply(plan, store)} == {Outcome.APPLIED}
    assert estate.open() == []
    assert sorted(e.name for e in ours(estate, "association") if e.name.endswith("scan")) == [
        "patchkeep-tiny-old-scan",
        "patchkeep-tiny-web-scan",
    ]
    assert [e.fields["OwnName"] for e in ours(estate, "maintenance window")] == ["corp-sunday"]


def test_an_adoption_killed_at_any_instruction_and_repeated_ends_as_one_that_was_not(store: Store) -> None:
    fuse, estate = Fuse(), by_hand()
    made = replace(adopting(estate, "corp-ubuntu", "corp-sunday"), id="adopt-3")
    estate.apply(made, store, fuse)
    lasting = [number for number, what in enumerate(fuse.passed, start=1) if what.startswith("after ")]
    assert len(lasting) >= 8
    for number in lasting:
        estate = by_hand()
        again = replace(adopting(estate, "corp-ubuntu", "corp-sunday"), id=f"adopt-3-{number}")
        with pytest.raises(Crash):
            estate.apply(again, store, Fuse(number))
        before = estate.plan()
        assert not [s for s in before.settings if s.action is Action.DELETE]
        assert {one.outcome for one in estate.apply(again, store)} <= {Outcome.APPLIED, Outcome.ALREADY}
        assert unsettled(again, store.ledger) == ()
        assert len(ours(estate, "patch baseline")) == len(ours(estate, "maintenance window")) == 1


def test_a_crash_between_adoption_and_the_change_of_its_content_loses_nothing(store: Store) -> None:
    estate = by_hand()
    estate.apply(replace(adopting(estate, "corp-ubuntu"), id="adopt-4"), store)
    plan = replace(estate.plan(), id="after-4")
    fuse = Fuse()
    assert fuse.passed == []
    with pytest.raises(Crash):
        estate.apply(plan, store, Fuse(3))
    assert {one.outcome for one in estate.apply(plan, store)} <= {Outcome.APPLIED, Outcome.ALREADY}
    assert estate.open() == []
    assert len([e for e in ours(estate, "patch baseline") if e.name == UBUNTU]) == 1


def test_what_changed_or_went_to_somebody_else_since_the_plan_is_not_taken(store: Store) -> None:
    estate = by_hand()
    made = replace(adopting(estate, "corp-ubuntu"), id="adopt-5")
    baseline = made.settings[0].existing_id
    tagging = {"ResourceType": "PatchBaseline", "ResourceId": baseline}
    estate.aws.write(HERE, Call.of("ssm", "add_tags_to_resource", tagging, Tags=[{"Key": "terraform", "Value": "true"}]))
    (stale,) = estate.apply(made, store)
    assert stale.outcome is Outcome.STALE
    assert "it is managed by Terraform (tag terraform=true)" in stale.why
    estate.aws.write(HERE, Call.of("ssm", "remove_tags_from_resource", tagging, TagKeys=["terraform"]))
    estate.aws.write(HERE, Call.of("ssm", "update_patch_baseline", BaselineId=baseline, RejectedPatches=["curl"]))
    (stale,) = estate.apply(made, store)
    assert (stale.outcome, stale.why) == (Outcome.STALE, f"patch baseline {UBUNTU} was changed after the plan was made; plan again")
    estate.aws.write(HERE, Call.of("ssm", "update_patch_baseline", BaselineId=baseline, RejectedPatches=["zip"]))
    assert ours(estate, "patch baseline") == []


def test_an_unanswered_tag_does_not_excuse_what_changed_meanwhile(store: Store) -> None:
    estate = by_hand()
    made = replace(adopting(estate, "corp-ubuntu"), id="adopt-6")
    estate.aws.meddle = lambda call: Answer({}, "", "NoAnswer", "lost") if call.operation == "add_tags_to_resource" else None
    assert [one.outcome for one in estate.apply(made, store)] == [Outcome.FAILED]
    estate.aws.meddle = lambda _: None
    baseline = made.settings[0].existing_id
    taken_off = ["patchkeep:managed-by", "patchkeep:adopted-as"]
    off = {"ResourceType": "PatchBaseline", "ResourceId": baseline}
    estate.aws.write(HERE, Call.of("ssm", "remove_tags_from_resource", off, TagKeys=taken_off))
    estate.aws.write(HERE, Call.of("ssm", "update_patch_baseline", BaselineId=baseline, RejectedPatches=["curl"]))
    assert [one.outcome for one in estate.apply(made, store)] == [Outcome.STALE]


def test_what_is_ours_under_that_name_already_leaves_no_room_for_another(store: Store) -> None:
    estate = by_hand()
    made = replace(adopting(estate, "corp-ubuntu"), id="adopt-7")
    estate.apply(replace(estate.plan(), id="before-7"), store)
    assert f"patch baseline {UBUNTU} is there already and ours" in reasons("corp-ubuntu", estate=estate)
    (stale,) = estate.apply(made, store)
    assert stale.why == f"patch baseline {UBUNTU} is there by now; plan again"


def test_two_objects_cannot_become_one() -> None:
    second = "      - {kind: baseline, Name: corp-ubuntu-2, OperatingSystem: UBUNTU}\n      - kind: window\n"
    estate = by_hand(ORG.replace("      - kind: window\n", second))
    assert f"cannot both be {UBUNTU}" in reasons("corp-ubuntu", "corp-ubuntu-2", estate=estate)


def test_a_name_that_several_bear_is_refused_until_it_is_said_which() -> None:
    second = "      - {kind: baseline, Name: corp-ubuntu, OperatingSystem: DEBIAN}\n      - kind: window\n"
    estate = by_hand(ORG.replace("      - kind: window\n", second))
    assert "corp-ubuntu: 2 are called so" in reasons("corp-ubuntu", estate=estate)
    made = adopting(estate, "corp-ubuntu", everywhere=True)
    assert {setting.name for setting in made.settings} == {UBUNTU, "patchkeep-tiny-old-debian"}


def test_release_takes_the_tags_off_and_leaves_the_content(store: Store) -> None:
    estate = by_hand()
    estate.apply(replace(adopting(estate, "corp-ubuntu"), id="adopt-8"), store)
    made = replace(releasing(estate, "corp-ubuntu"), id="release-8")
    (setting,) = made.settings
    assert (setting.action, operations(setting.calls)) == (Action.RELEASE, ["remove_tags_from_resource"])
    assert any(f"the policy still wants {UBUNTU}" in note for note in setting.notes)
    assert [one.outcome for one in estate.apply(made, store)] == [Outcome.APPLIED]
    assert [one.outcome for one in estate.apply(made, store)] == [Outcome.ALREADY]
    free = offered(estate)["corp-ubuntu"]
    assert (free.refused, free.existing.fields["RejectedPatches"], free.existing.owner) == ("", ("zip",), "")


def test_what_patchkeep_made_itself_is_not_released(store: Store) -> None:
    estate = by_hand()
    estate.apply(replace(estate.plan(), id="made-9"), store)
    with pytest.raises(PlanRefused, match="nothing that was adopted is called so"):
        releasing(estate, "patchkeep-tiny-web-scan")


def test_an_adopted_object_that_nobody_wants_any_more_says_how_to_keep_it(store: Store) -> None:
    estate = by_hand()
    estate.apply(replace(adopting(estate, "corp-sunday"), id="adopt-10"), store)
    estate.text = estate.text.replace("installer: aws, window: sunday", "installer: patchkeep")
    (gone,) = [s for s in estate.plan().settings if s.kind == "maintenance window"]
    assert gone.action is Action.DELETE
    assert f"`patchkeep adopt {gone.existing_id} --release` lets go of it" in gone.notes[0]


def test_nothing_is_adopted_where_something_was_not_read() -> None:
    estate = by_hand()
    estate.aws.meddle = lambda call: Cause.REFUSED if call.operation == "describe_maintenance_windows" else None
    assert "windows of its account and region not read" in reasons("corp-ubuntu", estate=estate)


def test_a_window_that_runs_something_else_too_is_not_taken() -> None:
    inventory = "          - {TaskArn: AWS-GatherSoftwareInventory, TaskType: RUN_COMMAND}\n"
    patching = "          - TaskArn: AWS-RunPatchBaseline\n"
    estate = by_hand(ORG.replace(patching, inventory + patching))
    assert "it also runs AWS-GatherSoftwareInventory (Inventory)" in reasons("corp-sunday", estate=estate)


def test_an_association_that_installs_or_reaches_other_accounts_is_not_taken() -> None:
    installing = by_hand(ORG.replace("Parameters: {Operation: [Scan]}", "Parameters: {Operation: [Install]}", 1))
    assert "it installs, and associations of ours only scan" in reasons("corp-scan", estate=installing)
