"""Who we are in each account: one botocore session per account and role, its clients cached.

Credentials, region and endpoint are botocore's business (profiles, SSO, instance roles, AWS_ENDPOINT_URL work as everywhere).
In member accounts a role is assumed with the external id; the caller's identity goes into SourceIdentity, so that CloudTrail
there names the person (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    InvalidEndpointConfigurationError,
    UnknownRegionError,
)
from botocore.loaders import Loader
from botocore.paginate import Paginator, PaginatorModel
from botocore.parsers import ResponseParserError
from botocore.session import Session

from patchkeep.domain.call import Caller, home_region
from patchkeep.doors.aws.readable import UNREADABLE
from patchkeep.doors.aws.unusable import why_unusable
from patchkeep.doors.unsigned import NoCredentials
from patchkeep.permissions.actions import models

CLIENTS = 32  # kept for another call: one of EC2 takes 1.3 MB, and fifty accounts have hundreds
SESSION_SECONDS = 3600  # role chaining allows no more (IAM user guide, "role chaining")


class Mode(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the member roles, and what tells the external id that their trust policies ask for ("": none).

    It is asked for when the first role is assumed: whoever only reads what is stored needs no secret.
    """

    read: str
    write: str
    external_id: Callable[[], str] = str

    def name(self, mode: Mode) -> str:
        return self.read if mode is Mode.READ else self.write


_CONFIG = {
    # Reads are retried by botocore, with a rate that adapts to throttling. A write is sent once: whether it may be sent again
    # is decided from the ledger, never by a retry (most of them take no client token).
    Mode.READ: Config(retries={"mode": "adaptive", "total_max_attempts": 6}, max_pool_connections=32, connect_timeout=10, read_timeout=60),
    Mode.WRITE: Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=8, connect_timeout=10, read_timeout=60),
}

# Where AWS has a service is data of botocore's release. It is asked all the same where that does not list it (it may be new there),
# but nobody waits long for a name that does not resolve.
_UNLISTED = Config(retries={"mode": "standard", "total_max_attempts": 2}, max_pool_connections=8, connect_timeout=5, read_timeout=60)

# Who we are is asked while somebody waits for it.
_ASKING = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=15)


