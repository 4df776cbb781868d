"""Auto Scaling groups: what counts as a newer approved image, how it is put on, and what is refused before anything starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, UpdateState
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ImageRule, ManagedRule
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services.autoscaling import SERVICE, digest, looks
from patchkeep.services.autoscaling import course as ways
from tests.services.managed import autoscaling as sample
from tests.services.talk import HERE, carry, refused

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
RULE = ManagedRule("fleets", updates=("maintenance",))
Row = dict[str, Any]


def discovered(**told: Any) -> dict[str, Asset]:
    """The sample's groups by name, as a look finds them when AWS answers something else here and there."""
    found, _ = carry(digest_of(), {**sample.READS, **told})
    return {asset.name: asset for asset in found.assets}


def digest_of() -> Any:
    assert SERVICE.discover
    return SERVICE.discover(HERE)


def with_groups(*rows: Row) -> dict[str, Any]:
    return {"describe_auto_scaling_groups": {"AutoScalingGroups": list(rows)}}


def judged(asset: Asset, rule: ManagedRule | None = RULE, now: datetime = NOW) -> list[tuple[str, str]]:
    """Version and state of what counts."""
    return [(update.version, update.state.value) for update in ways.ruled(asset, rule, now).updates or ()]


def planned(asset: Asset, rule: ManagedRule = RULE) -> Course | str:
    return ways.course(ways.ruled(asset, rule, NOW), rule, {asset.id: asset})


def course(asset: Asset, rule: ManagedRule = RULE) -> Course:
    found = planned(asset, rule)
    assert isinstance(found, Course), found
    return found


def approving(*images: ImageRule) -> ManagedRule:
    return replace(RULE, images=images)


def test_without_a_word_of_the_policy_the_newest_of_the_line_counts_when_it_is_a_week_old() -> None:
    web = discovered()["web"]
    assert judged(web) == [(sample.NEW, "missing")]
    assert judged(web, now=NOW + timedelta(days=7)) == [(sample.NEWEST, "missing")]


def test_the_rule_says_which_names_owners_and_ages_count() -> None:
    web = discovered()["web"]
    assert judged(web, approving(ImageRule("al2023-ami-2023.*-x86_64", "amazon", timedelta(0)))) == [(sample.NEWEST, "missing")]
    assert judged(web, approving(ImageRule(owner="self"))) == [(sample.OLD, "rejected")]
    assert judged(web, approving(ImageRule("golden-*"), ImageRule(owner=sample.AMAZON))) == [(sample.NEW, "missing")]


def test_an_image_in_use_that_no_rule_approves_is_against_the_group_and_says_what_to_do() -> None:
    why = planned(discovered()["web"], approving(ImageRule("golden-*")))
    assert "change its template by hand" in str(why)


def test_brackets_in_a_name_are_letters_as_ec2_has_it() -> None:
    assert judged(discovered()["web"], approving(ImageRule("al202[3]*"))) == [(sample.OLD, "rejected")]


def test_who_still_runs_the_old_image_is_said_with_the_image_s_age() -> None:
    remarks = ways.ruled(discovered()["web"], RULE, NOW).remarks
    assert remarks[0] == "its image is 205 days old"
    assert f"of 2 machines some run another image than it launches: 1 {sample.NEW}" in remarks


def test_a_new_version_of_the_template_is_made_then_the_group_is_refreshed() -> None:
    found = course(discovered()["web"])
    assert (found.steps, found.irreversible, found.pins) == (("template", "refresh", "verify"), False, f"ImageId {sample.NEW}")
    assert found.asks["rolls_back"] is True


def test_a_group_on_the_latest_version_goes_without_roll_back_and_says_so() -> None:
    batch = discovered()["batch"]
    assert course(batch).asks["rolls_back"] is False
    assert any("AWS rolls no refresh back" in remark for remark in batch.remarks)


def test_what_a_parameter_names_is_launched_as_it_is_and_cannot_be_taken_back_here() -> None:
    found = course(discovered()["jobs"])
    assert (found.steps, found.irreversible, found.updates[0].version) == (("refresh", "verify"), True, sample.NEW)
    change = Change("c-1", "a", "jobs", "jobs", "", HERE, "prod", found.updates, asks=found.asks, undo=found.undo)
    assert SERVICE.undo
    assert SERVICE.undo(change) == ways.NO_WAY_BACK


def test_members_that_lag_behind_their_template_need_no_new_version() -> None:
    told = {"describe_launch_template_versions": newest_template}
    found = course(discovered(**told)["web"])
    assert (found.steps, found.updates[0].version) == (("refresh", "verify"), sample.NEW)


def newest_template(params: Row) -> Row:
    (row,) = sample.READS["describe_launch_template_versions"](params)["LaunchTemplateVersions"]
    return {"LaunchTemplateVersions": [row | {"LaunchTemplateData": {"ImageId": sample.NEW}}]}


def test_a_launch_configuration_is_left_with_the_way_out() -> None:
    assert "move the group to a launch template" in str(planned(discovered()["legacy"]))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"SuspendedProcesses": [{"ProcessName": "Launch"}]}, "Launch is suspended"),
        ({"InstanceMaintenancePolicy": {}}, ""),
    ],
)
def test_what_cannot_end_well_is_not_begun(more: Row, why: str) -> None:
    found = planned(discovered(**with_groups(sample.group("web", **more)))["web"])
    assert isinstance(found, Course) != bool(why)
    assert why in str(found)


