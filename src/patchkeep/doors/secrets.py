"""Secrets by reference: `env:NAME`, `ssm:/parameter`, `secretsmanager:name` (RULES 27). The value is never stored."""

from __future__ import annotations

import os
import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from patchkeep.domain.call import home_region
from patchkeep.doors.unsigned import SecretError

_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)  # botocore: sts AssumeRole, ExternalId


def external_id(reference: str, session: Session) -> str:
    """The external id behind a reference; "" where the policy names none. Raises `SecretError`, also where STS would not take it."""
    if not reference:
        return ""
    value = secret(reference, session)
    if not _EXTERNAL_ID.fullmatch(value):
        takes = "STS takes 2 to 1224 letters, digits and _+=,.@:/- without spaces or line ends"
        raise SecretError(
            f"{reference}: what is there is not acceptable as an external id: {takes}. Set it to that of the roles' trust policies."
        )
    return value


def secret(reference: str, session: Session) -> str:
    """The value behind a reference, read with the caller's own credentials where it lies in AWS."""
    kind, _, name = reference.partition(":")
    match kind:
        case "env":
            value = os.environ.get(name)
            if not value:
                raise SecretError(f"{reference}: the environment variable {name} is not set. Set it, or change external_id in the policy.")
            return value
        case "ssm" | "secretsmanager":
            return _from_aws(kind, name, session)
        case _:
            raise SecretError(f"{reference}: a secret is referred to as env:NAME, ssm:/name or secretsmanager:name.")


def _from_aws(kind: str, name: str, session: Session) -> str:
    try:
        region = session.get_config_variable("region") or home_region("aws")
        client: Any = session.create_client(kind, region_name=region)
        if kind == "ssm":
            return str(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        return str(client.get_secret_value(SecretId=name)["SecretString"])
    except (BotoCoreError, ClientError, ValueError) as error:  # ValueError: an endpoint that is no address
        raise SecretError(f"{kind}:{name} could not be read: {error}") from error
