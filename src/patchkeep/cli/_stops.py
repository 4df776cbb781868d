"""The stop, as `doctor` and `rollout status` show it before all else: whether it stands, or could not be read.

Both commands tell what is stored, also where AWS cannot be reached: so the look is given a few seconds and then left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread
from typing import TYPE_CHECKING

from patchkeep.cli import show
from patchkeep.cli._words import brief

if TYPE_CHECKING:
    from patchkeep.domain.call import Target
    from patchkeep.wire import House

WITHIN = 8.0  # seconds


def standing(house: House, targets: Iterable[Target] = ()) -> tuple[str, ...]:
    """A sentence for each stop that stands or could not be read: in the account signed in to, and in those of the targets."""
    told: list[tuple[str, ...]] = []
    look = Thread(target=_look, args=(house, tuple(targets), told), daemon=True)  # nothing waits for it when the command ends
    look.start()
    look.join(WITHIN)
    if told:
        return told[0]
    why = f"AWS did not answer within {WITHIN:g} s" if look.is_alive() else "the look at it ended with an error of its own"
    return (f"the stop could not be read: {why}",)


def _look(house: House, targets: tuple[Target, ...], told: list[tuple[str, ...]]) -> None:
    from patchkeep.doors.unsigned import NoCredentials, SecretError

    try:
        told.append(house.aws.stops(targets))
    except (NoCredentials, SecretError) as error:
        told.append((f"the stop could not be read: {error}",))


def shown(stops: Iterable[str]) -> None:
    """Each as a paragraph above everything else."""
    for why in stops:
        show.paragraph(f"STOP: {brief(why)}", hang=2)
