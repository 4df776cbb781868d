"""The demo's last question: whether what we say is still true when a tenth of the reads is refused."""

from __future__ import annotations

from collections.abc import Mapping

from patchkeep.cli._options import DEFAULT_POLICY
from patchkeep.domain.compliance import Compliance
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.aws import AwsDoor
from patchkeep.wire import SandboxClock, house, sandbox_truth
from patchkeep.work.assess import assess
from patchkeep.work.discover import Looking, discover


def doubt(clock: SandboxClock, endpoint: str) -> tuple[bool, str]:
    """Whether it is, and a sentence for people. Nothing is stored, and no virtual time passes."""
    with house(DEFAULT_POLICY, clock) as built:

        def look(previous: Snapshot | None) -> tuple[Snapshot, Mapping[str, Compliance]]:
            aws = AwsDoor(built.aws.sessions, clock.now, lambda _: None)
            seen = discover(Looking(aws, built.services, built.policy, clock, previous), lambda *_: None)
            return seen, assess(seen, built.policy, built.services, clock.now(), built.store.lifecycles.latest()).verdicts

        return sandbox_truth(endpoint, look, built.store.snapshots.latest())
