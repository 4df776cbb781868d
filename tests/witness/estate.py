"""The small organization in a state that gives every verdict: settings applied, most machines patched, one agent lost two days ago."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patchkeep.domain.call import Target
from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.orgfile import load
from tests.e2e.desk import Desk, settle, small
from tests.witness.told import Told, kept

DEV, PROD = "200000000002", "300000000003"
PLACES = ((DEV, "eu-central-1"), (DEV, "us-east-1"), (PROD, "eu-central-1"))
ROLE = "OrganizationAccountAccessRole"
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Estate:
    desk: Desk
    told: Mapping[Place, Told]  # by Patchkeep's store
    verdicts: Mapping[str, Verdict]  # by node id
    obstacles: Mapping[str, tuple[str, ...]]  # causes, by node id

    def keys(self, account: str) -> dict[str, str]:
        """Endpoint and keys of an account's own administrator."""
        return self.desk.sandbox.environment(account)

    def session(self, account: str) -> dict[str, str]:
        """Endpoint and session of a role that the management account assumes.

        Not left to the tools: sessions end in the sandbox's time, which isn't theirs, and they would take them for ended.
        """
        management = self.desk.sandbox.credentials()["management"]
        asked = {"RoleArn": f"arn:aws:iam::{account}:role/{ROLE}", "RoleSessionName": "witness"}
        got = self.desk.admin("sts", management).assume_role(**asked)["Credentials"]
        named = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
        return {"AWS_ENDPOINT_URL": self.desk.endpoint, **{name: got[key] for name, key in named.items()}}


@contextmanager
def patched(folder: Path) -> Iterator[Desk]:
    """Settings applied, scanned with the policy's baselines; in each place all but one machine patched; an agent then falls silent."""
    world = load("small")
    world.accounts[PROD].regions = ("eu-central-1", "us-east-1")  # AWS has no account without us-east-1, where the stop is looked for
    with small(folder, Sandbox(world)) as desk:
        settle(desk)
        for account, region in PLACES:
            ssm = desk.admin("ssm", account, region)
            online = _online(ssm)
            install = {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}
            ssm.send_command(DocumentName="AWS-RunPatchBaseline", InstanceIds=online[1:], Parameters=install)
        desk.days(1)
        clean = _online(desk.admin("ssm", DEV))[-1]
        desk.sandbox.alter_node(clean, online=False)
        desk.days(2)
        yield desk


def _online(ssm: Any) -> list[str]:
    pages = ssm.get_paginator("describe_instance_information").paginate()
    return sorted(row["InstanceId"] for page in pages for row in page["InstanceInformationList"] if row["PingStatus"] == "Online")


def discovered(desk: Desk) -> Estate:
    """Patchkeep looks, and what it kept and said."""
    desk("discover")
    with desk.store() as store:
        snapshot = store.snapshots.latest()
    assert snapshot is not None
    assert snapshot.gaps == ()
    assessed = desk.json("assess", "--no-fail")["assets"]
    node = {row["asset"]["id"]: row["asset"]["id"].rsplit("/", 1)[-1] for row in assessed}
    verdicts = {node[row["asset"]["id"]]: row["compliance"] for row in assessed}
    return Estate(
        desk,
        {place: kept(asset for asset in snapshot.assets if asset.target == Target(*place)) for place in PLACES},
        {name: Verdict(verdict["status"], tuple(verdict["reasons"])) for name, verdict in verdicts.items()},
        {node[row["asset"]["id"]]: tuple(one["cause"] for one in row["asset"]["obstacles"]) for row in assessed},
    )
