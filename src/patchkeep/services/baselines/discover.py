"""Which baselines the account has, and which groups are registered with which."""

from __future__ import annotations

from patchkeep.domain.asset import Found
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.services._answers import granted
from patchkeep.services._settings import marks_of
from patchkeep.services.baselines.digest import as_default, baseline_of, groups_of, registration_of


def discover(target: Target) -> Dialogue[Found]:
    """The account's own baselines with their groups and owners. AWS's predefined ones are not the account's to change."""
    mine = [{"Key": "OWNER", "Values": ["Self"]}]
    own = (yield Call.of("ssm", "describe_patch_baselines", Filters=mine, MaxResults=100))["BaselineIdentities"]
    mappings = (yield Call.of("ssm", "describe_patch_groups", MaxResults=100))["Mappings"]
    ids = [row["BaselineId"] for row in own]
    described = yield tuple(Call.of("ssm", "get_patch_baseline", BaselineId=i) for i in ids)
    tagged = yield tuple(Call.of("ssm", "list_tags_for_resource", ResourceType="PatchBaseline", ResourceId=i) for i in ids)
    groups = groups_of(mappings)
    defaults = {row["BaselineId"] for row in own if row.get("DefaultBaseline")}
    granted((*described, *tagged))
    rows = zip(described, tagged, strict=True)
    objects = [baseline_of(target, row, marks_of(tags["TagList"], row["Name"]), groups) for row, tags in rows]
    objects = [as_default(existing) if existing.id in defaults else existing for existing in objects]
    objects += [registration_of(target, mapping) for mapping in mappings if mapping["BaselineIdentity"]["BaselineId"] not in ids]
    return Found(objects=tuple(sorted(objects, key=lambda existing: existing.id)))
