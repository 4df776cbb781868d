"""Beanstalk environments, digested and judged: branches, levels of managed updates, and what is said instead of done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, Update, UpdateState
from patchkeep.domain.call import Refused, Target
from patchkeep.domain.compliance import Status
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.offered import offered
from patchkeep.domain.policy import Apply, Freshness, ManagedRule
from patchkeep.domain.setting import Action
from patchkeep.services import load
from patchkeep.services.elasticbeanstalk.digest import arn_of, named, week_of
from tests.services.asked import automated, model
from tests.services.managed.elasticbeanstalk import BEGINS, BUNDLE, OLDER, PLATFORMS, PYTHON, READS, environment, platform
from tests.services.pages import as_botocore, outputs, page, parsed
from tests.services.talk import HERE, carry, refused
from tests.services.zipped import piece_of

SERVICE = load()["elasticbeanstalk"]
MINOR = ManagedRule("all", updates=("maintenance", "minor"))
EVERYTHING = ManagedRule("all", updates=("maintenance", "minor", "major"))


def seen(**told: Any) -> dict[str, Asset]:
    assert SERVICE.discover
    found, _ = carry(SERVICE.discover(HERE), {**READS, **told})
    return {asset.name: asset for asset in found.assets}


def only(row: dict[str, Any], *platforms: dict[str, Any]) -> Asset:
    """One environment, where AWS lists these platforms besides those of the sample."""

    def listed(params: dict[str, Any]) -> dict[str, Any]:
        (wanted,) = params["Filters"]
        rows = [*PLATFORMS, *platforms]
        if wanted["Type"] == "PlatformName":
            return {"PlatformSummaryList": [one for one in rows if f":platform/{wanted['Values'][0]}/" in one["PlatformArn"]]}
        return {"PlatformSummaryList": [one for one in rows if one["PlatformLifecycleState"] == "Recommended"]}

    (asset,) = seen(describe_environments={"Environments": [row]}, list_platform_versions=listed).values()
    return asset


def offers(asset: Asset) -> dict[str, Update]:
    return {update.classification: update for update in asset.updates or ()}


def course(asset: Asset, rule: ManagedRule) -> Course | str:
    assert SERVICE.course
    return SERVICE.course(asset, rule, {})


def test_patches_are_maintenance_and_the_newest_of_each_line_is_offered() -> None:
    found = offers(seen()["shop-prod"])
    assert {line: update.version for line, update in found.items()} == {"maintenance": "4.1.3", "minor": "4.3.1"}
    assert {line: update.forced_at for line, update in found.items()} == {"maintenance": BEGINS, "minor": None}


def test_a_managed_action_is_applied_only_where_it_brings_what_the_rule_wants() -> None:
    asset = seen()["shop-prod"]
    patch, minor = course(asset, ManagedRule("all", updates=("maintenance",))), course(asset, MINOR)
    assert isinstance(patch, Course)
    assert isinstance(minor, Course)
    assert (patch.steps[0], minor.steps[0]) == ("maintain", "upgrade")
    assert minor.asks["back"] == platform(PYTHON, "4.1.1")["PlatformArn"]
    assert minor.apart == ("environments of shop in 111122223333/eu-central-1",)


def test_without_an_operations_role_nothing_is_begun_that_would_need_one() -> None:
    assert "has no operations role" in str(course(seen()["shop-by-hand"], MINOR))


def test_another_branch_is_offered_and_never_put_on() -> None:
    asset = seen()["shop-admin"]
    branch = offers(asset)["major"]
    assert (branch.title, branch.state) == (f"{PYTHON} (another branch: a blue/green swap by its pipeline)", UpdateState.OPTIONAL)
    assert f"AWS has deprecated its platform branch {OLDER}, and will retire it" in asset.remarks
    assert "blue/green" in str(course(replace(asset, updates=(branch,)), EVERYTHING))


def test_a_retired_branch_is_a_lack_even_when_nothing_follows_it() -> None:
    """Nor do we say since when: AWS doesn't."""
    old = platform("Go 1 running on 64bit Amazon Linux", "2.20.0", PlatformBranchLifecycleState="Retired")
    asset = only(environment("old", "Go 1 running on 64bit Amazon Linux", "2.20.0"), old)
    assert asset.updates == ()
    verdict = offered(asset, Freshness(), BEGINS, BEGINS)
    assert verdict.status is Status.NON_COMPLIANT
    assert verdict.reasons[0] == "standard support of platform branch Go 1 running on 64bit Amazon Linux has ended"


