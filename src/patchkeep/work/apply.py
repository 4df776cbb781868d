"""Carry out a plan's settings: look again just before writing, record the intent, make the calls, record the answer.

A setting is written only where the object still is as the plan saw it, or where our own unfinished work explains the
difference. Doing it twice does nothing twice: what is already as wanted has no calls left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from patchkeep.domain.call import Answer, Call, Gap, Target, fill
from patchkeep.domain.compliance import SKEW
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.ledger import Entry
from patchkeep.domain.plan import STALE_AFTER, Plan
from patchkeep.domain.policy import Policy
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.permissions.actions import action
from patchkeep.services import Service
from patchkeep.work import adopt
from patchkeep.work.discover import look
from patchkeep.work.seams import Aws, Clock, Ledger, Plans
from patchkeep.work.units import moved, units

TAGS_ALONE = frozenset({Action.ADOPT, Action.RELEASE})  # nothing but our tags is put on, or taken off
AT_ONCE = 8  # accounts and regions written to side by side


class StalePlan(Exception):  # noqa: N818 - it says what is wrong
    """The plan no longer describes what it would meet; the sentence says why and what to type."""


class Outcome(StrEnum):
    APPLIED = "applied"
    ALREADY = "already as wanted"
    STALE = "changed since the plan"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one setting, with AWS's own words where it refused."""

    setting: Setting
    outcome: Outcome
    why: str = ""


def refuse_stale(plan: Plan, policy: Policy, now: datetime) -> None:
    """Raise StalePlan when the policy is another one, or the plan older than a day."""
    again = "make a new one: `patchkeep plan -o FILE`"
    if plan.policy_hash != policy.hash:
        raise StalePlan(f"The policy has changed since this plan was made; {again}")
    if plan.made_at - now > SKEW:
        raise StalePlan(f"This plan was made in the future ({plan.made_at:%Y-%m-%d %H:%M %Z}): a clock is wrong; {again}")
    if now - plan.made_at > STALE_AFTER:
        raise StalePlan(f"This plan is {(now - plan.made_at).total_seconds() / 3600:.0f} h old, more than 24 h; {again}")


def refuse_foreign(plan: Plan, plans: Plans) -> None:
    """Raise StalePlan when the plan isn't one that was made and stored here: a file alone could lower limits or drop approvals."""
    if plans.get(plan.id) != plan:
        raise StalePlan("This plan was not made with this database: make one here with `patchkeep plan -o FILE`.")


@dataclass(frozen=True, slots=True)
class Applying:
    """Everything that carrying out one plan needs."""

    plan: Plan
    estate: Estate
    aws: Aws
    services: Mapping[str, Service]
    ledger: Ledger
    clock: Clock
    caller: str


def apply(applying: Applying, ticks: Callable[[int, int, str], None]) -> tuple[Applied, ...]:
    """Apply all settings, each account and region for itself; a refusal in one doesn't stop the others."""
    plan = applying.plan
    refuse_stale(plan, applying.estate.policy, applying.clock.now())
    places = sorted({setting.target for setting in plan.settings})
    held = _moved(applying, {place.account for place in places})
    done: list[Applied] = []
    with applying.ledger.lock(f"apply-{plan.organization_id}"), ThreadPoolExecutor(AT_ONCE) as pool:
        for applied in pool.map(lambda target: tuple(_apply_in(applying, target, held.get(target.account))), places):
            done += applied
            ticks(len(done), len(plan.settings), "settings")
    return tuple(done)


def _moved(applying: Applying, accounts: Collection[str]) -> dict[str, tuple[Outcome, str]]:
    """Accounts in which nothing may be written, as they stand elsewhere in the organization than when it was planned, and why."""
    there = units(applying.aws, applying.estate.policy)
    if there is None:
        return {}
    if isinstance(there, Gap):
        return dict.fromkeys(accounts, (Outcome.FAILED, f"not looked at before writing: {there.reason}"))
    found = moved(applying.estate.members, accounts, applying.estate.policy, there)
    return {account: (Outcome.STALE, f"{why}: discover and plan again") for account, why in found.items()}


def _apply_in(applying: Applying, target: Target, held: tuple[Outcome, str] | None) -> Iterator[Applied]:
    """One place's settings, service by service: what others build upon first, and what is no longer wanted last.

    `held`: why nothing may be written there.
    """
    if held:
        yield from (Applied(setting, *held) for setting in applying.plan.settings if setting.target == target)
        return

    def order(setting: Setting) -> tuple[int, str]:
        rank = applying.services[setting.service].rank
        return (100 - rank if setting.action is Action.DELETE else rank, setting.service)

    mine = sorted((setting for setting in applying.plan.settings if setting.target == target), key=order)
    for (_, name), group in groupby(mine, key=order):
        found = look(applying.aws, target, applying.services[name])
        gap = found.gaps[0] if found.gaps else None
        if gap is not None:
            yield from (Applied(setting, Outcome.FAILED, f"not looked at before writing: {gap.reason}") for setting in group)
            continue
        others = tuple(e for e in applying.estate.objects if (e.service, e.target) != (name, target))
        now_there = replace(applying.estate, objects=(*others, *found.objects))
        for setting in group:
            yield _settle(applying, setting, now_there)


