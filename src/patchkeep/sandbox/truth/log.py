"""The sandbox's own log of one look: which reads AWS answered in the end, and which it did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from patchkeep.domain.asset import Asset
from patchkeep.sandbox.managed.service import services

ASSUME, BROKEN_OFF = "sts:AssumeRole", "ConnectionCut"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A read that AWS did not answer, by the sandbox's log."""

    account: str
    region: str
    action: str
    params: Mapping[str, Any]

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes whose facts it asked for by id."""
        return frozenset((*self.params.get("InstanceIds", ()), *filter(None, [self.params.get("InstanceId")])))

    def at(self, asset: Asset) -> bool:
        return (self.account, self.region) == (asset.target.account, asset.target.region)


@dataclass(frozen=True)
class Log:
    """The sandbox's log of one look (`SandboxClient.log`). `tries`: how often the client asks before it takes a no for a no.

    `twice`: services that it asks a second time in any case.
    """

    calls: Sequence[Mapping[str, Any]]
    tries: int = 1
    twice: frozenset[str] = frozenset()

    @cached_property
    def walks(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Calls that ask the same, page after page and try after try."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for call in self.calls:
            asked = sorted((name, str(value)) for name, value in call["params"].items() if name != "NextToken")
            found.setdefault(f"{action_of(call)} {call['account']} {call['region']} {asked}", []).append(call)
        return found

    @cached_property
    def unanswered(self) -> tuple[Refusal, ...]:
        """Reads whose last page was refused."""
        return tuple(_refusal(walk[-1]) for walk in self.walks.values() if walk[-1]["error"])

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What the client took for a no: an answer that broke off is asked for again in any case."""
        if self.tries > 1:
            return self.unanswered
        said = [call for call in self.calls if call["error"] not in {None, "", BROKEN_OFF} and call["service"] not in self.twice]
        last = (walk[-1] for walk in self.walks.values())
        again = (call for call in last if call["error"] == BROKEN_OFF or (call["error"] and call["service"] in self.twice))
        return tuple(map(_refusal, (*said, *again)))

    def dark(self, action: str) -> Iterator[tuple[str, str]]:
        """Places in which no read of this operation came to its end."""
        last = [walk[-1] for walk in self.walks.values() if action_of(walk[-1]) == action]
        ended = {(call["account"], call["region"]) for call in last if not call["error"]}
        return iter({(r.account, r.region) for r in self.unanswered if r.action == action} - ended)

    def silent(self, asset: Asset, place: tuple[str, str]) -> str:
        """An operation of the API that a managed resource answers to, where none of that API came to its end in the place."""
        names = {asset.service, asset.id.split(":")[2]}
        walks = [walk[-1] for walk in self.walks.values() if walk[-1]["service"] in names]
        here = [call for call in walks if (call["account"], call["region"]) == place]
        return action_of(here[0]) if here and all(call["error"] for call in here) else ""


def action_of(call: Mapping[str, Any]) -> str:
    """As IAM spells it, and so every gap: "es:ListDomainNames"."""
    managed = services().get(call["service"])
    return f"{(managed and managed.iam) or call['service']}:{call['operation']}"


def _refusal(call: Mapping[str, Any]) -> Refusal:
    account = call["account"]
    if action_of(call) == ASSUME:
        account = str(call["params"].get("RoleArn", "")).split(":")[4:5][0]
    return Refusal(account, call["region"], action_of(call), call["params"])
