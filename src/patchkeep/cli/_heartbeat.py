"""A sign of life where the policy asks for one; that it could not be given is said loudly, and fails nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

STATUSES = ("COMPLIANT", "NON_COMPLIANT", "UNKNOWN")  # each told always, also where there are none

if TYPE_CHECKING:
    from collections.abc import Callable

    from patchkeep.wire import House
    from patchkeep.work.assess import Assessment


def beat_with(house: House, assessment: Assessment) -> None:
    """After a look: the sign of life, and how many assets there are of each status."""
    from patchkeep.cli import show
    from patchkeep.work.heartbeat import beat

    counts = Counter(str(verdict.status) for verdict in assessment.verdicts.values())
    if said := beat(house.aws, house.policy, {name: counts[name] for name in STATUSES}):
        click.echo(show.here(said), err=True)


def beating(house: House) -> Callable[[], None] | None:
    """What a rollout calls at each of its looks; the same complaint is said once. None where the policy wants no heartbeat."""
    from patchkeep.cli import show
    from patchkeep.work.heartbeat import beat

    if house.policy.heartbeat is None:
        return None
    complained: set[str] = set()

    def give() -> None:
        said = beat(house.aws, house.policy, {})
        if said and said not in complained:
            complained.add(said)
            click.echo(show.here(said), err=True)

    return give
