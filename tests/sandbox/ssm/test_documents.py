"""SSM documents: versions, hashes, sharing."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from patchkeep.sandbox.ssm.document_store import own_documents
from tests.sandbox.ssm.conftest import ACCOUNT, OTHER, REGION, A, Ssm

LINUX = [
    "boot=$(cat /proc/sys/kernel/random/boot_id)",
    'if [ -e /run/keep ] && [ "$(cat /run/keep)" != "$boot" ]; then exit 0; fi',
    'echo "$boot" > /run/keep',
    "exit 194",
]
WINDOWS = ["if (Test-Path $marker) { exit 0 }", "New-Item $marker", "exit 3010"]


def content(linux: list[str] | None = None, **more: Any) -> str:
    steps = [
        {"action": "aws:runShellScript", "name": "Linux", "inputs": {"runCommand": linux or LINUX}},
        {"action": "aws:runPowerShellScript", "name": "Windows", "inputs": {"runCommand": WINDOWS}},
    ]
    return json.dumps({"schemaVersion": "2.2", "description": "Restart.", "parameters": {}, "mainSteps": steps, **more})


def create(ssm: Ssm, name: str = "keep-reboot", text: str | None = None, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ssm.call("CreateDocument", Name=name, Content=text or content(), DocumentType="Command", **more)
    return answer["DocumentDescription"]  # type: ignore[no-any-return]


def test_a_document_is_described_with_hash_platforms_and_parameters(ssm: Ssm) -> None:
    create(ssm, text=content(parameters={"ChangeId": {"type": "String", "default": "x"}}))
    described = ssm.call("DescribeDocument", Name="keep-reboot")["Document"]
    text = ssm.call("GetDocument", Name="keep-reboot")["Content"]
    assert described["Hash"] == sha256(text.encode()).hexdigest()
    assert described["PlatformTypes"] == ["Linux", "MacOS", "Windows"]
    assert described["Parameters"] == [{"Name": "ChangeId", "Type": "String", "Description": "", "DefaultValue": "x"}]
    assert (described["Owner"], described["Status"]) == (ACCOUNT, "Active")


def test_content_that_ssm_would_not_take_is_refused(ssm: Ssm) -> None:
    for text, code in (
        ("{", "InvalidDocumentContent"),
        ('{"schemaVersion": "9.9"}', "InvalidDocumentSchemaVersion"),
        ('{"schemaVersion": "2.2", "mainSteps": []}', "InvalidDocumentContent"),
        (content() + " " * 65_536, "MaxDocumentSizeExceeded"),
    ):
        assert ssm.refused("CreateDocument", Name="keep-reboot", Content=text) == code
    assert ssm.refused("CreateDocument", Name="AWS-Mine", Content=content()) == "ValidationException"


def test_an_update_is_a_new_version_and_the_default_stays(ssm: Ssm) -> None:
    create(ssm)
    assert ssm.refused("CreateDocument", Name="keep-reboot", Content=content()) == "DocumentAlreadyExists"
    changed = {"Name": "keep-reboot", "Content": content(description="Restart once."), "DocumentVersion": "$LATEST"}
    assert ssm.call("UpdateDocument", **changed)["DocumentDescription"]["DocumentVersion"] == "2"
    assert ssm.refused("UpdateDocument", **changed) == "DuplicateDocumentContent"
    assert ssm.call("GetDocument", Name="keep-reboot")["DocumentVersion"] == "1"
    ssm.call("UpdateDocumentDefaultVersion", Name="keep-reboot", DocumentVersion="2")
    versions = ssm.call("ListDocumentVersions", Name="keep-reboot")["DocumentVersions"]
    assert [(one["DocumentVersion"], one["IsDefaultVersion"]) for one in versions] == [("2", True), ("1", False)]
    assert ssm.refused("GetDocument", Name="keep-reboot", DocumentVersion="7") == "InvalidDocumentVersion"


def test_a_document_is_another_account_s_only_when_shared_and_by_its_arn(ssm: Ssm) -> None:
    create(ssm)
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:document/keep-reboot"
    other = Ssm(ssm.world, OTHER)
    assert other.refused("DescribeDocument", Name=arn) == "InvalidDocument"
    ssm.call("ModifyDocumentPermission", Name="keep-reboot", PermissionType="Share", AccountIdsToAdd=[OTHER])
    assert other.call("DescribeDocument", Name=arn)["Document"]["Owner"] == ACCOUNT
    assert other.refused("DescribeDocument", Name="keep-reboot") == "InvalidDocument"
    assert other.refused("UpdateDocument", Name="keep-reboot", Content=content(description="x")) == "InvalidDocument"
    ssm.call("UpdateDocument", Name="keep-reboot", Content=content(description="x"))
    assert other.refused("DescribeDocument", Name=arn, DocumentVersion="2") == "InvalidDocumentVersion"
    shared = ssm.call("DescribeDocumentPermission", Name="keep-reboot", PermissionType="Share")
    assert (shared["AccountIds"], shared["AccountSharingInfoList"][0]["SharedDocumentVersion"]) == ([OTHER], "$DEFAULT")


def test_a_document_can_be_shared_with_a_thousand_accounts(ssm: Ssm) -> None:
    create(ssm)
    own_documents(ssm.site)["keep-reboot"].shared = {f"{number:012d}": "$DEFAULT" for number in range(1000)}
    asked = {"Name": "keep-reboot", "PermissionType": "Share", "AccountIdsToAdd": [OTHER]}
    assert ssm.refused("ModifyDocumentPermission", **asked) == "DocumentPermissionLimit"


def test_a_shared_document_cannot_be_deleted_before_it_is_unshared(ssm: Ssm) -> None:
    create(ssm)
    ssm.call("ModifyDocumentPermission", Name="keep-reboot", PermissionType="Share", AccountIdsToAdd=[OTHER])
    assert ssm.refused("DeleteDocument", Name="keep-reboot") == "InvalidDocumentOperation"
    ssm.call("ModifyDocumentPermission", Name="keep-reboot", PermissionType="Share", AccountIdsToRemove=[OTHER])
    ssm.call("DeleteDocument", Name="keep-reboot")
    assert ssm.refused("GetDocument", Name="keep-reboot") == "InvalidDocument"


def test_documents_are_listed_by_owner(ssm: Ssm) -> None:
    create(ssm, Tags=[{"Key": "tier", "Value": "1"}])
    own = ssm.call("ListDocuments", Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    aws = ssm.call("ListDocuments", DocumentFilterList=[{"key": "Owner", "value": "Amazon"}])["DocumentIdentifiers"]
    assert [one["Name"] for one in own] == ["keep-reboot"]
    assert "AWS-RunPatchBaseline" in [one["Name"] for one in aws]
    tagged = ssm.call("ListTagsForResource", ResourceType="Document", ResourceId="keep-reboot")
    assert tagged["TagList"] == [{"Key": "tier", "Value": "1"}]


def test_a_command_with_another_version_or_hash_is_refused(ssm: Ssm) -> None:
    made = create(ssm)
    asked = {"DocumentName": "keep-reboot", "InstanceIds": [A]}
    assert ssm.refused("SendCommand", **asked, DocumentVersion="2") == "InvalidDocumentVersion"
    wrong = {"DocumentHash": "0" * 64, "DocumentHashType": "Sha256"}
    assert ssm.refused("SendCommand", **asked, DocumentVersion="1", **wrong) == "InvalidDocument"
    assert ssm.call("SendCommand", **asked, DocumentVersion="1", DocumentHash=made["Hash"], DocumentHashType="Sha256")


def test_versions_have_names_and_can_be_deleted_but_the_default(ssm: Ssm) -> None:
    create(ssm, VersionName="first")
    ssm.call("UpdateDocument", Name="keep-reboot", Content=content(description="x"), VersionName="second")
    assert ssm.call("GetDocument", Name="keep-reboot", VersionName="second")["DocumentVersion"] == "2"
    assert ssm.refused("GetDocument", Name="keep-reboot", VersionName="third") == "InvalidDocumentVersion"
    assert ssm.refused("DeleteDocument", Name="keep-reboot", DocumentVersion="1") == "InvalidDocumentOperation"
    ssm.call("DeleteDocument", Name="keep-reboot", DocumentVersion="2")
    assert len(ssm.call("ListDocumentVersions", Name="keep-reboot")["DocumentVersions"]) == 1


def test_documents_are_found_by_tag_and_kind(ssm: Ssm) -> None:
    create(ssm, Tags=[{"Key": "tier", "Value": "1"}])
    for key, value in (("tag:tier", "1"), ("Name", "keep-")):
        found = ssm.call("ListDocuments", Filters=[{"Key": key, "Values": [value]}])["DocumentIdentifiers"]
        assert [one["Name"] for one in found] == ["keep-reboot"]
    assert ssm.refused("ListDocuments", Filters=[{"Key": "Colour", "Values": ["blue"]}]) == "InvalidFilterKey"


def test_a_document_is_answered_in_its_own_format_only(ssm: Ssm) -> None:
    create(ssm)
    assert ssm.refused("GetDocument", Name="keep-reboot", DocumentFormat="YAML") == "EmulatorNotImplemented"
