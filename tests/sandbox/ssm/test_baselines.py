"""Patch baselines, patch groups and their tags."""

from __future__ import annotations

from typing import Any

import pytest

from patchkeep.sandbox.ssm.groups import baseline_for
from tests.sandbox.ssm.conftest import A, C, Ssm

SECURITY = {
    "PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["Security"]}]},
    "ComplianceLevel": "CRITICAL",
    "ApproveAfterDays": 3,
}
BY_PRIORITY = {"PatchFilterGroup": {"PatchFilters": [{"Key": "PRIORITY", "Values": ["Required"]}]}}


def create(ssm: Ssm, system: str = "AMAZON_LINUX_2023", rule: dict[str, Any] | None = None, **more: Any) -> str:
    rules = {"PatchRules": [rule or SECURITY]}
    return str(ssm.call("CreatePatchBaseline", Name="keep-web", OperatingSystem=system, ApprovalRules=rules, **more)["BaselineId"])


def test_a_baseline_reads_back_as_created_with_what_ssm_adds(ssm: Ssm) -> None:
    baseline = create(ssm, ApprovedPatches=["kernel*"])
    read = ssm.call("GetPatchBaseline", BaselineId=baseline)
    assert read["ApprovalRules"]["PatchRules"] == [{**SECURITY, "EnableNonSecurity": False}]
    assert (read["RejectedPatchesAction"], read["PatchGroups"]) == ("ALLOW_AS_DEPENDENCY", [])


def test_debian_and_ubuntu_take_no_approval_delay(ssm: Ssm) -> None:
    for delay in ({"ApproveAfterDays": 7}, {"ApproveUntilDate": "2026-10-01"}):
        rules = {"PatchRules": [{**BY_PRIORITY, **delay}]}
        asked = {"Name": "keep-web", "OperatingSystem": "DEBIAN", "ApprovalRules": rules}
        assert ssm.refused("CreatePatchBaseline", **asked) == "ValidationException"
    assert create(ssm, "UBUNTU", BY_PRIORITY).startswith("pb-")


def test_a_rule_elsewhere_needs_exactly_one_delay_and_filters_of_its_system(ssm: Ssm) -> None:
    without = {name: value for name, value in SECURITY.items() if name != "ApproveAfterDays"}
    for rule in (without, {**SECURITY, "ApproveUntilDate": "2026-10-01"}, {**BY_PRIORITY, "ApproveAfterDays": 1}):
        rules = {"PatchRules": [rule]}
        refused = ssm.refused("CreatePatchBaseline", Name="keep-web", OperatingSystem="AMAZON_LINUX_2023", ApprovalRules=rules)
        assert refused == "ValidationException"


def test_the_available_updates_status_is_for_windows_only(ssm: Ssm) -> None:
    asked = {"Name": "keep-web", "OperatingSystem": "SUSE", "AvailableSecurityUpdatesComplianceStatus": "NON_COMPLIANT"}
    assert ssm.refused("CreatePatchBaseline", **asked) == "ValidationException"
    assert ssm.call("CreatePatchBaseline", **{**asked, "OperatingSystem": "WINDOWS"})


def test_a_client_token_makes_creation_repeatable(ssm: Ssm) -> None:
    assert create(ssm, ClientToken="once") == create(ssm, ClientToken="once")
    again = {"Name": "keep-db", "ClientToken": "once"}
    assert ssm.refused("CreatePatchBaseline", **again) == "IdempotentParameterMismatch"


def test_the_fifty_first_baseline_is_refused(ssm: Ssm) -> None:
    for _ in range(50):
        create(ssm)
    assert ssm.refused("CreatePatchBaseline", Name="one-more") == "ResourceLimitExceededException"


def test_update_changes_what_is_named_and_replace_forgets_the_rest(ssm: Ssm) -> None:
    baseline = create(ssm, ApprovedPatches=["kernel*"], Description="first")
    changed = ssm.call("UpdatePatchBaseline", BaselineId=baseline, Description="second")
    assert (changed["Description"], changed["ApprovedPatches"]) == ("second", ["kernel*"])
    replaced = ssm.call("UpdatePatchBaseline", BaselineId=baseline, Name="keep-new", Replace=True)
    assert (replaced["ApprovedPatches"], replaced["ApprovalRules"]) == ([], {"PatchRules": []})
    assert ssm.refused("UpdatePatchBaseline", BaselineId=baseline, Replace=True) == "ValidationException"


def test_aws_s_own_baselines_are_listed_and_cannot_be_changed(ssm: Ssm) -> None:
    listed = ssm.call("DescribePatchBaselines", Filters=[{"Key": "OWNER", "Values": ["AWS"]}])["BaselineIdentities"]
    found = next(one for one in listed if one["OperatingSystem"] == "DEBIAN")
    assert found["DefaultBaseline"]
    assert ssm.refused("DeletePatchBaseline", BaselineId=found["BaselineId"]) == "ValidationException"
    assert ssm.refused("UpdatePatchBaseline", BaselineId=found["BaselineId"], Name="mine") == "ValidationException"
    assert ssm.refused("GetPatchBaseline", BaselineId="pb-0123456789abcdef0") == "DoesNotExistException"