@pytest.mark.parametrize(
    ("branch", "other", "follows"),
    [
        ("Corretto 11 running on 64bit Amazon Linux 2", "Corretto 21 running on 64bit Amazon Linux 2023", True),
        ("Corretto 11 running on 64bit Amazon Linux 2023", "Corretto 8 running on 64bit Amazon Linux 2023", False),
        ("Docker running on 64bit Amazon Linux 2", "Docker running on 64bit Amazon Linux 2023", True),
        ("Docker running on 64bit Amazon Linux 2", "ECS running on 64bit Amazon Linux 2023", False),
        ("IIS 10.0 running on 64bit Windows Server 2019", "IIS 10.0 running on 64bit Windows Server Core 2022", False),
        ("IIS 10.0 running on 64bit Windows Server 2019", "IIS 10.0 running on 64bit Windows Server 2022", True),
    ],
)
def test_a_branch_is_followed_by_the_same_runtime_on_the_same_system(branch: str, other: str, follows: bool) -> None:
    there = [platform(branch, "3.1.0"), platform(other, "4.0.0", PlatformLifecycleState="Recommended")]
    found = {update.title.partition(" (")[0] for update in only(environment("one", branch, "3.1.0"), *there).updates or ()}
    assert (other in found) == follows


def test_a_platform_that_aws_does_not_list_is_not_called_up_to_date() -> None:
    asset = only(environment("gone", "Ruby 2.6 running on 64bit Amazon Linux", "2.11.0"))
    assert asset.updates is None
    assert asset.unread[0].startswith("AWS does not list its platform")


def test_environment_variables_are_never_kept() -> None:
    assert SERVICE.discover
    found, _ = carry(SERVICE.discover(HERE), READS)
    assert "hunter2" not in repr(found)


def test_the_application_version_is_told_with_its_age_and_what_cures_its_dependencies() -> None:
    cured = "; its dependencies are cured by a new version, through its pipeline"
    assert seen()["shop-prod"].remarks[-1] == f"runs application version v17, made on 2025-03-04{cured}"
    version = {"ApplicationName": "shop", "VersionLabel": "v17"}
    commit = {"SourceType": "Git", "SourceRepository": "CodeCommit", "SourceLocation": "shop/265cfa0c"}
    told = {
        " by arn:aws:codebuild:eu-central-1:111122223333:build/shop:7": {
            **version,
            "BuildArn": "arn:aws:codebuild:eu-central-1:111122223333:build/shop:7",
        },
        " from CodeCommit shop/265cfa0c": {**version, "SourceBuildInformation": commit},
    }
    for origin, row in told.items():
        asset = seen(describe_application_versions={"ApplicationVersions": [row]})["shop-prod"]
        assert asset.remarks[-1] == f"runs application version v17{origin}{cured}"


def looked_into(asset: Asset, *answers: Any) -> Any:
    """What its bundle tells, when S3 answers so, one call after the other."""
    assert SERVICE.inside
    left = iter(answers)
    return carry(SERVICE.inside(asset), lambda _: next(left))[0]


def test_a_bundle_that_is_nowhere_or_empty_is_said_to_be_so() -> None:
    asset = seen()["shop-prod"]
    nowhere = replace(asset, facts=Frozen(asset.facts, bucket="", key=""))
    assert looked_into(nowhere) == "AWS does not tell where its bundle lies"
    assert looked_into(asset, refused("s3:GetObject", code="InvalidRange")) == "its bundle is empty"


def test_pieces_are_of_one_upload_and_what_is_no_answer_of_s3_is_not_taken_for_one() -> None:
    asset, piece = seen()["shop-prod"], piece_of(BUNDLE)
    with pytest.raises(Refused) as raised:
        looked_into(asset, piece({"Range": "bytes=-128"}), refused("s3:GetObject", code="PreconditionFailed"))
    assert raised.value.gap.reason == "its bundle was replaced while it was read"
    with pytest.raises(LookupError, match="which bytes"):
        looked_into(asset, {"Body": b"<html>sign in</html>"})


