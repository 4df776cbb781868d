"""Our reboot document, one in every account and region where the rollout patches nodes.

A node runs the document's default version, and SendCommand names its hash besides: what runs is what the plan showed.
Botocore: ssm CreateDocument, UpdateDocument, UpdateDocumentDefaultVersion, GetDocument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call, Dialogue, Target, answered
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Installer, Policy
from patchkeep.domain.setting import Estate, Setting, Wanted
from patchkeep.services._adoption import Adoption
from patchkeep.services._answers import granted
from patchkeep.services._grants import Grant, marked_ours, marking_ours, own
from patchkeep.services._reboot import REBOOT_DOCUMENT
from patchkeep.services._service import Service
from patchkeep.services._settings import Marks, Ways, differences, marks_of, owner_tags

KIND = "document"


def discover(target: Target) -> Dialogue[Found]:
    """The account's own documents under our document's name (one, or none), with the hashes of default and latest version."""
    filters = [{"Key": "Owner", "Values": ["Self"]}, {"Key": "Name", "Values": [REBOOT_DOCUMENT.name]}]
    listed = (yield Call.of("ssm", "list_documents", Filters=filters, MaxResults=50))["DocumentIdentifiers"]
    objects = []
    for row in listed:  # Name is a prefix there
        answers = yield (
            Call.of("ssm", "get_document", Name=row["Name"], DocumentVersion="$DEFAULT"),
            Call.of("ssm", "get_document", Name=row["Name"], DocumentVersion="$LATEST"),
            Call.of("ssm", "list_tags_for_resource", ResourceType="Document", ResourceId=row["Name"]),
        )
        default, latest, tags = granted(answers)
        objects.append(_existing(target, default, latest, marks_of(tags["TagList"], row["Name"])))
    return Found(objects=tuple(objects))


def _existing(target: Target, default: Mapping[str, Any], latest: Mapping[str, Any], marks: Marks) -> Existing:
    fields = {
        "DocumentType": default["DocumentType"],
        "Sha256": _sha256(default),
        "DefaultVersion": default["DocumentVersion"],
        "LatestSha256": _sha256(latest),
        "LatestVersion": latest["DocumentVersion"],
    }
    return Existing("documents", KIND, target, default["Name"], marks.name, marks.owner, Frozen(fields, **marks.fields))


def _sha256(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(document["Content"].encode()).hexdigest()


def settings(estate: Estate) -> tuple[Setting, ...]:
    """The document wherever an environment that Patchkeep installs in has members."""
    ways = Ways("documents", _create_calls(estate.ownership), _change_calls, _delete_calls)
    present = [existing for existing in estate.objects if existing.service == "documents"]
    return differences(ways, _wanted(estate), present, estate.ownership)


def _wanted(estate: Estate) -> Iterator[Wanted]:
    targets = {target for environment, target, _ in estate.places if environment.installer is Installer.PATCHKEEP}
    for target in sorted(targets):
        yield Wanted(KIND, target, REBOOT_DOCUMENT.name, Frozen(DocumentType="Command", Sha256=REBOOT_DOCUMENT.sha256))


def _create_calls(ownership: str) -> Callable[[Wanted], list[Call]]:
    def create(wanted: Wanted) -> list[Call]:
        content = Frozen(Content=REBOOT_DOCUMENT.content, DocumentType=wanted.fields["DocumentType"], DocumentFormat="JSON")
        return [Call.of("ssm", "create_document", content, Name=wanted.name, Tags=owner_tags(ownership))]

    return create


def _change_calls(wanted: Wanted, existing: Existing) -> list[Call]:
    """SSM refuses a new version whose content is the latest one's: then only the default is moved."""
    if existing.fields["LatestSha256"] == wanted.fields["Sha256"]:
        return [_make_default(wanted.name, existing.fields["LatestVersion"])]
    content = Frozen(Content=REBOOT_DOCUMENT.content, DocumentFormat="JSON")
    update = Call.of("ssm", "update_document", content, Name=wanted.name, DocumentVersion="$LATEST")
    return [update, _make_default(wanted.name, answered("DocumentVersion"))]


def _make_default(name: str, version: str) -> Call:
    return Call.of("ssm", "update_document_default_version", Name=name, DocumentVersion=version)


def _delete_calls(existing: Existing) -> list[Call]:
    return [Call.of("ssm", "delete_document", Name=existing.id)]


def grants(policy: Policy) -> tuple[Grant, ...]:
    """One document by its name; what is there already only where it is ours."""
    ours = own("ssm", f"document/{REBOOT_DOCUMENT.name}")
    look = Grant("ReadRebootDocument", "ssm", ("get_document",), own("ssm", f"document/{REBOOT_DOCUMENT.name}*"))  # Name is a prefix there
    alter = ("update_document", "update_document_default_version")
    if not any(environment.installer is Installer.PATCHKEEP for environment in policy.environments):
        return (look, Grant("OurDocument", "ssm", ("delete_document",), ours, marked_ours(policy)))
    return (
        look,
        Grant("MakeDocument", "ssm", ("create_document",), ours, marking_ours(policy)),
        Grant("MarkOurs", "ssm", ("add_tags_to_resource",), ours, marking_ours(policy)),
        Grant("OurDocument", "ssm", (*alter, "delete_document"), ours, marked_ours(policy)),
    )


def _in_words(existing: Existing) -> str:
    same = "ours by content" if existing.fields["Sha256"] == REBOOT_DOCUMENT.sha256 else "of other content than ours"
    return f"a {existing.fields['DocumentType']} document, version {existing.fields['DefaultVersion']}, {same}"


def _serves(existing: Existing, wanted: Setting) -> bool:
    return (existing.name, existing.fields["DocumentType"]) == (wanted.name, wanted.becomes["DocumentType"])


def _takes(existing: Existing, asset: Asset) -> bool:  # noqa: ARG001 - it runs on nothing by itself
    return False


ADOPTION = Adoption("Document", frozenset({KIND}), _in_words, _serves, _takes)
SERVICE = Service(name="documents", discover=discover, settings=settings, rank=0, adoption=ADOPTION)
