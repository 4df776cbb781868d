"""The documents of one account and region with their versions, those of AWS, and those that other accounts share.

State: `site.kept["ssm.documents"]` name -> Document. A document of another account is found by its full ARN only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, cast

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.aws_documents import aws_documents
from patchkeep.sandbox.ssm.document_content import Content, digest, parsed

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site, World

_MADE = datetime(2019, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    text: str
    content: Content
    form: str  # JSON | YAML
    created: datetime
    name: str | None = None

    @property
    def hash(self) -> str:
        return digest(self.text)


@dataclass(slots=True)
class Document:
    """`shared`: account id (or "all") -> the version that it may use, as given ("$DEFAULT", "$ALL", "2")."""

    name: str
    owner: str  # account id, or "Amazon"
    kind: str
    versions: list[Version]
    default: int = 1
    display: str | None = None
    target_type: str | None = None
    shared: dict[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    def version(self, asked: str | None) -> Version:
        """Return the version asked for: a number, "$LATEST", "$DEFAULT"; None is the default."""
        number = {"$LATEST": self.latest.number, "$DEFAULT": self.default, None: self.default, "": self.default}.get(asked)
        wanted = str(number) if number is not None else asked
        for version in self.versions:
            if str(version.number) == wanted:
                return version
        raise AwsError("InvalidDocumentVersion", f"Document version {asked} does not exist for document {self.name}.")


def own_documents(site: Site) -> dict[str, Document]:
    return cast(dict[str, Document], site.kept["ssm.documents"])


@cache
def owned_by_aws() -> dict[str, Document]:
    """Return AWS's documents by name. Not to be changed by callers."""
    found = {}
    for name, text in aws_documents().items():
        version = Version(1, text, parsed(text, "JSON", "Command"), "JSON", _MADE)
        found[name] = Document(name, "Amazon", "Command", [version])
    return found


def find_document(world: World, site: Site, name: str, error: str = "InvalidDocument") -> Document:
    """Return a document by name or ARN that the site may use, or refuse with `error`."""
    found = _foreign(world, site, name) if name.startswith("arn:") else own_documents(site).get(name) or owned_by_aws().get(name)
    if found is None:
        raise AwsError(error, f"Document with name {name} does not exist.")
    return found


def _foreign(world: World, site: Site, arn: str) -> Document | None:
    _, _, _, region, account, resource = arn.split(":", 5)
    name = resource.removeprefix("document/")
    if not account or region != site.region:
        return owned_by_aws().get(name) if region == site.region else None
    if account not in world.accounts:
        return None
    document = own_documents(world.site(account, region)).get(name)
    if document is None or account == site.account or {site.account, "all"} & set(document.shared):
        return document
    return None


def own_document(site: Site, name: str) -> Document:
    """Return a document that the site's account owns: what others own can't be changed."""
    document = own_documents(site).get(name.rpartition("/")[2])
    if document is None:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return document


def usable_version(document: Document, account: str, asked: str | None) -> Version:
    """Return the version asked for if the account may use it: a document is shared in one version, or in all."""
    version = document.version(asked)
    allowed = document.shared.get(account) or document.shared.get("all") or "$ALL"
    if document.owner not in {account, "Amazon"} and allowed != "$ALL" and document.version(allowed) is not version:
        raise AwsError("InvalidDocumentVersion", f"Version {version.number} of {document.name} is not shared with {account}.")
    return version
