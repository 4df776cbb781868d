"""Secrets by reference: `env:NAME`, `ssm:/parameter`, `secretsmanager:name` (RULES 27). The value is never stored."""

from __future__ import annotations

import os
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session


class SecretError(Exception):
    """A reference that leads nowhere; the sentence says what to do."""


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
        client: Any = session.create_client(kind)
        if kind == "ssm":
            return str(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        return str(client.get_secret_value(SecretId=name)["SecretString"])
    except (BotoCoreError, ClientError) as error:
        raise SecretError(f"{kind}:{name} could not be read: {error}") from error
