"""What a baseline of somebody else does, for whom, and which of ours it could be."""

from __future__ import annotations

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.patchgroups import OLD_GROUP_TAG
from patchkeep.domain.setting import GROUP_TAG, Setting
from patchkeep.services._adoption import Adoption
from patchkeep.services._approvals import changes, rule_in_words
from patchkeep.services._platforms import operating_system
from patchkeep.services.baselines.digest import KIND


def in_words(existing: Existing) -> str:
    rules = [rule_in_words(rule) for rule in existing.fields.get("ApprovalRules", ())]
    approved = len(existing.fields.get("ApprovedPatches", ()))
    said = [*rules, *([f"{approved} patches by name"] if approved else [])]
    groups = existing.fields.get("PatchGroups", ())
    of_groups = f"; patch groups {', '.join(groups)}" if groups else "; no patch group"
    default = f"; the default for {existing.fields['OperatingSystem']}" if existing.fields.get("Default") else ""
    return f"{existing.fields['OperatingSystem']}: approves {'; '.join(said) or 'nothing'}{of_groups}{default}"


def serves(existing: Existing, wanted: Setting) -> bool:
    """A baseline's operating system is the one thing that cannot be changed."""
    return bool(existing.fields.get("OperatingSystem") == wanted.becomes.get("OperatingSystem"))


def takes(existing: Existing, asset: Asset) -> bool:
    """By its last scan, or by its patch group; without any, by the default."""
    if operating_system(asset.os) != existing.fields.get("OperatingSystem"):
        return False
    borne = {asset.tags[key] for key in (GROUP_TAG, OLD_GROUP_TAG) if key in asset.tags}
    if borne & set(existing.fields.get("PatchGroups", ())):
        return True
    measured = asset.scan is not None and asset.scan.baseline_id == existing.id
    return measured or (not borne and bool(existing.fields.get("Default")))


ADOPTION = Adoption("PatchBaseline", frozenset({KIND}), in_words, serves, takes, changes=changes)
