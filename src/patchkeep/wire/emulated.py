"""A sandbox beside the house: started, asked and pointed at. The one place outside `sandbox` that knows it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from patchkeep.domain.policy import Policy
    from patchkeep.domain.snapshot import Snapshot
    from patchkeep.sandbox.client import SandboxClient
    from patchkeep.sandbox.doubt import Looking as SandboxLook

GLANCE = 0.2  # seconds of real time for which the sandbox's clock is not asked again: it moves only when somebody moves it


class SandboxLost(Exception):  # noqa: N818 - it says what is wrong
    """No sandbox answers where one should, or it refuses what it was asked; the sentence says why, and what to type."""


@contextmanager
def sandbox_at(endpoint: str) -> Iterator[SandboxClient]:
    """The control API of a running sandbox; what goes wrong there is raised as SandboxLost."""
    from patchkeep.sandbox.client import ControlError, SandboxClient, UnreachableError

    try:
        yield SandboxClient(endpoint)
    except UnreachableError as error:
        start = "start one with `patchkeep sandbox serve`, or name another with --endpoint"
        raise SandboxLost(f"No sandbox answers at {endpoint} ({error}): {start}.") from error
    except ControlError as error:
        raise SandboxLost(str(error)) from error


class SandboxClock:
    """Virtual time of a running sandbox. Injected for `demo`, `sandbox run` and tests only; nothing else changes time."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._asked = -GLANCE
        self._now = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        if monotonic() - self._asked > GLANCE:
            with sandbox_at(self._endpoint) as client:
                self._now, self._asked = client.now(), monotonic()
        return self._now

    def sleep(self, duration: timedelta) -> None:
        with sandbox_at(self._endpoint) as client:
            self._now, self._asked = client.advance(max(duration, timedelta(0))), monotonic()


class SandboxRefused(Exception):  # noqa: N818 - it says what is wrong
    """The sandbox cannot be served as asked, or did not start; the sentence says why."""


def sandbox_environment(endpoint: str) -> dict[str, str]:
    """Environment variables that point any AWS client at a running sandbox, as its management account."""
    with sandbox_at(endpoint) as client:
        return client.environment()


def sandbox_external_id(org: str) -> str:
    """The external id that the member roles of an organization file ask for; "" where they ask for none. Raises SandboxRefused."""
    from patchkeep.sandbox import orgfile
    from patchkeep.sandbox.orgproblem import OrgFileError

    try:
        return orgfile.described(org).organization.external_id or ""
    except OrgFileError as error:
        raise SandboxRefused(str(error)) from error


@contextmanager
def signed_in(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables alone say who asks AWS, and where, until the block ends: no profile, token or file of the caller's own."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("AWS_")]:
        del os.environ[name]
    nothing = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    os.environ.update({**nothing, "AWS_EC2_METADATA_DISABLED": "true", **variables})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def sandbox_sign_in(endpoint: str, permission_set: str, person: str) -> dict[str, str]:
    """Environment variables of a person who signed in to the sandbox's management account with a permission set."""
    from botocore.session import Session

    from patchkeep.sandbox.client import SandboxClient
    from patchkeep.sandbox.generate.accounts import permission_set_role

    client = SandboxClient(endpoint)
    account = client.credentials()["management"]
    keys = client.environment()
    sts: Any = Session().create_client(
        "sts",
        "us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    role = f"arn:aws:iam::{account}:role/{permission_set_role(account, permission_set)}"
    got = sts.assume_role(RoleArn=role, RoleSessionName=person)["Credentials"]
    signed = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
    return {name: got[key] for name, key in signed.items()}


def sandbox_grants(endpoint: str, policy: Policy) -> None:
    """Give the sandbox's member roles exactly what we compute for a policy file, as who runs Patchkeep would in AWS; or SandboxLost."""
    from patchkeep.permissions.roles import documents
    from patchkeep.services import By

    with sandbox_at(endpoint) as client:
        for by, name in ((By.READ, policy.organization.read_role), (By.WRITE, policy.organization.write_role)):
            if client.call("GET", f"/roles/{quote(name)}")["policies"]:  # else no account has such a role: so the look will say
                client.give(name, documents(policy, by))


def sandbox_lifecycles() -> str:
    """Until when versions are supported, as known in the sandbox: a small dated sample in the shape of endoflife.date's API."""
    from importlib import resources

    return resources.files("patchkeep.sandbox").joinpath("catalogue/lifecycles.json").read_text(encoding="utf-8")


def sandbox_promises(endpoint: str, begun: Sequence[datetime] = ()) -> dict[str, int]:
    """What the sandbox's own log says of us: Installs on one node beyond the first of a rollout, and calls it could not answer.

    `begun`: when each rollout after the first began, oldest first.
    """
    from collections import Counter

    from patchkeep.sandbox.client import SandboxClient

    client = SandboxClient(endpoint)
    sent = [call for call in client.log(operation="SendCommand") if not call["error"]]
    installs = Counter(
        (node, bisect(begun, datetime.fromisoformat(call["at"])))
        for call in sent
        if call["params"].get("Parameters", {}).get("Operation") == ["Install"]
        for node in call["params"]["InstanceIds"]
    )
    return {
        "installs": installs.total(),
        "repeated installs": sum(number - 1 for number in installs.values()),
        "calls not emulated": len(client.unimplemented()),
        "calls": client.log_length(),
    }


def sandbox_truth(endpoint: str, looking: SandboxLook, previous: Snapshot | None) -> tuple[bool, str]:
    """Whether looks at a sandbox stay true when a tenth of their reads is refused, and what to say of it."""
    from patchkeep.sandbox.doubt import doubted

    with sandbox_at(endpoint) as client:
        return doubted(client, looking, previous)


def serve_sandbox(org: str, port: int, host: str) -> None:
    """Serve an emulated organization in the foreground; raises SandboxRefused where that cannot be."""
    try:
        from patchkeep.sandbox.orgproblem import OrgFileError
        from patchkeep.sandbox.server import run
    except ModuleNotFoundError as error:
        raise SandboxRefused(f"The sandbox needs {error.name}, which is not installed: pip install 'patchkeep[sandbox]'") from error
    try:
        socket.create_server((host, port)).close()  # the server itself would end the process with a sentence of its own
        with signed_in({}):  # the sandbox reads AWS's models by botocore, which a profile that isn't there would stop
            run(org, port, host, announce=lambda endpoint: print(endpoint, flush=True))  # noqa: T201 - the endpoint is the answer
    except OrgFileError as error:
        raise SandboxRefused(str(error)) from error
    except OSError as error:
        raise SandboxRefused(
            f"It cannot be served on {host}:{port}: {os.strerror(error.errno) if error.errno else error}. Say --port 0 for any free one."
        ) from error


@contextmanager
def sandbox_process(org: str) -> Iterator[str]:
    """A sandbox in a process of its own until the block ends; yields its endpoint."""
    command = [sys.executable, "-m", "patchkeep", "sandbox", "serve", "--org", org, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _endpoint(process)
        finally:
            process.terminate()


def _endpoint(process: subprocess.Popen[str]) -> str:
    first = process.stdout.readline().strip() if process.stdout else ""
    if not first.startswith("http"):
        raise SandboxRefused(f"The sandbox did not start (exit status {process.wait()}); what it said stands above.")
    return first
