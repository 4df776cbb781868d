"""Who may take a member role: one principal, with the external id, and with its own name as SourceIdentity.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
"""

from __future__ import annotations

from typing import Any

from patchkeep.permissions.actions import action
from patchkeep.permissions.statements import VERSION


def trust(principal: Any, external_id: Any) -> dict[str, Any]:
    """The trust policy of a member role. Both may be text, or what CloudFormation puts there. `external_id` "": none is asked for.

    A session without SourceIdentity is refused: so the person's name stands in the member account's CloudTrail. Setting it
    has a statement of its own, because the external id is documented for AssumeRole alone; without that it opens nothing.
    """
    conditions: dict[str, Any] = {"StringLike": {"sts:SourceIdentity": "*"}}
    if external_id:
        conditions["StringEquals"] = {"sts:ExternalId": external_id}
    who = {"Effect": "Allow", "Principal": {"AWS": principal}}
    assume = {"Sid": "Assume", **who, "Action": action("sts", "assume_role"), "Condition": conditions}
    return {"Version": VERSION, "Statement": [assume, {"Sid": "Name", **who, "Action": action("sts", "set_source_identity")}]}