def test_a_registered_group_gets_its_baseline_and_any_other_the_default(ssm: Ssm) -> None:
    baseline, default = create(ssm), baseline_for(ssm.site, ssm.site.nodes[A])
    assert default.by_aws
    ssm.call("RegisterPatchBaselineForPatchGroup", BaselineId=baseline, PatchGroup="web")
    assert baseline_for(ssm.site, ssm.site.nodes[A]).id == baseline
    assert baseline_for(ssm.site, ssm.site.nodes[C]).by_aws
    (mapping,) = ssm.call("DescribePatchGroups")["Mappings"]
    assert (mapping["PatchGroup"], mapping["BaselineIdentity"]["BaselineId"]) == ("web", baseline)
    ssm.call("DeregisterPatchBaselineForPatchGroup", BaselineId=baseline, PatchGroup="web")
    assert baseline_for(ssm.site, ssm.site.nodes[A]).id == default.id


def test_the_tag_with_a_space_names_the_group_too(ssm: Ssm) -> None:
    baseline = create(ssm)
    ssm.call("RegisterPatchBaselineForPatchGroup", BaselineId=baseline, PatchGroup="web")
    ssm.site.nodes[A].tags = {"Patch Group": "web"}
    assert baseline_for(ssm.site, ssm.site.nodes[A]).id == baseline


def test_one_group_has_one_baseline_per_system_and_a_baseline_25_groups(ssm: Ssm) -> None:
    baseline, other = create(ssm), create(ssm)
    for number in range(25):
        ssm.call("RegisterPatchBaselineForPatchGroup", BaselineId=baseline, PatchGroup=f"group-{number}")
    taken = {"BaselineId": other, "PatchGroup": "group-1"}
    assert ssm.refused("RegisterPatchBaselineForPatchGroup", **taken) == "AlreadyExistsException"
    more = {"BaselineId": baseline, "PatchGroup": "group-25"}
    assert ssm.refused("RegisterPatchBaselineForPatchGroup", **more) == "ResourceLimitExceededException"


def test_a_baseline_in_use_cannot_be_deleted(ssm: Ssm) -> None:
    baseline = create(ssm)
    ssm.call("RegisterDefaultPatchBaseline", BaselineId=baseline)
    assert ssm.call("GetDefaultPatchBaseline", OperatingSystem="AMAZON_LINUX_2023")["BaselineId"] == baseline
    assert ssm.refused("DeletePatchBaseline", BaselineId=baseline) == "ResourceInUseException"
    other = create(ssm)
    ssm.call("RegisterPatchBaselineForPatchGroup", BaselineId=other, PatchGroup="web")
    assert ssm.refused("DeletePatchBaseline", BaselineId=other) == "ResourceInUseException"
    ssm.call("DeregisterPatchBaselineForPatchGroup", BaselineId=other, PatchGroup="web")
    ssm.call("DeletePatchBaseline", BaselineId=other)
    assert ssm.refused("GetPatchBaseline", BaselineId=other) == "DoesNotExistException"


def test_tags_of_a_baseline_are_added_listed_and_removed(ssm: Ssm) -> None:
    baseline = create(ssm, Tags=[{"Key": "owner", "Value": "shop"}])
    asked = {"ResourceType": "PatchBaseline", "ResourceId": baseline}
    ssm.call("AddTagsToResource", **asked, Tags=[{"Key": "tier", "Value": "1"}])
    ssm.call("RemoveTagsFromResource", **asked, TagKeys=["owner"])
    assert ssm.call("ListTagsForResource", **asked)["TagList"] == [{"Key": "tier", "Value": "1"}]
    assert ssm.refused("ListTagsForResource", ResourceType="PatchBaseline", ResourceId="pb-0123456789abcdef0") == "InvalidResourceId"


def test_ec2_instances_take_their_tags_from_ec2_only(ssm: Ssm) -> None:
    tags = [{"Key": "owner", "Value": "shop"}]
    assert ssm.refused("AddTagsToResource", ResourceType="ManagedInstance", ResourceId=A, Tags=tags) == "InvalidResourceId"
    ssm.call("AddTagsToResource", ResourceType="ManagedInstance", ResourceId="mi-0123456789abcdef0", Tags=tags)
    assert ssm.site.nodes["mi-0123456789abcdef0"].tags["owner"] == "shop"


def test_properties_of_patches_are_those_of_the_system(ssm: Ssm) -> None:
    def values(system: str, name: str) -> list[str]:
        rows = ssm.call("DescribePatchProperties", OperatingSystem=system, Property=name)["Properties"]
        return [row["Name"] for row in rows]

    assert "Moderate" in values("REDHAT_ENTERPRISE_LINUX", "SEVERITY")
    assert "Medium" in values("AMAZON_LINUX_2023", "SEVERITY")
    assert values("UBUNTU", "PRIORITY")[0] == "Required"
    assert values("UBUNTU", "SEVERITY") == []
    assert ssm.refused("DescribePatchProperties", OperatingSystem="MACOS", Property="PRODUCT") == "EmulatorNotImplemented"


def test_a_baseline_s_level_makes_its_missing_patches_critical(ssm: Ssm) -> None:
    ssm.call("RegisterDefaultPatchBaseline", BaselineId=create(ssm))
    ssm.run(A)
    assert (ssm.state(A)["CriticalNonCompliantCount"], ssm.state(A)["SecurityNonCompliantCount"]) == (1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Sources": [{"Name": "repo", "Products": ["*"], "Configuration": "x"}]},
        {"ApprovedPatchesEnableNonSecurity": True},
        {"GlobalFilters": {"PatchFilters": [{"Key": "SECTION", "Values": ["main"]}]}},
        {"GlobalFilters": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["a"]}, {"Key": "PRODUCT", "Values": ["b"]}]}},
    ],
)
def test_what_windows_baselines_cannot_have(ssm: Ssm, wrong: dict[str, Any]) -> None:
    assert ssm.refused("CreatePatchBaseline", Name="keep-web", OperatingSystem="WINDOWS", **wrong) == "ValidationException"
