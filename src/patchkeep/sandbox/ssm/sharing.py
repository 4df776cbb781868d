"""With whom a document is shared: DescribeDocumentPermission and ModifyDocumentPermission."""

from __future__ import annotations

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.document_store import own_document
from patchkeep.sandbox.ssm.listing import listing

MOST_ACCOUNTS = 1000  # AWS General Reference, Systems Manager quotas


@operation("ssm", "ModifyDocumentPermission")
def modify_document_permission(request: Request) -> Answer:
    params = request.params
    document = own_document(request.site, params["Name"])
    version = params.get("SharedDocumentVersion") or "$DEFAULT"
    if version != "$ALL":
        document.version(version)
    after = {account: kept for account, kept in document.shared.items() if account not in (params.get("AccountIdsToRemove") or ())}
    after |= dict.fromkeys(params.get("AccountIdsToAdd") or (), version)
    if len(after) > MOST_ACCOUNTS:
        raise AwsError("DocumentPermissionLimit", f"A document can't be shared with more than {MOST_ACCOUNTS} accounts.")
    document.shared = after
    return {}


@operation("ssm", "DescribeDocumentPermission")
def describe_document_permission(request: Request) -> Answer:
    document = own_document(request.site, request.params["Name"])
    rows = [{"AccountId": account, "SharedDocumentVersion": version} for account, version in sorted(document.shared.items())]
    answer = listing(request, "AccountSharingInfoList", rows, size=(1, 200, 20))
    return {"AccountIds": [row["AccountId"] for row in answer["AccountSharingInfoList"]], **answer}
