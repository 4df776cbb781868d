"""The databases of `orgs/databases.yaml` over HTTP, and boto3's clients for RDS, DocumentDB, Neptune and CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.identity import user_keys
from patchkeep.sandbox.server import RunningSandbox, serve
from tests.sandbox.http.conftest import client_for

DEV, PROD, HOME = "130000000003", "160000000006", "eu-central-1"


def db(name: str, account: str = PROD, kind: str = "db") -> str:
    return f"arn:aws:rds:{HOME}:{account}:{kind}:{name}"


@dataclass(frozen=True, slots=True)
class Estate:
    """`dev` and `prod` are RDS of the two accounts."""

    running: RunningSandbox
    dev: Any
    prod: Any

    def client(self, service: str, account: str = PROD) -> Any:
        keys = user_keys(self.running.world, account)
        return client_for(self.running.endpoint, service, HOME, {"AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret})

    @property
    def steering(self) -> SandboxClient:
        return SandboxClient(self.running.endpoint)

    @property
    def now(self) -> datetime:
        return self.running.world.clock.now()

    def wait(self, **by: float) -> None:
        self.running.world.clock.advance(self.now + timedelta(**by))

    def instance(self, name: str, account: str = PROD) -> dict[str, Any]:
        rds = self.prod if account == PROD else self.dev
        (row,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return dict(row)

    def cluster(self, name: str) -> dict[str, Any]:
        (row,) = self.prod.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        return dict(row)

    def pending(self, arn: str, account: str = PROD) -> dict[str, Any]:
        """The pending actions of one resource, by action."""
        rds = self.prod if account == PROD else self.dev
        rows = rds.describe_pending_maintenance_actions(ResourceIdentifier=arn)["PendingMaintenanceActions"]
        return {detail["Action"]: detail for row in rows for detail in row["PendingMaintenanceActionDetails"]}


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Code and sentence with which AWS says no."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def estate() -> Iterator[Estate]:
    with serve(orgfile.load("databases")) as running:
        bare = Estate(running, None, None)
        yield Estate(running, bare.client("rds", DEV), bare.client("rds", PROD))
        assert running.sandbox.failures == running.sandbox.unimplemented == []
