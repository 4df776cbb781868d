"""What other processes do to a store in these tests: `python -m tests.store.worker VERB URL`."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace

from patchkeep.domain.ledger import Busy, Overtaken
from patchkeep.doors.store import Store, open_store
from tests.store.estates import NOON, entry, node, rollout, snapshot


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hold(store: Store) -> None:
    """Keep the lock until told otherwise."""
    with store.ledger.lock("rollout r-1"):
        say("held")
        sys.stdin.readline()


def take(store: Store) -> None:
    try:
        with store.ledger.lock("rollout r-1"):
            say("held")
    except Busy as busy:
        say(f"busy: {busy}")


def move(store: Store) -> None:
    """Move the rollout 25 times, loading it again whenever another process was first; say how often that was."""
    overtaken = 0
    for turn in range(25):
        while True:
            seen = store.rollouts.get("r-1")
            assert seen is not None
            try:
                store.rollouts.replace(seen, (entry(f"{sys.argv[3]}-{turn}"),))
            except Overtaken:
                overtaken += 1
            else:
                break
    say(overtaken)


def write(store: Store) -> None:
    """Write all there is to write until killed, and say after each what must not be lost."""
    for turn in itertools.count():
        store.snapshots.save(seen := snapshot(*(node(turn * 10 + n, packages=30, updates=5) for n in range(10))))
        say(f"snapshot {seen.id}")
        store.rollouts.add(rollout(f"r-{turn}", NOON))
        say(f"rollout r-{turn} 0")
        moved = store.rollouts.replace(rollout(f"r-{turn}"), (entry("b-1", f"r-{turn}"), entry("b-2", f"r-{turn}")))
        say(f"rollout r-{turn} {moved.version}")
        store.rollouts.replace(replace(moved, why="again"), (entry("b-3", f"r-{turn}"), entry("b-4", f"r-{turn}")))
        say(f"rollout r-{turn} 2")


def look(store: Store) -> None:
    say(len(store.rollouts.all()))


VERBS = {"hold": hold, "take": take, "move": move, "write": write, "look": look}

if __name__ == "__main__":
    with open_store(sys.argv[2]) as opened:
        VERBS[sys.argv[1]](opened)