def test_a_group_has_no_window_of_aws_s() -> None:
    assert "apply: in-ring" in str(planned(discovered()["web"], replace(RULE, apply=Apply.AWS_WINDOW)))


def test_overrides_with_templates_of_their_own_are_left_alone() -> None:
    row = sample.mixed("batch")
    row["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"] = [{"LaunchTemplateSpecification": sample.template("other", "1")}]
    assert discovered(**with_groups(row))["batch"].facts["sort"] == "several"


@pytest.mark.parametrize(
    ("name", "tags", "why"),
    [
        ("eks-nodes", {"eks:nodegroup-name": "nodes"}, "EKS node group"),
        ("awseb-web", {"elasticbeanstalk:environment-name": "web"}, "Beanstalk environment"),
        ("ecs-web", {"AmazonECSManaged": ""}, "ECS capacity provider"),
        ("CodeDeploy_web_d-ABC", {}, "CodeDeploy blue/green"),
    ],
)
def test_groups_of_other_services_are_theirs(name: str, tags: dict[str, str], why: str) -> None:
    row = sample.group("web", AutoScalingGroupName=name, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    (obstacle,) = next(iter(discovered(**with_groups(row)).values())).obstacles
    assert why in obstacle.why
    assert obstacle.stops_patching
    assert obstacle.leave_alone


def test_an_image_that_is_gone_leaves_doubt_and_no_clean_verdict() -> None:
    web = discovered(describe_images=lambda _: {"Images": []})["web"]
    assert "is not there any more" in web.unread[0]


def test_a_refused_parameter_costs_its_own_group_alone() -> None:
    found = discovered(get_parameter=refused("ssm:GetParameter"))
    assert found["jobs"].updates is None
    assert found["web"].unread == ()


def test_an_empty_place_costs_one_read() -> None:
    found, calls = carry(digest_of(), with_groups())
    assert (found.assets, len(calls)) == ((), 1)


def test_images_are_never_looked_for_without_their_owner() -> None:
    """Anybody may give an image the name of another's."""
    _, calls = carry(digest_of(), sample.READS)
    asked = [call.params for call in calls if call.operation == "describe_images"]
    assert all("Owners" in params or params["Filters"][0]["Name"] == "image-id" for params in asked)
    assert digest.family(sample.IMAGES[0])[1] == "al*-ami-*-kernel-*-x*_*"


# --- a refresh under way ------------------------------------------------------------------------------------------------


def at(*refreshes: Row, step: str = "refresh", hours: float = 1) -> Result:
    """What a step comes to when AWS lists these refreshes."""
    asks = course(discovered()["web"]).asks
    made = {"VersionNumber": 4, "VersionDescription": looks.note(asks), "LaunchTemplateData": {}}
    told = {
        **sample.READS,
        "describe_instance_refreshes": {"InstanceRefreshes": list(refreshes)},
        "describe_launch_template_versions": {"LaunchTemplateVersions": [made]},
    }
    one = Batch("pk-1", "all", step, HERE, ("web",), NOW, "taken", "autoscaling", Frozen(web=asks))
    assert SERVICE.check
    return carry(SERVICE.check(one, NOW + timedelta(hours=hours)), told)[0]["web"]


def refresh(status: str, **more: Any) -> Row:
    wanted = {"LaunchTemplate": sample.template("web", "4")}
    return {"Status": status, "StartTime": NOW, "DesiredConfiguration": wanted, **more}


def test_progress_is_told_in_percent_with_aws_s_reason() -> None:
    result = at(refresh("InProgress", PercentageComplete=50, InstancesToUpdate=2, StatusReason="Waiting."))
    assert (result.phase, result.message) == (Phase.RUNNING, "InProgress, 50 % replaced, 2 machines to go: Waiting.")


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "RollbackInProgress", "RollbackSuccessful", "RollbackFailed"])
def test_what_ends_otherwise_has_failed(status: str) -> None:
    result = at(refresh(status, StatusReason="because", RollbackDetails={"RollbackReason": "because"}))
    assert result.phase is Phase.FAILED
    assert "because" in result.message


def test_an_older_refresh_or_one_to_another_version_is_not_ours() -> None:
    older = refresh("Successful", StartTime=NOW - timedelta(days=1))
    other = refresh("Successful", DesiredConfiguration={"LaunchTemplate": sample.template("web", "9")})
    assert at(older, other, hours=0.1).phase is Phase.RUNNING
    assert at(older, other).phase is Phase.FAILED


def test_a_refresh_that_somebody_began_is_waited_for() -> None:
    asks = course(discovered()["web"]).asks
    told = {**sample.READS, "describe_instance_refreshes": {"InstanceRefreshes": [refresh("InProgress", PercentageComplete=10)]}}
    told["describe_launch_template_versions"] = {"LaunchTemplateVersions": []}
    one = Batch("pk-1", "all", "template", HERE, ("web",), NOW, "", "autoscaling", Frozen(web=asks))
    assert SERVICE.prepare
    started = carry(SERVICE.prepare(one), told)[0]
    assert (started.call, dict(started.busy)) == (None, {"web": "an instance refresh of it is InProgress (10 %)"})


def test_updates_say_that_machines_are_replaced() -> None:
    updates = discovered()["web"].updates or ()
    assert {update.state for update in updates} == {UpdateState.MISSING}
    assert {update.disruption and update.disruption.value for update in updates} == {"replace"}
