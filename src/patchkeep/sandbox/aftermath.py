"""What is left after a crash: whether anything was lost, done twice, or came out otherwise than without the crash.

One checker for tests and `make chaos`, beside that of truth under faults. It holds what a store and an emulated AWS look like when all is
over against the same hours lived through undisturbed, and against the sandbox's own log; it asks nothing of the code that it checks.

1. Nothing is lost: the ledger's chain holds, every intent has an end, every rollout came to one. 2. Nothing is done twice: no second
Install or restart of a node, no object that is there two times. 3. All is as it would be: AWS, the machines, and what the store says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from patchkeep.domain.ledger import Entry
from patchkeep.domain.progress import Phase, Rollout

ENDS = frozenset({"answer", "refusal", "note"})
SAID_OF_LOST = "lost members "  # how the ledger spells a person's word
ACTS = ("Install", "Reboot")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """All that can be known when nobody works any more."""

    entries: Sequence[Entry] = ()  # the whole ledger, oldest first
    broken_at: int | None = None  # what `Ledger.verify` says of it
    rollouts: Sequence[Rollout] = ()  # oldest first
    commands: Sequence[Mapping[str, Any]] = ()  # parameters of every SendCommand that the sandbox took
    objects: Sequence[tuple[str, str]] = ()  # "place kind name" of everything made in AWS, with its content
    nodes: Mapping[str, Any] = field(default_factory=dict)  # machines as they are
    store: Mapping[str, str] = field(default_factory=dict)  # what the store says, by table
    writes: Sequence[str] = ()  # all else that AWS was asked to change, and took, by the sandbox's log: marks of batches left out


def harm(calm: Aftermath, after: Aftermath) -> tuple[str, ...]:
    """Everything that went wrong, a sentence each; none when it holds. `calm`: the same without a crash."""
    return (*_lost(after), *_twice(after), *_again(calm, after), *_otherwise(calm, after))


def _lost(after: Aftermath) -> Iterator[str]:
    if after.broken_at is not None:
        yield f"the ledger's chain is broken at entry {after.broken_at}"
    yield from (f"{intent.operation} of {intent.mark} was meant, and nothing says what became of it" for intent in unended(after))
    for rollout in after.rollouts:
        if not rollout.status.final:
            yield f"rollout {rollout.id} is still {rollout.status}: {rollout.why}"
        elif rollout.batches:
            yield f"rollout {rollout.id} is {rollout.status} with {rollout.batches[0].id} under way"


def unended(after: Aftermath) -> Iterator[Entry]:
    """Intents that neither an answer nor a person's word follows."""
    open_: dict[tuple[str, str], Entry] = {}
    for entry in after.entries:
        if entry.kind == "intent":
            open_[entry.subject, entry.mark] = entry
        elif entry.kind in ENDS:
            open_.pop((entry.subject, entry.mark), None)
            if entry.outcome.startswith(SAID_OF_LOST):
                open_ = {key: intent for key, intent in open_.items() if key[0] != entry.subject}
    yield from open_.values()


def _twice(after: Aftermath) -> Iterator[str]:
    for act in ACTS:
        for node, number in sent(after.commands, act).items():
            if number > 1:
                yield f"{node} was sent {act} {number} times"
    there = Counter(name for name, _ in after.objects)
    yield from (f"{name} is there {number} times" for name, number in there.items() if number > 1)
    marks = Counter(str(command.get("Comment")) for command in after.commands)
    yield from (f"{mark} was sent {number} times" for mark, number in marks.items() if number > 1)


def _again(calm: Aftermath, after: Aftermath) -> Iterator[str]:
    usual = Counter(calm.writes)
    for write, number in Counter(after.writes).items():
        if number > usual[write]:
            yield f"AWS took {number} times, and would take {usual[write]} times: {write}"


def sent(commands: Iterable[Mapping[str, Any]], act: str) -> Counter[str]:
    """How often each node was sent an operation of AWS-RunPatchBaseline; "Reboot": any other document."""
    wanted = (one for one in commands if one.get("Parameters", {}).get("Operation", ["Reboot"]) == [act])
    return Counter(node for one in wanted for node in one["InstanceIds"])


def _otherwise(calm: Aftermath, after: Aftermath) -> Iterator[str]:
    yield from _unlike("in AWS", dict(calm.objects), dict(after.objects))
    yield from _unlike("of the machines", calm.nodes, after.nodes)
    yield from _unlike("in the store", calm.store, after.store)
    if len(calm.rollouts) == len(after.rollouts):
        yield from _unlike("of the rollout", _members(calm), _members(after))


def _unlike(where: str, calm: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{where}: {name} is not there" for name in calm if name not in after)
    yield from (f"{where}: {name} is there, and would not be" for name in after if name not in calm)
    for name in calm:
        if name in after and calm[name] != after[name]:
            yield f"{where}: {name} is {_around(after[name], calm[name])}, and would be {_around(calm[name], after[name])}"


def _around(one: object, other: object, width: int = 160) -> str:
    """The part of a value's text in which it begins to differ."""
    text, against = str(one), str(other)
    at = next((n for n, (mine, theirs) in enumerate(zip(text, against, strict=False)) if mine != theirs), min(len(text), len(against)))
    return text[max(0, at - 40) : at + width]


def _members(after: Aftermath) -> dict[str, str]:
    """Where the members of all rollouts stand; who failed by a person's word is counted where another rollout cured it."""
    return {member.resource: str(Phase(member.phase)) for one in after.rollouts for ring in one.rings for member in ring.members}
