"""Creating, changing, starting and deleting associations."""

from __future__ import annotations

from copy import deepcopy

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.association_store import Association, StandingOrder, associations_of, must_be_possible
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.listing import chosen, without_none
from patchkeep.sandbox.ssm.tagging import put_tags, tags_of

MOST_ASSOCIATIONS = 2000  # per account and region: AWS General Reference, Systems Manager quotas
ASKED = (
    "Name",
    "InstanceId",
    "DocumentVersion",
    "Parameters",
    "Targets",
    "ScheduleExpression",
    "OutputLocation",
    "AssociationName",
    "AutomationTargetParameterName",
    "MaxErrors",
    "MaxConcurrency",
    "ComplianceSeverity",
    "SyncCompliance",
    "ApplyOnlyAtCronInterval",
    "CalendarNames",
    "TargetLocations",
    "ScheduleOffset",
    "Duration",
    "TargetMaps",
    "AlarmConfiguration",
)
_SAME = ("Name", "InstanceId", "Targets", "Parameters", "ScheduleExpression", "AssociationName")


@operation("ssm", "CreateAssociation")
def create_association(request: Request) -> Answer:
    kept = associations_of(request.site)
    asked = deepcopy(chosen(request.params, ASKED))
    if any(all(one.asked.get(name) == asked.get(name) for name in _SAME) for one in kept.values()):
        raise AwsError("AssociationAlreadyExists", "The specified association already exists.")
    if len(kept) >= MOST_ASSOCIATIONS:
        raise AwsError("AssociationLimitExceeded", f"You can have at most {MOST_ASSOCIATIONS} associations.")
    made = Association(guid(request.world), asked, request.now, request.now)
    must_be_possible(request.world, request.site, made)
    kept[made.id] = made
    put_tags(request.site, "Association", made.id, request.params.get("Tags") or ())
    StandingOrder(request.world, request.site, made, made.version).begin()
    return {"AssociationDescription": description(made)}


@operation("ssm", "UpdateAssociation")
def update_association(request: Request) -> Answer:
    """Whatever the call leaves out is cleared, as AWS's model warns; but for the document's name."""
    association = find_association(request, request.params["AssociationId"])
    asked = {"Name": association.document, **deepcopy(chosen(request.params, ASKED))}
    if "InstanceId" in association.asked and "Targets" not in asked:
        asked["InstanceId"] = association.asked["InstanceId"]
    changed = Association(association.id, asked, association.created, request.now)
    must_be_possible(request.world, request.site, changed)
    association.asked, association.changed = asked, request.now
    association.version += 1
    association.seen.clear()
    StandingOrder(request.world, request.site, association, association.version).begin()
    return {"AssociationDescription": description(association)}


@operation("ssm", "DeleteAssociation")
def delete_association(request: Request) -> Answer:
    association = asked_association(request)
    del associations_of(request.site)[association.id]
    tags_of(request.site, "Association", association.id).clear()
    return {}


@operation("ssm", "StartAssociationsOnce")
def start_associations_once(request: Request) -> Answer:
    found = [find_association(request, one) for one in request.params["AssociationIds"]]
    for association in found:
        StandingOrder(request.world, request.site, association, association.version).run()
    return {}


@operation("ssm", "DescribeAssociation")
def describe_association(request: Request) -> Answer:
    association = asked_association(request)
    version = request.params.get("AssociationVersion") or "$LATEST"
    if version not in {"$LATEST", str(association.version)}:
        raise AwsError("InvalidAssociationVersion", f"The sandbox keeps the latest version of an association only, not {version}.")
    return {"AssociationDescription": description(association)}


def find_association(request: Request, association_id: str) -> Association:
    association = associations_of(request.site).get(association_id)
    if association is None:
        raise AwsError("AssociationDoesNotExist", "The specified association does not exist.")
    return association


def asked_association(request: Request) -> Association:
    """Return the association named by its id, or, the old way, by document and node."""
    params = request.params
    if params.get("AssociationId"):
        return find_association(request, params["AssociationId"])
    for association in associations_of(request.site).values():
        if association.document == params.get("Name") and association.asked.get("InstanceId") == params.get("InstanceId"):
            return association
    raise AwsError("AssociationDoesNotExist", "The specified association does not exist.")


def overview(association: Association) -> Answer:
    last = association.executions[-1] if association.executions else None
    if last is None:
        return {"Status": "Pending", "DetailedStatus": "Creating"}
    return {"Status": last.status, "DetailedStatus": last.status, "AssociationStatusAggregatedCount": last.counts}


def description(association: Association) -> Answer:
    asked, runs = association.asked, association.executions
    good = [one.created for one in runs if one.status == "Success"]
    return {
        **deepcopy(asked),
        **without_none(
            AssociationId=association.id,
            AssociationVersion=str(association.version),
            Date=association.created,
            LastUpdateAssociationDate=association.changed,
            Overview=overview(association),
            DocumentVersion=asked.get("DocumentVersion") or "$DEFAULT",
            Targets=association.targets,
            LastExecutionDate=runs[-1].created if runs else None,
            LastSuccessfulExecutionDate=good[-1] if good else None,
            ApplyOnlyAtCronInterval=association.only_at_times,
        ),
    }
