"""Builds the doors and hands them to the verbs, each when it is first asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from patchkeep.domain.policy import Policy
from patchkeep.doors.host import own_instance
from patchkeep.doors.store import Store, open_store
from patchkeep.services import Service
from patchkeep.services import load as load_services
from patchkeep.wire.files import hash_of, read_policy
from patchkeep.work.seams import Clock

if TYPE_CHECKING:
    from botocore.session import Session

    from patchkeep.domain.snapshot import Snapshot
    from patchkeep.doors.aws import AwsDoor

DATABASE = "PATCHKEEP_DATABASE_URL"
DEFAULT_DATABASE = "sqlite:///patchkeep.db"


@dataclass(frozen=True, slots=True)
class House:
    """Everything a verb may need, ready to use."""

    policy: Policy
    _services: Callable[[], Mapping[str, Service]]
    store: Store
    clock: Clock
    _aws: Callable[[], AwsDoor]
    host: str = ""  # the instance that Patchkeep runs on; "" elsewhere
    policy_path: str = ""

    @property
    def services(self) -> Mapping[str, Service]:
        """All services by name, loaded when they are first asked for: `who` and what shows rollouts need none of them."""
        return self._services()

    @property
    def aws(self) -> AwsDoor:
        """The door to AWS, built when it is first asked for: whoever reads what is stored doesn't wait for botocore."""
        return self._aws()

    def policy_now(self) -> str:
        """Hash of the policy file as it stands, which may not be the one that was read. Raises PolicyErrors."""
        return hash_of(self.policy_path, self.policy, self.clock.now())


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
    with ExitStack() as until_then:

        @cache
        def aws() -> AwsDoor:
            return _door_to_aws(policy, clock, until_then.enter_context(Path(trace).open("a", encoding="utf-8")) if trace else None)

        if create:
            aws().ready()
        store = until_then.enter_context(open_store(database_url(), create=create))
        yield House(policy, cache(load_services), store, clock, aws, own_instance(), policy_path)


def _door_to_aws(policy: Policy, clock: Clock, trace: IO[str] | None) -> AwsDoor:
    from patchkeep.doors.aws import AwsDoor, Sessions
    from patchkeep.doors.aws.sessions import Roles
    from patchkeep.doors.secrets import external_id

    session, organization = _session(), policy.organization
    roles = Roles(organization.read_role, organization.write_role, cache(lambda: external_id(organization.external_id, session)))
    sessions = Sessions(session, roles, clock.now)
    return AwsDoor(sessions, clock.now, clock.sleep, trace, organization.api_share, policy.stop_parameter)


def _session() -> Session:
    """A session of botocore; AWS_REGION counts, too, as it does for the AWS CLI (botocore itself knows only AWS_DEFAULT_REGION)."""
    from botocore.session import Session

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
