"""Patch baselines of one account and region, and the default one for each operating system.

State: `site.kept["ssm.baselines"]` id -> Baseline; `site.kept["ssm.default-baselines"]` operating system -> id.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import Answer, AwsError, Params, Request, operation
from patchkeep.sandbox.ssm.aws_baselines import default_baselines
from patchkeep.sandbox.ssm.baseline_rules import must_be_legal
from patchkeep.sandbox.ssm.ids import hexadecimal
from patchkeep.sandbox.ssm.listing import chosen, kept_by, listing, without_none
from patchkeep.sandbox.ssm.tagging import put_tags

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

MOST_BASELINES = 50  # per account and region: AWS General Reference, Systems Manager quotas
_CHANGEABLE = (
    "Name",
    "GlobalFilters",
    "ApprovalRules",
    "ApprovedPatches",
    "ApprovedPatchesComplianceLevel",
    "ApprovedPatchesEnableNonSecurity",
    "RejectedPatches",
    "RejectedPatchesAction",
    "Description",
    "Sources",
    "AvailableSecurityUpdatesComplianceStatus",
)


@dataclass(slots=True)
class Baseline:
    """A baseline: `shape` is GetPatchBaseline's answer but for the groups."""

    id: str
    shape: dict[str, Any]
    token: str | None = None
    asked: Mapping[str, Any] | None = None

    @property
    def system(self) -> str:
        return str(self.shape["OperatingSystem"])

    @property
    def by_aws(self) -> bool:
        return str(self.shape["BaselineId"]).startswith("arn:")


def own_baselines(site: Site) -> dict[str, Baseline]:
    return cast(dict[str, Baseline], site.kept["ssm.baselines"])


@cache
def _of_aws(region: str) -> tuple[tuple[Baseline, bool], ...]:
    """AWS's own baselines in a region, and whether each is its operating system's default at the start."""
    return tuple(
        (Baseline(_short(shape), {name: value for name, value in shape.items() if name != "DefaultBaseline"}), shape["DefaultBaseline"])
        for shape in default_baselines(region)
    )


def all_baselines(site: Site) -> list[Baseline]:
    return [*own_baselines(site).values(), *(baseline for baseline, _ in _of_aws(site.region))]


def _short(shape: Mapping[str, Any]) -> str:
    return str(shape["BaselineId"]).rpartition("/")[2]


def find_baseline(site: Site, baseline_id: str, error: str = "DoesNotExistException") -> Baseline:
    """Return the baseline of this id or ARN, AWS's own among them, or refuse with `error`."""
    short = baseline_id.rpartition("/")[2]
    for baseline in all_baselines(site):
        if baseline.id == short:
            return baseline
    raise AwsError(error, f"Patch baseline {baseline_id} does not exist.")


def default_baseline(site: Site, system: str) -> Baseline:
    chosen_one = site.kept["ssm.default-baselines"].get(system)
    if chosen_one is not None:
        return find_baseline(site, chosen_one)
    for baseline, default in _of_aws(site.region):
        if default and baseline.system == system:
            return baseline
    raise AwsError("EmulatorNotImplemented", f"The sandbox has no predefined baseline for {system}.")


def identity(site: Site, baseline: Baseline) -> Answer:
    shape = baseline.shape
    return without_none(
        BaselineId=shape["BaselineId"],
        BaselineName=shape["Name"],
        OperatingSystem=baseline.system,
        BaselineDescription=shape.get("Description"),
        DefaultBaseline=default_baseline(site, baseline.system).id == baseline.id,
    )


@operation("ssm", "CreatePatchBaseline")
def create_patch_baseline(request: Request) -> Answer:
    kept, token = own_baselines(request.site), request.params.get("ClientToken")
    for earlier in kept.values():
        if token and earlier.token == token:
            if earlier.asked != dict(request.params):
                raise AwsError("IdempotentParameterMismatch", "The client token was used for another baseline.")
            return {"BaselineId": earlier.id}
    if len(kept) >= MOST_BASELINES:
        raise AwsError("ResourceLimitExceededException", f"An account may have {MOST_BASELINES} patch baselines in a region.")
    shape = _shape(request.params)
    must_be_legal(shape)
    made = Baseline(hexadecimal(request.world, "pb-"), shape, token, dict(request.params))
    shape |= {"BaselineId": made.id, "CreatedDate": request.now, "ModifiedDate": request.now}
    kept[made.id] = made
    put_tags(request.site, "PatchBaseline", made.id, request.params.get("Tags") or ())
    return {"BaselineId": made.id}