def test_an_empty_account_costs_one_read_and_a_terminating_environment_is_no_asset() -> None:
    assert SERVICE.discover
    going = {"describe_environments": {"Environments": [environment("going", Status="Terminating")]}}
    found, calls = carry(SERVICE.discover(HERE), going)
    assert (found.assets, len(calls)) == ((), 1)


def test_a_refused_application_version_leaves_its_age_and_its_dependencies_unread() -> None:
    asset = seen(describe_application_versions=refused("elasticbeanstalk:DescribeApplicationVersions"))["shop-prod"]
    assert asset.unread == ("application version not read: not authorized",)
    assert looked_into(asset) == "AWS does not tell where its bundle lies"


def test_refused_tags_leave_the_environment_known_and_in_doubt() -> None:
    assert seen(list_tags_for_resource=refused("elasticbeanstalk:ListTagsForResource"))["shop-prod"].unread == (
        "tags not read: not authorized",
    )


def test_managed_updates_need_a_window_long_enough_and_an_operations_role() -> None:
    assert SERVICE.settings
    estate = automated(SERVICE)
    found = {setting.name: setting for setting in SERVICE.settings(estate)}
    assert {name: setting.action for name, setting in found.items()} == {
        "shop-prod": Action.CHANGE,
        "shop-admin": Action.CHANGE,
        "shop-by-hand": Action.BLOCKED,
    }
    assert set(found["shop-admin"].becomes) == {"ManagedActionsEnabled", "UpdateLevel", "SystemType", "PreferredStartTime"}
    (call,) = found["shop-admin"].calls
    assert {option["OptionName"] for option in call.params["OptionSettings"]} == set(found["shop-admin"].becomes)
    without = replace(estate.policy, managed=(ManagedRule("all", settings=Frozen(managed_updates="minor"), in_place=True),))
    (blocked,) = (one for one in SERVICE.settings(replace(estate, policy=without)) if one.name == "shop-admin")
    assert (blocked.action, blocked.calls) == (Action.BLOCKED, ())
    assert "name a `window`" in blocked.notes[0]


def test_what_is_left_to_aws_says_when_or_what_is_lacking() -> None:
    rule = replace(MINOR, updates=("maintenance",), apply=Apply.AWS_WINDOW)
    assert "in its own window, from 2026-11-28 22:00" in str(course(seen()["shop-prod"], rule))
    off = course(seen()["shop-by-hand"], replace(MINOR, apply=Apply.AWS_WINDOW))
    assert off == "managed platform updates are off: set `managed_updates` and `window` in rule all"


@pytest.mark.parametrize(
    ("start", "week"), [("Tue:09:00", "tue:09:00-tue:11:00"), ("Sun:23:30", "sun:23:30-mon:01:30"), ("", ""), ("Any", "")]
)
def test_a_start_is_a_window_of_two_hours(start: str, week: str) -> None:
    assert week_of(start) == week


def test_arns_of_other_partitions_are_read_and_made() -> None:
    china = Target("111122223333", "cn-north-1", "aws-cn")
    assert named(f"arn:aws-cn:elasticbeanstalk:cn-north-1::platform/{PYTHON}/4.1.1") == (PYTHON, "4.1.1")
    assert named("arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1") == ("", "")
    told = {key: value for key, value in environment("shop").items() if key != "EnvironmentArn"}
    assert arn_of(china, told) == "arn:aws-cn:elasticbeanstalk:cn-north-1:111122223333:environment/shop/shop"


def example(operation: str) -> Any:
    (literal, *_) = outputs(page("elasticbeanstalk", operation).read_text())
    shape = model("elasticbeanstalk", operation).output_shape
    assert shape
    return as_botocore(parsed(literal), shape)


def test_aws_s_own_examples_are_digested() -> None:
    """They are of 2015, when environments told no platform ARN: what is newer is not known."""
    told = {name: example(name) for name in ("describe_environments", "describe_application_versions", "describe_configuration_settings")}
    asset = seen(**told)["my-env"]
    assert (asset.id, asset.version, asset.updates) == (HERE.arn("elasticbeanstalk", "environment/my-app/my-env"), "2.0.0", None)
    assert "managed platform updates are off" in asset.remarks
