"""A small world written by hand, served over HTTP once per test module, and boto3 clients for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config

from patchkeep.sandbox.agent import Application, PatchOutcome, PatchRequest
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.server import RunningSandbox, serve
from patchkeep.sandbox.world import Account, Node, Role, World

MANAGEMENT, PROD, DEV, CLOSED = "111111111111", "222222222222", "333333333333", "444444444444"
NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
HOME = "eu-central-1"

Clients = Callable[..., Any]


@dataclass(slots=True)
class StillAgent:
    """A machine on which nothing is ever missing; it counts what is done to it."""

    scans: int = 0
    installs: int = 0
    reboots: int = 0
    rebooted: datetime | None = None

    def patch(self, request: PatchRequest) -> PatchOutcome:
        self.scans += request.operation == "Scan"
        self.installs += request.operation == "Install"
        return PatchOutcome((), timedelta(seconds=30))

    def reboot(self, now: datetime) -> timedelta:
        self.rebooted = now
        self.reboots += 1
        return timedelta(seconds=90)

    def applications(self) -> tuple[Application, ...]:
        return (Application("openssl", "3.0.8", "1.amzn2023", "1", "x86_64"),)


def small_world() -> World:
    world = World(VirtualClock(NOW), seed=7, organization_id="o-small12345", management=MANAGEMENT)
    world.ous |= {"": "r-abcd", "Workloads": "ou-abcd-11111111", "Workloads/Prod": "ou-abcd-22222222"}
    regions = (HOME, "eu-west-1", "eu-south-1")
    for account_id, name, ou in ((MANAGEMENT, "root", ""), (PROD, "shop-prod", "Workloads/Prod"), (DEV, "shop-dev", "Workloads")):
        read = Role("PatchkeepRead", (MANAGEMENT,), external_id="keep-7")
        account = Account(account_id, name, f"aws+{name}@example.com", ou, regions=regions, roles={read.name: read})
        world.accounts[account_id] = account
    world.accounts[PROD].tags["owner"] = "shop"
    world.accounts[PROD].contacts["SECURITY"] = "security@example.com"
    world.accounts[PROD].roles["Chained"] = Role("Chained", (f"arn:aws:iam::{DEV}:role/PatchkeepRead",))
    world.accounts[CLOSED] = Account(CLOSED, "old-shop", "aws+old@example.com", "Workloads", suspended=True)
    world.accounts[CLOSED].roles["PatchkeepRead"] = Role("PatchkeepRead", (MANAGEMENT,))
    site = world.site(PROD, HOME)
    for number in range(1, 13):
        tags = {"Name": f"web-{number}", "Patch Group": "web" if number % 2 else "db"}
        node_id = f"i-{number:017x}"
        site.nodes[node_id] = Node(node_id, "amazon-linux-2023", StillAgent(), tags, launched=NOW - timedelta(days=number))
    site.nodes["i-0000000000000000c"].state = "stopped"
    site.nodes["i-00000000000000001"].profile = "ssm-core"
    site.nodes["mi-0123456789abcdef0"] = Node("mi-0123456789abcdef0", "debian-12", StillAgent())
    return world


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with serve(small_world()) as running:
        yield running


@pytest.fixture(scope="module")
def steering(sandbox: RunningSandbox) -> SandboxClient:
    return SandboxClient(sandbox.endpoint)


@cache
def session() -> boto3.session.Session:
    return boto3.session.Session()


def client_for(endpoint: str, service: str, region: str, keys: dict[str, str]) -> Any:
    """A client that leaves checking parameters to the server."""
    return session().client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        config=Config(retries={"mode": "standard", "total_max_attempts": 5}, parameter_validation=False),
    )


@pytest.fixture(scope="module")
def clients(sandbox: RunningSandbox, steering: SandboxClient) -> Clients:
    """`clients("ec2", account=PROD, region=HOME)`: a boto3 client with the admin's key of an account, or with `keys` given."""
    known = steering.credentials()["keys"]

    def client(service: str, account: str = PROD, region: str = HOME, keys: dict[str, str] | None = None) -> Any:
        used = keys or {"AccessKeyId": known[account]["access_key"], "SecretAccessKey": known[account]["secret"]}
        return client_for(sandbox.endpoint, service, region, used)

    return client
