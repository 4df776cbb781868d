"""Creating, reading, changing and deleting SSM documents."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.document_content import parameters_of, parsed, platforms_of
from patchkeep.sandbox.ssm.document_store import Document, Version, find_document, own_document, own_documents, owned_by_aws, usable_version
from patchkeep.sandbox.ssm.listing import kept_by, listing, without_none
from patchkeep.sandbox.ssm.tagging import as_list, put_tags, tags_of

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

_RESERVED = re.compile(r"^(aws|amazon|amzn)", re.IGNORECASE)
MOST_VERSIONS = 1000  # AWS General Reference, Systems Manager quotas


@operation("ssm", "CreateDocument")
def create_document(request: Request) -> Answer:
    params, kept = request.params, own_documents(request.site)
    name, kind, form = params["Name"], params.get("DocumentType") or "Command", params.get("DocumentFormat") or "JSON"
    if name in kept:
        raise AwsError("DocumentAlreadyExists", f"Document with same name {name} already exists")
    if _RESERVED.match(name):
        raise AwsError("ValidationException", f"The document name '{name}' begins with a reserved prefix.")
    version = Version(1, params["Content"], parsed(params["Content"], form, kind), form, request.now, params.get("VersionName"))
    display, target = params.get("DisplayName"), params.get("TargetType")
    kept[name] = Document(name, request.account, kind, [version], display=display, target_type=target)
    put_tags(request.site, "Document", name, params.get("Tags") or ())
    return {"DocumentDescription": _description(request.site, kept[name], version, status="Creating")}


@operation("ssm", "UpdateDocument")
def update_document(request: Request) -> Answer:
    """Add a version. It becomes the default only by UpdateDocumentDefaultVersion."""
    params = request.params
    document = own_document(request.site, params["Name"])
    asked = params.get("DocumentVersion")
    if asked and asked != "$LATEST" and document.version(asked) is not document.latest:
        raise AwsError("InvalidDocumentVersion", "The document version is not valid: only the latest version can be updated.")
    form = params.get("DocumentFormat") or "JSON"
    content = parsed(params["Content"], form, document.kind)
    if params["Content"] == document.latest.text:
        raise AwsError("DuplicateDocumentContent", "The content of the association document matches another document.")
    if len(document.versions) >= MOST_VERSIONS:
        raise AwsError("DocumentVersionLimitExceeded", f"A document may have {MOST_VERSIONS} versions.")
    version = Version(document.latest.number + 1, params["Content"], content, form, request.now, params.get("VersionName"))
    document.versions.append(version)
    return {"DocumentDescription": _description(request.site, document, version, status="Updating")}


@operation("ssm", "UpdateDocumentDefaultVersion")
def update_document_default_version(request: Request) -> Answer:
    document = own_document(request.site, request.params["Name"])
    version = document.version(request.params["DocumentVersion"])
    document.default = version.number
    answer = without_none(Name=document.name, DefaultVersion=str(version.number), DefaultVersionName=version.name)
    return {"Description": answer}


@operation("ssm", "GetDocument")
def get_document(request: Request) -> Answer:
    document, version = _asked(request)
    return without_none(
        Name=document.name,
        CreatedDate=version.created,
        DisplayName=document.display,
        VersionName=version.name,
        DocumentVersion=str(version.number),
        Status="Active",
        Content=version.text,
        DocumentType=document.kind,
        DocumentFormat=version.form,
    )


@operation("ssm", "DescribeDocument")
def describe_document(request: Request) -> Answer:
    document, version = _asked(request)
    return {"Document": _description(request.site, document, version)}


def _asked(request: Request) -> tuple[Document, Version]:
    document = find_document(request.world, request.site, request.params["Name"])
    asked = request.params.get("DocumentVersion")
    if wanted := request.params.get("VersionName"):
        asked = next((str(one.number) for one in document.versions if one.name == wanted), wanted)
    version = usable_version(document, request.account, asked)
    if (request.params.get("DocumentFormat") or version.form) != version.form:
        raise AwsError("EmulatorNotImplemented", "A document is answered in the format it was written in only.")
    return document, version


def _description(site: Site, document: Document, version: Version, status: str = "Active") -> Answer:
    tags = tags_of(site, "Document", document.name) if document.owner == site.account else {}
    return without_none(
        Sha1=hashlib.sha1(version.text.encode()).hexdigest() if document.owner == "Amazon" else None,  # noqa: S324 - AWS's field
        Hash=version.hash,
        HashType="Sha256",
        Name=document.name,
        DisplayName=document.display,
        VersionName=version.name,
        Owner=document.owner,
        CreatedDate=version.created,
        Status=status,
        DocumentVersion=str(version.number),
        Description=str(version.content.get("description", "")),
        Parameters=parameters_of(version.content),
        PlatformTypes=platforms_of(version.content),
        DocumentType=document.kind,
        SchemaVersion=str(version.content.get("schemaVersion", "")),
        LatestVersion=str(document.latest.number),
        DefaultVersion=str(document.default),
        DocumentFormat=version.form,
        TargetType=document.target_type,
        Tags=as_list(tags),
    )


@operation("ssm", "DeleteDocument")
def delete_document(request: Request) -> Answer:
    document = own_document(request.site, request.params["Name"])
    asked = request.params.get("DocumentVersion")
    if asked:
        version = document.version(asked)
        if version.number == document.default:
            raise AwsError("InvalidDocumentOperation", "The default version of a document can't be deleted.")
        document.versions.remove(version)
        return {}
    if document.shared:
        raise AwsError("InvalidDocumentOperation", "You must unshare the document before you can delete it.")
    users: dict[str, Any] = request.site.kept["ssm.associations"]
    if any(one.document == document.name for one in users.values()):
        raise AwsError("AssociatedInstances", "You must disassociate a document from all managed nodes before you can delete it.")
    del own_documents(request.site)[document.name]
    tags_of(request.site, "Document", document.name).clear()
    return {}


@operation("ssm", "ListDocumentVersions")
def list_document_versions(request: Request) -> Answer:
    document = find_document(request.world, request.site, request.params["Name"])
    rows = [
        without_none(
            Name=document.name,
            DisplayName=document.display,
            DocumentVersion=str(version.number),
            VersionName=version.name,
            CreatedDate=version.created,
            IsDefaultVersion=version.number == document.default,
            DocumentFormat=version.form,
            Status="Active",
        )
        for version in reversed(document.versions)
    ]
    return listing(request, "DocumentVersions", rows, size=(1, 50, 50))


@operation("ssm", "ListDocuments")
def list_documents(request: Request) -> Answer:
    """Without a filter on the owner: one's own documents and AWS's."""
    tests = {
        "Name": lambda one, values: one.name.startswith(tuple(values)),
        "Owner": lambda one, values: _owner(one) in values,
        "DocumentType": lambda one, values: one.kind in values,
        "PlatformTypes": lambda one, values: bool(set(values) & set(platforms_of(one.latest.content))),
        "TargetType": lambda one, values: one.target_type in values,
    }
    filters = [*(request.params.get("Filters") or ()), *(request.params.get("DocumentFilterList") or ())]
    site = request.site
    tests |= {one["Key"]: _tag_test(site, one["Key"]) for one in filters if one.get("Key", "").startswith("tag:")}
    passes = kept_by(filters, tests, "InvalidFilterKey")
    rows = [_identifier(site, one) for one in (*own_documents(site).values(), *owned_by_aws().values()) if passes(one)]
    return listing(request, "DocumentIdentifiers", rows, size=(1, 50, 50))


def _owner(document: Document) -> str:
    return "Amazon" if document.owner == "Amazon" else "Self"


def _tag_test(site: Site, key: str) -> Any:
    return lambda one, values: tags_of(site, "Document", one.name).get(key.removeprefix("tag:")) in values


def _identifier(site: Site, document: Document) -> Answer:
    described = _description(site, document, document.version(None))
    names = ("Name", "CreatedDate", "DisplayName", "Owner", "VersionName", "PlatformTypes", "DocumentVersion", "DocumentType")
    return {name: described[name] for name in (*names, "SchemaVersion", "DocumentFormat", "TargetType", "Tags") if name in described}
