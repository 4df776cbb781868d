"""Credentials that AWS calls expired, while this machine's clock, which is behind, says that they are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.session import Session

from patchkeep.domain.call import Call, Cause, Dialogue, Gap, Target
from patchkeep.doors.aws import AwsDoor, Sessions
from patchkeep.doors.aws.sessions import Roles
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.server import serve
from patchkeep.wire import signed_in
from tests.sandbox.http.conftest import HOME, PROD, small_world

pytestmark = pytest.mark.http
THERE = Target(PROD, HOME)


@pytest.fixture
def steering() -> Iterator[SandboxClient]:
    with serve(small_world()) as running:
        client = SandboxClient(running.endpoint)
        with signed_in(client.environment()):
            yield client


@pytest.fixture
def door(steering: SandboxClient) -> AwsDoor:
    """Its clock stands still."""
    then = steering.now()
    roles = Roles("PatchkeepRead", "PatchkeepWrite", lambda: "keep-7")
    return AwsDoor(Sessions(Session(), roles, lambda: then), lambda: then, lambda _: None)


def look() -> Dialogue[Any]:
    return (yield Call.of("ssm", "describe_patch_baselines"))["BaselineIdentities"]


def test_a_read_is_a_gap_once_and_then_the_role_is_assumed_anew(steering: SandboxClient, door: AwsDoor) -> None:
    assert door.read(THERE, "baselines", look())
    steering.advance(timedelta(hours=2))
    refused = door.read(THERE, "baselines", look())
    assert isinstance(refused, Gap)
    assert refused.cause is Cause.EXPIRED
    assert door.read(THERE, "baselines", look())


def test_a_clock_that_is_ahead_of_every_session_is_said_and_no_traceback(steering: SandboxClient) -> None:
    ahead = steering.now() + timedelta(days=80)
    roles = Roles("PatchkeepRead", "PatchkeepWrite", lambda: "keep-7")
    refused = AwsDoor(Sessions(Session(), roles, lambda: ahead), lambda: ahead, lambda _: None).read(THERE, "baselines", look())
    assert isinstance(refused, Gap)
    assert "this machine's clock says" in refused.reason
