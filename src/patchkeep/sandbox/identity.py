"""Who calls: long-lived keys derived from the world's seed, and sessions issued by STS, which end in virtual time.

Signatures are not checked: a secret key may be anything, only the access key id (and a session's token) count.
Sessions lie in the management account's site of the pseudo region `aws-global`, under "sessions", by access key id.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import cast

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.permissions.authority import denial
from patchkeep.sandbox.world import Role, Site, World

GLOBAL = "aws-global"
ADMIN = "sandbox-admin"


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key as a client uses it; `token` is empty for a user's long-lived key."""

    access_key: str
    secret: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What AssumeRole gave out."""

    keys: Keys
    account: str
    role: str
    name: str
    source_identity: str | None
    issued: datetime
    expires: datetime

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.name}"


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller of one request. `role` is None for the admin user of an account, who may do everything."""

    account: str
    arn: str
    role: Role | None = None


class UnknownKeyError(AwsError):
    """The access key is not known here; each protocol spells its refusal differently."""

    def __init__(self) -> None:
        super().__init__("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


class ExpiredKeyError(AwsError):
    """The session has ended in virtual time."""

    def __init__(self) -> None:
        super().__init__("ExpiredTokenException", "The security token included in the request is expired", 403)


def global_site(world: World) -> Site:
    """Where services without a region keep their objects."""
    return world.site(world.management, GLOBAL)


def sessions(world: World) -> dict[str, Session]:
    return cast("dict[str, Session]", global_site(world).kept["sessions"])


def user_keys(world: World, account: str) -> Keys:
    """The long-lived key of an account's admin user: the same for the same seed."""
    return _user_keys(world.seed, account)


def unique_id(seed: int, *parts: str, length: int = 16) -> str:
    """Capital letters and digits, as in AWS's unique ids, that depend on the world's seed and the parts alone."""
    digest = hashlib.sha512("/".join((str(seed), *parts)).encode()).digest()
    return base64.b32encode(digest).decode()[:length]


def _user_keys(seed: int, account: str) -> Keys:
    return Keys("AKIA" + unique_id(seed, account, "key"), unique_id(seed, account, "secret", length=40))


@lru_cache(maxsize=8)
def _owners(seed: int, accounts: tuple[str, ...]) -> dict[str, str]:
    return {_user_keys(seed, account).access_key: account for account in accounts}


def admin_arn(account: str) -> str:
    return f"arn:aws:iam::{account}:user/{ADMIN}"


def identify(world: World, access_key: str, token: str) -> Identity:
    """Whose key this is. Raises `UnknownKeyError` or `ExpiredKeyError`."""
    if session := sessions(world).get(access_key):
        if token != session.keys.token:
            raise UnknownKeyError
        if world.clock.now() >= session.expires:
            raise ExpiredKeyError
        account = world.accounts[session.account]
        if account.suspended or session.role not in account.roles:
            raise UnknownKeyError
        return Identity(session.account, session.arn, account.roles[session.role])
    owner = _owners(world.seed, tuple(world.accounts)).get(access_key)
    if owner is None or world.accounts[owner].suspended:
        raise UnknownKeyError
    return Identity(owner, admin_arn(owner))


def denied(service: str, operation: str, caller: str, place: tuple[str, str]) -> AwsError:
    """AWS's refusal for want of a permission, as each service spells it. `place`: account and region."""
    action = f"{service}:{operation}"
    resource = "" if service == "ec2" else f" on resource: arn:aws:{service}:{place[1]}:{place[0]}:*"
    sentence = f"User: {caller} is not authorized to perform: {action}{resource}"
    return denial(service, f"{sentence} because no identity-based policy allows the {action} action")


def refused(identity: Identity, action: str) -> bool:
    """Whether the caller's role lacks the permission for `action` ("ssm:GetParameter"). Case does not matter, as in IAM."""
    patterns = identity.role.refuses if identity.role else ()
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
