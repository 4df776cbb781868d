"""What a policy can never do: environments without a ring, rings that take nobody, windows that stay shut, approvals nobody can give."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from patchkeep.domain.approval import person
from patchkeep.domain.asset import NODE
from patchkeep.domain.forecast.openings import openings
from patchkeep.domain.overlap import compatible, contains
from patchkeep.domain.policy import Approval, Environment, Installer, ManagedRule, Policy, RingRule
from patchkeep.domain.window import Interval

TAKES_NOTHING = "managed rule that takes nothing"


@dataclass(frozen=True, slots=True)
class Finding:
    """`cause` is short and stable; `grave`: the policy does not do what it says, and `policy check` ends with status 1."""

    cause: str
    why: str
    fix: str
    grave: bool = True


def findings(policy: Policy, known: Interval, nodes: Collection[str] | None = None) -> tuple[Finding, ...]:
    """All that the policy shows by itself. `nodes`: environments in which machines were seen; None: nobody has looked."""
    return (
        *_ringless(policy),
        *_without_baseline(policy, nodes),
        *_swallowed(policy),
        *_barren(policy),
        *_shadowed(policy),
        *_idle(policy),
        *_shut(policy, known),
        *_unapprovable(policy),
    )


def _ringless(policy: Policy) -> Iterator[Finding]:
    for environment in policy.environments:
        if environment.installer is Installer.PATCHKEEP and not any(_draws_from(ring, environment) for ring in policy.rings):
            why = f"environment {environment.name} ({environment.place}) is in no ring: nothing in it would ever be patched"
            yield Finding("environment in no ring", why, f"add a ring with `select: {{env: {environment.name}}}`")


def _draws_from(ring: RingRule, environment: Environment) -> bool:
    return not ring.environments or environment.name in ring.environments


def _without_baseline(policy: Policy, nodes: Collection[str] | None) -> Iterator[Finding]:
    for environment in policy.environments:
        covered = any(not rule.environments or environment.name in rule.environments for rule in policy.baselines)
        if not covered and not _without_machines(environment, policy, nodes):
            why = f"no baseline is for environment {environment.name} ({environment.place}): AWS's default ones would rule there"
            yield Finding("no baseline", why, "add one under `baselines`, or name the environment in one")


def _without_machines(environment: Environment, policy: Policy, nodes: Collection[str] | None) -> bool:
    """Whether it is for managed resources alone: by its kinds, by what was seen, or as the policy says nothing of machines."""
    if environment.match.kinds and NODE not in environment.match.kinds:
        return True
    if not any(_reaches(rule, environment) for rule in policy.managed):
        return False
    return not policy.baselines if nodes is None else environment.name not in nodes


def _swallowed(policy: Policy) -> Iterator[Finding]:
    """An environment whose assets are all in another one, too: an asset in two is patched in neither."""
    for inner in policy.environments:
        for outer in policy.environments:
            if inner is not outer and contains(outer.match, inner.match):
                why = f"all of environment {inner.name} ({inner.place}) is in {outer.name} ({outer.place}), too, so it is in neither"
                yield Finding("overlapping environments", why, "narrow one of the rules until only one holds")


def _barren(policy: Policy) -> Iterator[Finding]:
    """A ring whose own conditions no asset of its environments can meet."""
    for ring in policy.rings:
        drawing = [e for e in policy.environments if _draws_from(ring, e) and e.installer is Installer.PATCHKEEP]
        if drawing and not any(compatible(ring.match, environment.match) for environment in drawing):
            names = ", ".join(environment.name for environment in drawing)
            why = f"ring {ring.name} ({ring.place}) can take nobody: no asset of {names} can meet its `select`"
            yield Finding("ring that takes nobody", why, "correct its `select`, or remove it")


def _shadowed(policy: Policy) -> Iterator[Finding]:
    """A ring behind one that takes all that it could draw from."""
    takers: list[RingRule] = []
    for ring in policy.rings:
        taker = next((earlier for earlier in takers if _takes_all_of(earlier, ring)), None)
        if taker:
            why = f"ring {ring.name} ({ring.place}) is left nothing: {taker.name} ({taker.place}) takes all that it could draw from"
            yield Finding("ring that takes nobody", why, f"put it before {taker.name}, or give that one a `share` or `count`")
        if ring.size is None:
            takers.append(ring)


def _takes_all_of(earlier: RingRule | ManagedRule, later: RingRule | ManagedRule) -> bool:
    everywhere = not earlier.environments or (later.environments and set(later.environments) <= set(earlier.environments))
    return bool(everywhere) and contains(earlier.match, later.match)


def _idle(policy: Policy) -> Iterator[Finding]:
    """Rules for managed resources that can take none, or are behind one that takes all of theirs."""
    for number, rule in enumerate(policy.managed):
        named = f"managed rule {rule.name} ({rule.place})"
        first = next((earlier for earlier in policy.managed[:number] if _takes_all_of(earlier, rule)), None)
        if rule.match.kinds and set(rule.match.kinds) == {NODE}:
            why = f"{named} takes nothing: machines are patched by baselines, not by rules under `managed`"
            yield Finding(TAKES_NOTHING, why, "name the kinds of resources that it is for, or remove it")
        elif not any(_reaches(rule, environment) for environment in policy.environments):
            where = ", ".join(rule.environments) or "any environment"
            yield Finding(TAKES_NOTHING, f"{named} takes nothing: no resource of {where} can meet its `match`", "correct it, or remove it")
        elif first:
            why = f"{named} takes nothing: rule {first.name} ({first.place}) before it takes all that it could"
            yield Finding(TAKES_NOTHING, why, f"put it before {first.name}: the first rule that takes a resource holds")


def _reaches(rule: ManagedRule, environment: Environment) -> bool:
    return (not rule.environments or environment.name in rule.environments) and compatible(rule.match, environment.match)


def _shut(policy: Policy, known: Interval) -> Iterator[Finding]:
    named = {ring.window for ring in policy.rings} | {environment.window for environment in policy.environments}
    named |= {rule.settings.get("window", "") for rule in policy.managed}
    for window in policy.windows:
        if window.name not in named and not policy.window_tag:
            yield Finding("window that nobody uses", f"window {window.name} is named by no ring", "name it, or remove it", grave=False)
        elif not openings(window, policy.freezes, known.start, known.end).starts:
            why = f"window {window.name} never opens until {known.end:%Y-%m-%d}: freezes cover all of it"
            yield Finding("window that never opens", why, "shorten the freezes, or let it open at other times")


def _unapprovable(policy: Policy) -> Iterator[Finding]:
    ringed = {name for ring in policy.rings for name in ring.environments or (e.name for e in policy.environments)}
    for approval in policy.approvals:
        if approval.scope != "irreversible" and approval.scope not in ringed:
            why = f"approval of {approval.scope} is never asked for: no ring draws from it"
            yield Finding("approval nobody asks for", why, "remove it, or add a ring", grave=False)
        yield from _nobody_can(approval)


def _nobody_can(approval: Approval) -> Iterator[Finding]:
    """People are told apart as the gate does it: sessions of one plain role are one person."""
    count = _people(approval)
    if count is None:
        return
    able = f"only {count} {'person' if count == 1 else 'people'} can be told apart among {', '.join(approval.approvers)}"
    fix = "name an IAM Identity Center permission set (`aws-sso:...`), or more people"
    if approval.people > count:
        why = f"approval of {approval.scope} can never be given: it asks for {approval.people} people, and {able}"
        yield Finding("approval nobody can give", why, fix)
    elif approval.not_author and approval.people > count - 1:
        why = f"approval of {approval.scope} cannot be given when one of them made the plan (`not_author`): {able}"
        yield Finding("approval that may stay shut", why, fix, grave=count < 2)


def _people(approval: Approval) -> int | None:
    """How many different people can agree; None: as many as there are."""
    if not approval.approvers or any(map(_many, approval.approvers)):
        return None
    return len({_person(who) for who in approval.approvers})


def _many(who: str) -> bool:
    return who.startswith("aws-sso:") or (":role/" in who and who.rsplit("/", 1)[-1].startswith("AWSReservedSSO_"))


def _person(who: str) -> str:
    return f"assumed-role/{who.rsplit('/', 1)[-1]}" if ":role/" in who else person(who)
