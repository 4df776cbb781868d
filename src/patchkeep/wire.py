"""The one composition root: builds the doors and hands them to the verbs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from botocore.session import Session

from patchkeep.domain.policy import Place, Policy, PolicyError, PolicyErrors
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.aws import AwsDoor, Sessions
from patchkeep.doors.aws.door import tracing
from patchkeep.doors.aws.sessions import Roles
from patchkeep.doors.host import own_instance
from patchkeep.doors.secrets import external_id
from patchkeep.doors.store import Store, open_store
from patchkeep.policy import calendars_of, load
from patchkeep.services import Service
from patchkeep.services import load as load_services
from patchkeep.work.seams import Clock

if TYPE_CHECKING:
    from patchkeep.domain.snapshot import Snapshot
    from patchkeep.sandbox.client import SandboxClient
    from patchkeep.sandbox.doubt import Looking as SandboxLook

DATABASE = "PATCHKEEP_DATABASE_URL"
DEFAULT_DATABASE = "sqlite:///patchkeep.db"


@dataclass(frozen=True, slots=True)
class House:
    """Everything a verb may need, ready to use."""

    policy: Policy
    services: Mapping[str, Service]
    aws: AwsDoor
    store: Store
    clock: Clock
    host: str = ""  # the instance that Patchkeep runs on; "" elsewhere
    policy_path: str = ""

    def policy_now(self) -> str:
        """Hash of the policy file as it stands, which may not be the one that was read. Raises PolicyErrors."""
        return read_policy(self.policy_path, self.clock.now()).hash


def read_policy(path: str, now: datetime) -> Policy:
    """The policy file, or PolicyErrors with every mistake in it."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _unreadable(path, "There is no such file.", "Write one with `patchkeep init`, or name yours with --policy.") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"It is not UTF-8 text: {error.reason}.", "Save it as UTF-8.") from None
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.", "Name a readable file with --policy.") from None
    return load(text, path, now, {name: _calendar(path, file.parent / name) for name in calendars_of(text)})


def _calendar(policy: str, path: Path) -> str | None:
    """The calendar's text; None where there is no such file, which the policy's other mistakes stand beside."""
    fix = "Correct `calendar:` under freezes."
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise _unreadable(policy, f"The calendar {path} cannot be read: it is not UTF-8 text ({error.reason}).", fix) from None
    except OSError as error:
        raise _unreadable(policy, f"The calendar {path} cannot be read: {error.strerror}.", fix) from None


def _unreadable(path: str, what: str, fix: str) -> PolicyErrors:
    return PolicyErrors((PolicyError(Place(path, 1, 1), what, fix),))


def database_url() -> str:
    """Where state is kept: PATCHKEEP_DATABASE_URL, else patchkeep.db in the present directory."""
    return os.environ.get(DATABASE, DEFAULT_DATABASE)


@contextmanager
def house(policy_path: str, clock: Clock, trace: str | None = None, *, create: bool = True) -> Iterator[House]:
    """All doors, open until the block ends. `create`: make the database where there is none, else work on an empty one.

    Raises PolicyErrors and StoreError; AWS and secrets are not asked before they are needed. Whoever may make the database signs in
    first (NoCredentials): a run that ends there leaves no empty one behind.
    """
    policy = read_policy(policy_path, clock.now())
    session = _session()
    organization = policy.organization
    roles = Roles(organization.read_role, organization.write_role, cache(lambda: external_id(organization.external_id, session)))
    with tracing(trace) as lines:
        aws = AwsDoor(Sessions(session, roles, clock.now), clock.now, clock.sleep, lines, organization.api_share, policy.stop_parameter)
        if create:
            aws.ready()
        with open_store(database_url(), create=create) as store:
            yield House(policy, load_services(), aws, store, clock, own_instance(), policy_path)


def _session() -> Session:
    """A session of botocore; AWS_REGION counts, too, as it does for the AWS CLI (botocore itself knows only AWS_DEFAULT_REGION)."""
    session = Session()
    if region := os.environ.get("AWS_REGION"):
        session.set_config_variable("region", region)
    return session


def newest_snapshot() -> Snapshot | None:
    """What was seen last, where a database is at hand; None where there is none yet, or nothing was ever discovered."""
    with open_store(database_url(), create=False) as store:
        return store.snapshots.latest()


def regions_of_aws() -> tuple[str, ...]:
    """Every region that Systems Manager has, as botocore's list of endpoints names them: no call is made."""
    return tuple(_session().get_available_regions("ssm"))


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
    """Give the sandbox's member roles exactly what we compute for a policy file, as who runs Patchkeep would in AWS."""
    from patchkeep.permissions.roles import documents
    from patchkeep.sandbox.client import ControlError, SandboxClient
    from patchkeep.services import By

    for by, name in ((By.READ, policy.organization.read_role), (By.WRITE, policy.organization.write_role)):
        with suppress(ControlError):  # the organization has no role of that name: so the look will say
            SandboxClient(endpoint).give(name, documents(policy, by))


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