def _shape(given: Params) -> dict[str, Any]:
    """Return the baseline as given, with what SSM takes where nothing was said."""
    shape: dict[str, Any] = {
        "OperatingSystem": "WINDOWS",
        "GlobalFilters": {"PatchFilters": []},
        "ApprovalRules": {"PatchRules": []},
        "ApprovedPatches": [],
        "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
        "ApprovedPatchesEnableNonSecurity": False,
        "RejectedPatches": [],
        "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
        "Sources": [],
        **deepcopy(chosen(given, ("OperatingSystem", *_CHANGEABLE))),
    }
    for rule in shape["ApprovalRules"]["PatchRules"]:
        rule.setdefault("ComplianceLevel", "UNSPECIFIED")
        rule.setdefault("EnableNonSecurity", False)
    return shape


@operation("ssm", "GetPatchBaseline")
def get_patch_baseline(request: Request) -> Answer:
    baseline = find_baseline(request.site, request.params["BaselineId"])
    shape: Answer = deepcopy(baseline.shape)
    return {**shape, "PatchGroups": groups_of(request.site, baseline.id)}


def groups_of(site: Site, baseline_id: str) -> list[str]:
    registered = cast(dict[tuple[str, str], str], site.kept["ssm.patch-groups"])
    return sorted(group for (group, _), baseline in registered.items() if baseline == baseline_id)


@operation("ssm", "UpdatePatchBaseline")
def update_patch_baseline(request: Request) -> Answer:
    baseline = find_baseline(request.site, request.params["BaselineId"])
    _must_be_own(baseline)
    given = deepcopy(chosen(request.params, _CHANGEABLE))
    if request.params.get("Replace") and "Name" not in given:
        raise AwsError("ValidationException", "With Replace, every field that CreatePatchBaseline requires is required: Name.")
    before: dict[str, Any] = {} if request.params.get("Replace") else baseline.shape
    shape = _shape({**before, **given, "OperatingSystem": baseline.system})
    must_be_legal(shape)
    unchanged = {"BaselineId": baseline.id, "CreatedDate": baseline.shape["CreatedDate"], "ModifiedDate": request.now}
    baseline.shape = {**shape, **unchanged}
    return deepcopy(baseline.shape)


@operation("ssm", "DeletePatchBaseline")
def delete_patch_baseline(request: Request) -> Answer:
    """Deleting what is not there succeeds, as in AWS, whose model lists no such error."""
    baseline_id: str = request.params["BaselineId"]
    baseline = next((one for one in all_baselines(request.site) if one.id == baseline_id.rpartition("/")[2]), None)
    if baseline is not None:
        _must_be_own(baseline)
        if groups_of(request.site, baseline.id):
            raise AwsError("ResourceInUseException", f"Patch baseline {baseline.id} is registered for a patch group.")
        if default_baseline(request.site, baseline.system).id == baseline.id:
            raise AwsError("ResourceInUseException", f"Patch baseline {baseline.id} is the default patch baseline.")
        del own_baselines(request.site)[baseline.id]
    return {"BaselineId": baseline_id}


def _must_be_own(baseline: Baseline) -> None:
    if baseline.by_aws:
        raise AwsError("ValidationException", f"Patch baseline {baseline.shape['BaselineId']} is owned by AWS and can't be changed.")


@operation("ssm", "DescribePatchBaselines")
def describe_patch_baselines(request: Request) -> Answer:
    tests = {
        "NAME_PREFIX": lambda one, values: one.shape["Name"].startswith(tuple(values)),
        "OWNER": lambda one, values: "All" in values or ("AWS" if one.by_aws else "Self") in values,
        "OPERATING_SYSTEM": lambda one, values: one.system in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "ValidationException")
    rows = [identity(request.site, one) for one in all_baselines(request.site) if passes(one)]
    return listing(request, "BaselineIdentities", rows, size=(1, 100, 50))


@operation("ssm", "RegisterDefaultPatchBaseline")
def register_default_patch_baseline(request: Request) -> Answer:
    baseline = find_baseline(request.site, request.params["BaselineId"])
    request.site.kept["ssm.default-baselines"][baseline.system] = baseline.id
    return {"BaselineId": baseline.shape["BaselineId"]}


@operation("ssm", "GetDefaultPatchBaseline")
def get_default_patch_baseline(request: Request) -> Answer:
    system = request.params.get("OperatingSystem") or "WINDOWS"
    return {"BaselineId": default_baseline(request.site, system).shape["BaselineId"], "OperatingSystem": system}
