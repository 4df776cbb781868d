"""Every example answer that AWS's own command line documents for a call of ours is digested by the service that makes it.

The pages come with the awscli package. What cannot be fed is listed here with its reason, and the list is checked: a skip that is
no longer needed fails, and so does a new page or block that is not parsed. Managed services bring no list: theirs is in
`test_aws_examples_managed.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import thaw
from patchkeep.domain.rivals import registered_groups
from patchkeep.services import _accounts
from tests.services import asked
from tests.services import managed as managed_services
from tests.services.pages import as_botocore, outputs, page, parsed
from tests.services.samples import READS, RUNNING, instance, managed, reservations
from tests.services.talk import HERE, carry

Answer = dict[str, Any]
Operation = tuple[str, str]

# As of 2026-11-23, awscli 1.46.
NO_PAGE: dict[Operation, str] = {
    ("account", "get_alternate_contact"): "the account service has no example pages",
}
NO_OUTPUT: dict[Operation, str] = {
    ("cloudwatch", "put_metric_alarm"): "answers nothing",
    ("ec2", "create_tags"): "answers nothing",
    ("ec2", "delete_tags"): "answers nothing",
    ("ssm", "add_tags_to_resource"): "answers nothing",
    ("ssm", "delete_association"): "answers nothing",
    ("ssm", "delete_document"): "answers nothing",
    ("ssm", "remove_tags_from_resource"): "answers nothing",
}
QUERIED = "what --query or --output text leaves of the answer"
SKIPPED: dict[tuple[str, str, int], str] = {
    ("cloudwatch", "delete_alarms", 0): "a sentence: it answers nothing",
    ("ec2", "describe_instances", 1): QUERIED,
    ("ec2", "describe_instances", 2): QUERIED,
    ("ec2", "describe_instances", 3): QUERIED,
    ("ec2", "describe_instances", 4): QUERIED,
    ("ec2", "describe_instances", 5): QUERIED,
    ("ec2", "describe_instances", 6): QUERIED,
    ("ec2", "describe_regions", 3): QUERIED,
    ("ssm", "list_commands", 0): "a comma between two commands is missing",
}

OURS = tuple(service for name, service in asked.SERVICES.items() if name not in managed_services.NAMES)
CALLS = [*asked.organization_calls(), *(call for service in OURS for call in asked.reads(service))]
READ = sorted({(call.service, call.operation) for call in CALLS})
WRITTEN = sorted({(call.service, call.operation) for service in OURS for call in asked.writes(service)})
IDENTITY: list[Operation] = [("sts", "assume_role"), ("sts", "get_caller_identity")]


def blocks(operation: Operation) -> list[str]:
    return [] if operation in NO_PAGE else list(outputs(page(*operation).read_text()))


def examples(operations: list[Operation]) -> Iterator[Any]:
    """One parameter per example: the operation and its answer as botocore would hand it over."""
    for service, operation in operations:
        shape = asked.model(service, operation).output_shape
        for number, literal in enumerate(blocks((service, operation))):
            if (service, operation, number) not in SKIPPED and shape:
                yield pytest.param(operation, as_botocore(parsed(literal), shape), id=f"{service}-{operation}-{number}")


def known(*nodes: str) -> Answer:
    """Answers that say of these nodes that they are there and managed."""
    living = [name for name in nodes if name.startswith("i-")]
    return {
        "describe_instances": reservations(*(instance(name) for name in living)),
        "describe_instance_information": {"InstanceInformationList": [managed(name) for name in nodes]},
    }


def arranged(operation: str, answer: Answer) -> Answer:
    """The sample answers with the example among them, and what it takes for its rows to have something to belong to."""
    match operation:
        case "describe_instance_information":
            around = known(*(row["InstanceId"] for row in answer["InstanceInformationList"]))
        case "describe_instance_patch_states":
            around = known(*(row["InstanceId"] for row in answer["InstancePatchStates"]))
        case "get_inventory":
            around = known(*(row["Id"] for row in answer["Entities"]))
        case "list_tags_for_resource":  # of CloudWatch or SSM, by the page
            mine = "Tags" in answer
            return {**READS, operation: lambda params: answer if mine == ("ResourceARN" in params) else READS[operation](params)}
        case "describe_alarms":
            named = [{**row, "AlarmName": f"patchkeep-{row['AlarmName']}-heartbeat"} for row in answer["MetricAlarms"]]
            return {**READS, operation: {"MetricAlarms": named}}
        case "describe_instance_patches":
            return {**READS, operation: lambda params: _as_filtered(answer, params)}
        case _:
            around = {}
    return {**READS, **around, operation: answer}


def _as_filtered(answer: Answer, params: Answer) -> Answer:
    """The page shows patches in all states; we ask for those that are open, and AWS would leave out the others."""
    (states,) = (one["Values"] for one in params["Filters"])
    return {"Patches": [row for row in answer["Patches"] if row["State"] in states]}


def ids(found: tuple[Asset, ...]) -> set[str]:
    return {asset.resource for asset in found}


def one(found: Found, name: str) -> Asset:
    (asset,) = (asset for asset in found.assets if asset.resource == name)
    return asset


def kinds(found: Found, kind: str) -> list[Existing]:
    return [existing for existing in found.objects if existing.kind == kind]


def patching(rows: list[Answer], key: str) -> list[Answer]:
    return [row for row in rows if row[key].startswith(("AWS-RunPatchBaseline", "AWS-GatherSoftwareInventory"))]


# What must come out of discovery where rows went in; by operation.
COMES_OUT: dict[str, Callable[[Answer, Found], bool]] = {
    "describe_instances": lambda a, f: {i["InstanceId"] for r in a["Reservations"] for i in r["Instances"]} <= ids(f.assets),
    "describe_instance_information": lambda a, f: {row["InstanceId"] for row in a["InstanceInformationList"]} == ids(f.assets),
    "describe_instance_patch_states": lambda a, f: all(one(f, row["InstanceId"]).scan for row in a["InstancePatchStates"]),
    "describe_instance_patches": lambda a, f: (
        len(one(f, RUNNING).updates or ()) == sum(row["State"] in {"Missing", "Failed"} for row in a["Patches"])
    ),
    "get_inventory": lambda a, f: {row["Id"] for row in a["Entities"]} == ids(f.assets),
    "list_tags_for_resource": lambda a, f: bool(a.get("TagList") or a.get("Tags")) and bool(f.assets or f.objects),
    "describe_alarms": lambda a, f: (
        [existing.fields["MetricName"] for existing in kinds(f, "alarm")] == [row["MetricName"] for row in a["MetricAlarms"]]
    ),
    "describe_patch_baselines": lambda a, f: len(kinds(f, "patch baseline")) == len(a["BaselineIdentities"]),
    "describe_patch_groups": lambda a, f: registered_groups(f.objects) == {row["PatchGroup"] for row in a["Mappings"]},
    "get_patch_baseline": lambda a, f: kinds(f, "patch baseline")[0].name == a["Name"],
    "list_associations": lambda a, f: len(f.objects) == len(patching(a["Associations"], "Name")),
    "describe_association": lambda a, f: {existing.fields["Name"] for existing in f.objects} == {a["AssociationDescription"]["Name"]},
    "describe_maintenance_windows": lambda a, f: {e.name for e in f.objects} == {row["Name"] for row in a["WindowIdentities"]},
    "describe_maintenance_window_targets": lambda a, f: len(f.objects[0].fields["Targets"]) == len(a["Targets"]),
    "describe_maintenance_window_tasks": lambda a, f: len(f.objects[0].fields["Tasks"]) == len(a["Tasks"]),
    "get_maintenance_window_task": lambda a, f: f.objects[0].fields["Tasks"][0]["TaskArn"] == a["TaskArn"],
    "list_documents": lambda a, f: {existing.name for existing in f.objects} == {row["Name"] for row in a["DocumentIdentifiers"]},
    "get_document": lambda a, f: f.objects[0].fields["DefaultVersion"] == a["DocumentVersion"],
    "get_service_setting": lambda a, f: f.objects[0].fields["SettingValue"] == a["ServiceSetting"]["SettingValue"],
}
OF_ROLLOUTS = ("describe_document", "list_commands", "list_command_invocations")
OF_ACCOUNTS = (
    "describe_organization",
    "list_roots",
    "list_accounts_for_parent",
    "list_organizational_units_for_parent",
    "describe_regions",
    "get_alternate_contact",
)
# What a later call of ours takes from the answer to a write.
TAKEN = {
    "create_patch_baseline": "BaselineId",
    "create_maintenance_window": "WindowId",
    "register_target_with_maintenance_window": "WindowTargetId",
    "update_document": "DocumentVersion",
    "send_command": "CommandId",
}


@pytest.mark.parametrize("operation", [*READ, *WRITTEN, *IDENTITY], ids="-".join)
def test_every_output_on_a_page_is_parsed_or_listed_with_its_reason(operation: Operation) -> None:
    assert page(*operation).exists() == (operation not in NO_PAGE)
    shown = blocks(operation)
    assert bool(shown) == (operation not in {**NO_OUTPUT, **NO_PAGE})
    for number, literal in enumerate(shown):
        if (*operation, number) in SKIPPED:
            with pytest.raises(ValueError, match=r"."):
                parsed(literal)
        else:
            assert parsed(literal)


def test_the_lists_name_nothing_that_is_not_asked_for() -> None:
    operations = {*READ, *WRITTEN, *IDENTITY}
    assert {*NO_PAGE, *NO_OUTPUT} <= operations
    assert {(service, operation) for service, operation, _ in SKIPPED} <= operations
    assert all(number < len(blocks((service, operation))) for service, operation, number in SKIPPED)
    assert {operation for _, operation in READ} == {*COMES_OUT, *OF_ROLLOUTS, *OF_ACCOUNTS}


@pytest.mark.parametrize(("operation", "answer"), [*examples([op for op in READ if op[1] in COMES_OUT])])
def test_discovery_digests_aws_s_example(operation: str, answer: Answer) -> None:
    times = 0
    for service in OURS:
        if service.discover is None:
            continue
        found, calls = carry(service.discover(HERE), arranged(operation, answer))
        if operation in {call.operation for call in calls} and not _elsewhere(operation, service.name):
            times += 1
            assert not found.gaps
            assert COMES_OUT[operation](answer, found), (service.name, found)
    assert times


def _elsewhere(operation: str, service: str) -> bool:
    """Patch groups look at machines, too, for their tags alone."""
    return service == "groups" and operation in {"describe_instances", "describe_instance_information", "list_tags_for_resource"}


@pytest.mark.parametrize(
    ("operation", "answer"), [*examples([op for op in READ if op[1] in {"describe_instances", "describe_instance_information"}])]
)
def test_patch_groups_digest_the_machines_of_aws_s_example(operation: str, answer: Answer) -> None:
    groups = asked.SERVICES["groups"].discover
    assert groups is not None
    found, _ = carry(groups(HERE), {**READS, operation: answer})
    assert all(existing.fields["Members"] for existing in found.objects)


@pytest.mark.parametrize(("operation", "answer"), [*examples([op for op in READ if op[1] in OF_ROLLOUTS])])
def test_rollouts_digest_aws_s_example(operation: str, answer: Answer) -> None:
    commands = asked.SERVICES["commands"]
    assert commands.prepare
    assert commands.adopt
    assert commands.check
    answers, made = {**READS, operation: answer}, list[Call]()
    for step in asked.STEPS:
        batch = asked.batch(step)
        made += carry(commands.prepare(batch), answers)[1]
        made += carry(commands.adopt(batch), answers)[1]
        results, calls = carry(commands.check(batch, datetime(2026, 11, 23, 9, 0, tzinfo=UTC)), answers)
        assert set(results) == set(batch.resources)
        made += calls
    assert operation in {call.operation for call in made}


@pytest.mark.parametrize(("operation", "answer"), [*examples([op for op in READ if op[1] in OF_ACCOUNTS])])
def test_the_organization_digests_aws_s_example(operation: str, answer: Answer) -> None:
    units = {"list_organizational_units_for_parent": _only_below_the_root(answer if operation.endswith("units_for_parent") else {})}
    answers = {**READS, operation: answer, **units}
    (organization_id, accounts), _ = carry(_accounts.organization(), answers)
    reached, _ = carry(_accounts.reached(), answers)
    if operation == "list_accounts_for_parent":
        assert {account.id for account in accounts} == {row["Id"] for row in answer["Accounts"]}
    if operation == "list_organizational_units_for_parent":
        assert {account.ou for account in accounts} == {"", *(row["Name"] for row in answer["OrganizationalUnits"])}
    if operation == "describe_regions":
        assert set(reached.regions) == {row["RegionName"] for row in answer["Regions"]}
    if operation == "describe_organization":
        assert organization_id == answer["Organization"]["Id"]
    assert accounts


def _only_below_the_root(answer: Answer) -> Callable[[Answer], Answer]:
    """The page's units below the root, and none below those."""
    empty: Answer = {"OrganizationalUnits": []}
    return lambda params: (answer or empty) if params["ParentId"].startswith("r-") else empty


@pytest.mark.parametrize(("operation", "answer"), [*examples([op for op in WRITTEN if op[1] in TAKEN])])
def test_what_the_next_call_needs_is_in_aws_s_example_answer(operation: str, answer: Answer) -> None:
    flat = {**answer, **{key: inner for value in answer.values() if isinstance(value, dict) for key, inner in value.items()}}
    assert isinstance(flat[TAKEN[operation]], str)


def test_what_is_taken_from_answers_is_all_listed() -> None:
    placeholders = {
        json.dumps(thaw(call.params)).split(" answered above>")[0].rsplit("<", 1)[1]
        for service in OURS
        for call in asked.writes(service)
        if "answered above>" in json.dumps(thaw(call.params))
    }
    assert placeholders <= set(TAKEN.values())
    assert set(TAKEN) <= {operation for _, operation in WRITTEN}
