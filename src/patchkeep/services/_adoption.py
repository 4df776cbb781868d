"""How objects that somebody else made come under our ownership and out of it again: by two tags, and nothing else.

Botocore: ssm AddTagsToResource, RemoveTagsFromResource. One call puts both tags on, so there is no half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Policy
from patchkeep.domain.rivals import reaches
from patchkeep.domain.setting import OWNER_TAG, SERVES_TAG, Setting
from patchkeep.services._grants import OUR_TAGS, Grant, every_key, marked_ours, marking_ours, own


def _nothing(_: Existing) -> str:
    return ""


def _no_changes(_: Frozen, __: Frozen) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Adoption:
    """What one service says of taking its objects over.

    resource_type: SSM's word for them in AddTagsToResource.
    kinds: of its objects, those that can bear our tags.
    does: what an object does, in a few words.
    serves: whether an object may become a wanted one; `Setting` is that which would make it anew.
    bars: why an object can never be adopted, whoever made it; "" where nothing bars it.
    unsaid: fields that an object may have and ours never do, and that a change of ours drops or leaves unseen.
    takes: whether an asset goes by the object now.
    changes: what its new content means for those assets, as sentences.
    """

    resource_type: str
    kinds: frozenset[str]
    does: Callable[[Existing], str]
    serves: Callable[[Existing, Setting], bool]
    takes: Callable[[Existing, Asset], bool]
    bars: Callable[[Existing], str] = _nothing
    unsaid: tuple[str, ...] = ()
    changes: Callable[[Frozen, Frozen], tuple[str, ...]] = _no_changes


def adopt_calls(adoption: Adoption, existing: Existing, ownership: str, name: str) -> tuple[Call, ...]:
    """Both tags in one call: whose it is, and which object of the policy it is."""
    tags = [{"Key": OWNER_TAG, "Value": ownership}, {"Key": SERVES_TAG, "Value": name}]
    return (Call.of("ssm", "add_tags_to_resource", ResourceType=adoption.resource_type, ResourceId=existing.id, Tags=tags),)


def release_calls(adoption: Adoption, existing: Existing) -> tuple[Call, ...]:
    keys = [OWNER_TAG, SERVES_TAG]
    return (Call.of("ssm", "remove_tags_from_resource", ResourceType=adoption.resource_type, ResourceId=existing.id, TagKeys=keys),)


def acts_in_words(existing: Existing) -> str:
    """What an association or a window does, when, and to which machines."""
    acts = [f"{act['operation'] or act['document']} on {_reached(act['targets'])}" for act in existing.fields.get("acts", ())]
    schedule = existing.fields.get("ScheduleExpression") or existing.fields.get("Schedule") or "once"
    zone = existing.fields.get("ScheduleTimezone", "")
    off = "" if existing.fields.get("Enabled", True) else " (disabled)"
    return f"{'; '.join(acts) or 'does nothing to machines'}; {schedule}{f' {zone}' if zone else ''}{off}"


def _reached(targets: Iterable[Frozen]) -> str:
    return " and ".join(f"{one['Key']}={'|'.join(one['Values'])}" for one in targets) or "nothing"


def acts_reach(existing: Existing, asset: Asset) -> bool:
    """Whether the asset is surely among the machines of an association or a window."""
    return any(reaches(act["targets"], asset) for act in existing.fields.get("acts", ()))


def operations(existing: Existing) -> frozenset[str]:
    """Scan, Install, Inventory: all that it does."""
    return frozenset(act["operation"] for act in existing.fields.get("acts", ()))


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Our tags on, which also comes with making such an object, and off again where it is ours.

    Not possible in IAM: to allow tags at creation alone. So whoever has the write role can take over an object of these kinds.
    """
    kinds = own("ssm", "association/*", "maintenancewindow/*", "patchbaseline/*")
    released = Frozen({**marked_ours(policy), **every_key(OUR_TAGS)})
    return (
        Grant("MarkOurs", "ssm", ("add_tags_to_resource",), kinds, marking_ours(policy)),
        Grant("ReleaseOurs", "ssm", ("remove_tags_from_resource",), kinds, released),
    )