def _settle(applying: Applying, planned: Setting, estate: Estate) -> Applied:
    """Decide on one setting by what is there now, then write it or say why not."""
    if planned.action is Action.BLOCKED:
        return Applied(planned, Outcome.BLOCKED, "; ".join(planned.notes))
    left = _left(applying, planned, estate)
    if left is None:
        _note(applying, planned, Outcome.ALREADY)
        return Applied(planned, Outcome.ALREADY)
    if left.action is Action.BLOCKED:
        return Applied(planned, Outcome.STALE, f"{'; '.join(left.notes)}; plan again")
    ours_to_finish = planned.action not in TAGS_ALONE and _left_unfinished(applying, planned)  # tags explain no difference
    if left.before != planned.before and not ours_to_finish:
        return Applied(planned, Outcome.STALE, f"{planned.kind} {planned.name} was changed after the plan was made; plan again")
    if fingerprint(left.becomes) != fingerprint(planned.becomes) and left.before == planned.before:
        return Applied(planned, Outcome.STALE, f"{planned.kind} {planned.name} would become something else than planned; plan again")
    return _write(applying, left)


def _left(applying: Applying, planned: Setting, estate: Estate) -> Setting | None:
    """What there is still to do about a setting; None: nothing."""
    if planned.action in TAGS_ALONE:
        return adopt.left(planned, estate, applying.services)
    settings = applying.services[planned.service].settings
    return next((s for s in (settings(estate) if settings else ()) if s.id == planned.id), None)


def _left_unfinished(applying: Applying, setting: Setting) -> bool:
    """Whether an earlier run of this very plan may have written a part of the setting, and did not get to its end.

    Then a difference is our own unfinished work. What was finished, or refused at its first call, was changed by somebody else since.
    """
    touched = before = False
    for entry in applying.ledger.of(applying.plan.id):
        if entry.mark == setting.id:
            match entry.kind:
                case "intent":
                    touched, before = True, touched
                case "refusal" if not entry.outcome.startswith("NoAnswer"):
                    touched = before
                case "note":
                    touched = False
    return touched


def _write(applying: Applying, setting: Setting) -> Applied:
    answers: dict[str, Any] = {}
    for call in setting.calls:
        answer = _record(applying, setting, fill(call, answers))
        if not answer.ok:
            return Applied(setting, Outcome.FAILED, f"{action(call.service, call.operation)}: {answer.code} {answer.message}".strip())
        answers.update(_named(answer.content))
    _note(applying, setting, Outcome.APPLIED)
    return Applied(setting, Outcome.APPLIED)


def _record(applying: Applying, setting: Setting, call: Call) -> Answer:
    """Intent, call, answer: in this order, so that a crash leaves at most an intent to be looked after."""
    now = applying.clock.now
    base = Entry(
        now(), "intent", applying.plan.id, setting.id, setting.target, action(call.service, call.operation), call.params, applying.caller
    )
    applying.ledger.append(base)
    answer = applying.aws.write(setting.target, call)
    outcome = "ok" if answer.ok else f"{answer.code} {answer.message}".strip()
    kind = "answer" if answer.ok else "refusal"
    applying.ledger.append(replace(base, at=now(), kind=kind, request_id=answer.request_id, outcome=outcome))
    return answer


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    """The answer's values by name, one level deep: what `answered("BaselineId")` stands for."""
    flat = {key: value for key, value in content.items() if isinstance(value, str)}
    for value in content.values():
        if isinstance(value, Mapping):
            flat |= {key: inner for key, inner in value.items() if isinstance(inner, str)}
    return flat


def _note(applying: Applying, setting: Setting, outcome: Outcome) -> None:
    now = applying.clock.now()
    applying.ledger.append(Entry(now, "note", applying.plan.id, setting.id, setting.target, caller=applying.caller, outcome=str(outcome)))


def unsettled(plan: Plan, ledger: Ledger) -> tuple[Target, ...]:
    """Where settings of the plan that can be written have not been."""
    good = {str(Outcome.APPLIED), str(Outcome.ALREADY)}
    done = {entry.mark for entry in ledger.of(plan.id) if entry.kind == "note" and entry.outcome in good}
    left = {setting.target for setting in plan.writable if setting.id not in done}
    return tuple(sorted(left))


__all__ = ["Applied", "Applying", "Outcome", "StalePlan", "apply", "refuse_foreign", "refuse_stale", "unsettled"]
