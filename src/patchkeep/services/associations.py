"""State Manager associations: our daily Scan and inventory of each environment's members, and everybody else's beside them.

An association runs at once when it is made and again when its targets change, unless `ApplyOnlyAtCronInterval` is set, which
takes a cron schedule: https://docs.aws.amazon.com/systems-manager/latest/userguide/state-manager-about.html
A node has use for one inventory association only:
https://docs.aws.amazon.com/systems-manager/latest/userguide/inventory-create-association.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call, Dialogue, Refused, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Environment, Policy
from patchkeep.domain.rivals import reaches
from patchkeep.domain.setting import MEMBER_TAG, Estate, Setting, Wanted, member_of
from patchkeep.services._acts import act, operation_of
from patchkeep.services._adoption import Adoption, acts_in_words, acts_reach, operations
from patchkeep.services._answers import granted
from patchkeep.services._grants import NODES, Grant, amazons_documents, marked_ours, marking_ours, own
from patchkeep.services._service import Service
from patchkeep.services._settings import Marks, Ways, blocked, differences, marks_of, own_name, owner_tags

KIND = "association"
INVENTORY_SCHEDULE = "cron(0 4 * * ? *)"  # daily, UTC: well within the freshness of an inventory
_INVENTORY_PARAMETERS = {"applications": ["Enabled"], "awsComponents": ["Enabled"], "instanceDetailedInformation": ["Enabled"]}
_COMPARED = (
    "Name",
    "Parameters",
    "Targets",
    "ScheduleExpression",
    "ApplyOnlyAtCronInterval",
    "MaxConcurrency",
    "MaxErrors",
    "ComplianceSeverity",
    "SyncCompliance",
)
# What an association of ours never says; UpdateAssociation drops it (botocore: "the system drops all optional parameters").
UNSAID = ("CalendarNames", "TargetLocations", "TargetMaps", "ScheduleOffset", "Duration", "AlarmConfiguration", "OutputLocation")


def discover(target: Target) -> Dialogue[Found]:
    """All associations whose document scans, installs or gathers inventory, with their owners; one after the other (2 a second)."""
    listed = (yield Call.of("ssm", "list_associations", MaxResults=50))["Associations"]
    objects = []
    for row in listed:
        if not operation_of(row["Name"], {}):
            continue
        described, tagged = yield (
            Call.of("ssm", "describe_association", AssociationId=row["AssociationId"]),
            Call.of("ssm", "list_tags_for_resource", ResourceType="Association", ResourceId=row["AssociationId"]),
        )
        if isinstance(described, Refused) and described.gap.code == "AssociationDoesNotExist":
            continue  # deleted since it was listed
        description, tags = granted((described, tagged))
        about = description["AssociationDescription"]
        objects.append(_existing(target, about, marks_of(tags["TagList"], about.get("AssociationName") or "")))
    return Found(objects=tuple(sorted(objects, key=lambda existing: existing.id)))


def _existing(target: Target, row: Mapping[str, Any], marks: Marks) -> Existing:
    fields = {key: row[key] for key in _COMPARED if row.get(key) is not None}
    if row.get("InstanceId") and not row.get("Targets"):
        fields["Targets"] = [{"Key": "InstanceIds", "Values": [row["InstanceId"]]}]
    fields["acts"] = [act(row["Name"], row.get("Parameters") or {}, fields.get("Targets", ()))]
    fields |= {key: row[key] for key in UNSAID if row.get(key)}
    name = marks.name or row["AssociationId"]
    return Existing("associations", KIND, target, row["AssociationId"], name, marks.owner, Frozen(fields, **marks.fields))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """One Scan and one inventory association per environment, account and region."""
    ways = Ways("associations", _create_calls(estate.ownership), _change_calls, _delete_calls)
    present = [existing for existing in estate.objects if existing.service == "associations"]
    wanted = tuple(_wanted(estate))
    refused = [one for one in wanted if not one.fields["ScheduleExpression"].startswith("cron(")]
    kept = {(one.target, one.name) for one in refused}
    closing = [setting for setting in differences(ways, wanted, present, estate.ownership) if (setting.target, setting.name) not in kept]
    return (*closing, *(blocked("associations", one, _NEEDS_CRON) for one in refused))


_NEEDS_CRON = "only a cron schedule keeps it from running the moment it is made (ApplyOnlyAtCronInterval): write the schedule as cron(...)"


def _wanted(estate: Estate) -> Iterator[Wanted]:
    for environment, target, members in estate.places:
        yield _scan(estate, environment, target)
        others = [e for e in estate.present("associations", target) if e.owner != estate.ownership and _gathers(e)]
        bare = [asset for asset in members if not any(_reached(other, asset) for other in others)]
        if bare:
            yield _inventory(estate, environment, target, len(members) - len(bare))


def _gathers(existing: Existing) -> bool:
    return any(one["operation"] == "Inventory" for one in existing.fields["acts"])


def _reached(existing: Existing, asset: Asset) -> bool:
    return any(reaches(one["targets"], asset) for one in existing.fields["acts"])


def _scan(estate: Estate, environment: Environment, target: Target) -> Wanted:
    """`MaxErrors` 100 %: a node that cannot be scanned must not keep the others from being scanned."""
    member = member_of(estate.policy, environment)
    fields = _common(member, estate.policy.scan_schedule) | {
        "Name": "AWS-RunPatchBaseline",
        "Parameters": {"Operation": ["Scan"]},
        "ComplianceSeverity": "HIGH",
    }
    return Wanted(KIND, target, f"{member[:118]}-scan", Frozen(fields))


def _inventory(estate: Estate, environment: Environment, target: Target, covered: int) -> Wanted:
    member = member_of(estate.policy, environment)
    fields = _common(member, INVENTORY_SCHEDULE) | {
        "Name": "AWS-GatherSoftwareInventory",
        "Parameters": _INVENTORY_PARAMETERS,
        "ComplianceSeverity": "LOW",
    }
    note = f"{covered} of its members have another inventory association: on those the one made last takes effect"
    return Wanted(KIND, target, f"{member[:118]}-inventory", Frozen(fields), (note,) if covered else ())


def _common(member: str, schedule: str) -> dict[str, Any]:
    return {
        "Targets": [{"Key": f"tag:{MEMBER_TAG}", "Values": [member]}],
        "ScheduleExpression": schedule,
        "ApplyOnlyAtCronInterval": True,
        "MaxConcurrency": "10%",
        "MaxErrors": "100%",
        "SyncCompliance": "AUTO",
    }


def _create_calls(ownership: str) -> Callable[[Wanted], list[Call]]:
    def create(wanted: Wanted) -> list[Call]:
        return [Call.of("ssm", "create_association", wanted.fields, AssociationName=wanted.name, Tags=owner_tags(ownership))]

    return create


def _change_calls(wanted: Wanted, existing: Existing) -> list[Call]:
    """Everything is said again: UpdateAssociation drops what it is not told."""
    name = own_name(wanted, existing)
    named = {"AssociationName": name} if name else {}  # one that was adopted may have none
    return [Call.of("ssm", "update_association", wanted.fields, AssociationId=existing.id, **named)]


def _delete_calls(existing: Existing) -> list[Call]:
    return [Call.of("ssm", "delete_association", AssociationId=existing.id)]


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Associations of two of AWS's documents; what is there already only where it is ours."""
    ours = own("ssm", "association/*")
    involved = (*amazons_documents("AWS-RunPatchBaseline", "AWS-GatherSoftwareInventory"), *NODES)
    return (
        Grant("MakeAssociations", "ssm", ("create_association",), (*ours, *involved), marking_ours(policy)),
        Grant("MarkOurs", "ssm", ("add_tags_to_resource",), ours, marking_ours(policy)),
        Grant("OurAssociations", "ssm", ("update_association", "delete_association"), ours, marked_ours(policy)),
        Grant("OfTheseDocuments", "ssm", ("update_association",), involved),
    )


def _serves(existing: Existing, wanted: Setting) -> bool:
    """One that scans becomes one that scans."""
    operation = operation_of(wanted.becomes["Name"], wanted.becomes["Parameters"])
    return operations(existing) == {operation}


def _bars(existing: Existing) -> str:
    if existing.fields.get("TargetLocations"):
        return "it reaches other accounts or regions (TargetLocations), and one of ours its own alone"
    if "Install" in operations(existing):
        return "it installs, and associations of ours only scan and gather inventory: installs belong to rollouts or windows"
    return ""


ADOPTION = Adoption("Association", frozenset({KIND}), acts_in_words, _serves, acts_reach, _bars, UNSAID)
SERVICE = Service(name="associations", discover=discover, slow=True, settings=settings, rank=3, adoption=ADOPTION)