@dataclass(slots=True)
class Sessions:
    """Hands out clients by account, region, service and mode. Safe to use from several threads."""

    home: Session
    roles: Roles
    now: Callable[[], datetime]
    configs: Mapping[Mode, Config] = field(default_factory=lambda: _CONFIG)  # how often botocore tries, and how long it waits
    _loader: Loader = field(default_factory=models)
    _sessions: dict[tuple[str, Mode], Session] = field(default_factory=dict)
    _clients: dict[tuple[str, str, str, Mode], Any] = field(default_factory=dict)
    _lists: dict[tuple[str, str], bool] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _caller: Caller | None = None

    def __post_init__(self) -> None:
        self.home.register_component("data_loader", self._loader)
        self.home.register(*UNREADABLE)

    @property
    def partition(self) -> str:
        """That of the configured region: the caller's own is not known before STS was asked. Raises BotoCoreError."""
        return _partition(self.home)

    @property
    def home_region(self) -> str:
        """Where STS, Organizations and Account are asked."""
        return home_region(self.partition)

    def caller(self) -> Caller:
        """The identity that STS verifies (sts:GetCallerIdentity needs no permission)."""
        with self._lock:
            if self._caller is None:
                self._caller = self._ask_sts()
            return self._caller

    def ready(self) -> None:
        """Find out what keeps us from working in any account, once: raises `NoCredentials`, or what the external id's reading raises."""
        self.caller()
        self.roles.external_id()

    def _ask_sts(self) -> Caller:
        region = endpoint = ""
        try:
            region = self.home_region
            client = self._client_of(self.home, "sts", region, _ASKING)
            endpoint = client.meta.endpoint_url
            answer = client.get_caller_identity()
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise NoCredentials(why_unusable(error, region, endpoint)) from error
        return Caller(answer["Arn"], answer["Account"])

    def client(self, account: str, region: str, service: str, mode: Mode) -> Any:
        """A client of one service in one place; raises ClientError or BotoCoreError where the role can't be assumed at first use.

        Account "" is the one signed in to, asked with the caller's own credentials.
        """
        if not account:
            return self.home_client(service)
        key = (account, region, service, mode)
        config = self.configs[mode] if mode is Mode.WRITE or self.lists(service, region) else _UNLISTED
        return self._kept(key, lambda: self._client_of(self._session(account, mode), service, region, config))

    def lists(self, service: str, region: str) -> bool:
        """Whether botocore's endpoint data has the service in the region, or for all regions at once (Organizations, IAM)."""
        key = (service, region)
        if key not in self._lists:
            self._lists[key] = _listed(self.home, service, region)
        return self._lists[key]

    def paginator(self, client: Any, operation: str, ask: Callable[..., Any]) -> Paginator[Any]:
        """Botocore's paginator of an operation of the client, whose pages `ask` fetches instead."""
        name = client.meta.method_to_api_mapping[operation]
        model = client.meta.service_model
        pages = PaginatorModel(self._loader.load_service_model(model.service_name, "paginators-1"))
        fetching: Any = ask  # the stubs say that a method is a string
        return Paginator(fetching, pages.get_paginator(name), model.operation_model(name))

    def home_client(self, service: str) -> Any:
        """A client with the caller's own credentials, for Organizations and Account."""
        key = ("", self.home_region, service, Mode.READ)
        return self._kept(key, lambda: self._client_of(self.home, service, self.home_region, self.configs[Mode.READ]))

    def renew(self, account: str, mode: Mode) -> None:
        """The next call there assumes its role anew: AWS calls the credentials expired, though by this machine's clock they are not."""
        with self._lock:
            if self._sessions.get((account, mode), self.home) is self.home:
                return
            del self._sessions[account, mode]
            for key in [key for key in self._clients if (key[0], key[3]) == (account, mode)]:
                del self._clients[key]

    def _kept(self, key: tuple[str, str, str, Mode], make: Callable[[], Any]) -> Any:
        """The client, made where it isn't there; the oldest gives way. Whoever holds one goes on using it."""
        if client := self._clients.get(key):
            return client
        with self._lock:
            client = self._clients.get(key) or make()
            self._clients[key] = client
            if len(self._clients) > CLIENTS:
                del self._clients[next(iter(self._clients))]
            return client

    def _client_of(self, session: Session, service: str, region: str, config: Config) -> Any:
        try:
            return session.create_client(service, region_name=region, config=config)
        except ValueError as error:  # botocore's word for an endpoint that is no address
            raise InvalidEndpointConfigurationError(msg=str(error)) from error

    def _session(self, account: str, mode: Mode) -> Session:
        key = (account, mode)
        if key not in self._sessions:
            self._sessions[key] = self.home if self._at_home(account, mode) else self._assumed(account, mode)
        return self._sessions[key]

    def _at_home(self, account: str, mode: Mode) -> bool:
        """In the caller's own account reads use the caller's own credentials; writes always take the write role."""
        return mode is Mode.READ and account == self.caller().account

    def _assumed(self, account: str, mode: Mode) -> Session:
        session = Session(profile=self.home.profile)
        session.register_component("data_loader", self._loader)
        session.register(*UNREADABLE)
        provider = _AssumedRole(lambda: self._assume(account, mode), self.now)
        session.register_component("credential_provider", CredentialResolver([provider]))
        return session

    def _assume(self, account: str, mode: Mode) -> dict[str, str]:
        """Fresh credentials of the member role, in the shape botocore's refreshable credentials want."""
        arn = f"arn:{self.partition}:iam::{account}:role/{self.roles.name(mode)}"
        who = source_identity(self.caller().arn)
        asked = {"RoleArn": arn, "RoleSessionName": f"patchkeep-{mode}", "DurationSeconds": SESSION_SECONDS, "SourceIdentity": who}
        if external_id := self.roles.external_id():
            asked["ExternalId"] = external_id
        got = self.home_client("sts").assume_role(**asked)["Credentials"]
        now = self.now()
        if got["Expiration"] <= now:  # botocore would raise a bare RuntimeError
            wrong = (
                f"AWS gave a session until {got['Expiration']:%Y-%m-%d %H:%M} UTC, but this machine's clock says {now:%Y-%m-%d %H:%M} UTC"
            )
            raise CredentialRetrievalError(provider=arn, error_msg=f"{wrong}: set it right")
        return {
            "access_key": got["AccessKeyId"],
            "secret_key": got["SecretAccessKey"],
            "token": got["SessionToken"],
            "expiry_time": got["Expiration"].isoformat(),
        }


def _partition(session: Session) -> str:
    """The partition of the region that the caller's configuration names; the commercial one where it names none, or one not known."""
    try:
        return str(session.get_partition_for_region(session.get_config_variable("region") or home_region("aws")))
    except UnknownRegionError:
        return "aws"


def _listed(session: Session, service: str, region: str) -> bool:
    """A region that belongs to no partition is left to botocore, which says so."""
    try:
        partition = session.get_partition_for_region(region)
    except UnknownRegionError:
        return True
    regions = session.get_available_regions(service, partition, allow_non_regional=True)
    return region in regions or any(one.endswith("-global") for one in regions)


def source_identity(arn: str) -> str:
    """The caller's name as SourceIdentity allows it: 2-64 characters of [A-Za-z0-9_+=,.@-] (botocore: sts AssumeRole)."""
    return re.sub(r"[^\w+=,.@-]", "-", arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1], flags=re.ASCII)[-64:].rjust(2, "-")


class _AssumedRole(CredentialProvider):
    """Gives a session credentials that renew themselves by our clock (virtual in the sandbox)."""

    METHOD = "patchkeep-assume-role"
    CANONICAL_NAME = "patchkeep-assume-role"

    def __init__(self, assume: Callable[[], dict[str, str]], now: Callable[[], datetime]) -> None:
        super().__init__()
        self._assume, self._now = assume, now

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._assume, self.METHOD, time_fetcher=self._now)
