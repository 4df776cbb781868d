"""What the commands of a rollout share: what carrying it out needs, the watch over it, and what is said at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchkeep.cli._plans import again

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import click

    from patchkeep.domain.plan import Plan
    from patchkeep.domain.progress import Rollout
    from patchkeep.wire import House
    from patchkeep.work.rollout import Rolling


def told(rollout: Rollout, form: str, said: str, following: Mapping[str, str]) -> None:
    """What became of it, and by what it is good for, the commands to type next."""
    from patchkeep.cli import show

    if form == "json":
        show.as_json("rollout", {"rollout": show.plain(rollout)})
    else:
        show.paragraph(said)
        for purpose, command in following.items():
            show.following(command, first=purpose)


def rolling_of(house: House, plan: Plan, caller: str = "") -> Rolling:
    from patchkeep.cli._heartbeat import beating
    from patchkeep.work.rollout import Rolling

    who = caller or house.aws.caller().arn
    stores = (house.store.rollouts, house.store.ledger)
    return Rolling(
        plan, house.policy, house.aws, house.services, *stores, house.clock, who, house.store.deferrals, house.policy_now, beating(house)
    )


def whoever(house: House) -> str:
    """Who stops a rollout, for the ledger. Nobody must be able to sign in for that: else it is the name that this machine knows."""
    from patchkeep.doors.aws import NoCredentials
    from patchkeep.doors.host import own_user

    try:
        return house.aws.caller().arn
    except NoCredentials:
        return f"{own_user()}, not signed in to AWS"


def plan_of(house: House, rollout_id: str) -> Plan:
    from patchkeep.work.rollout import stored
    from patchkeep.work.seams import NotThere

    plan = house.store.plans.get(stored(house.store.rollouts, rollout_id).plan_id)
    if plan is None:
        raise NotThere(f"The plan of rollout {rollout_id} is not in this database.")
    return plan


def run(rolling: Rolling, rollout_id: str, *, wait: bool) -> Rollout:
    from patchkeep.work.rollout import run

    return watched(rolling, rollout_id, lambda seen: run(rolling, rollout_id, seen, wait=wait))


def watched(rolling: Rolling, rollout_id: str, go: Callable[[Callable[[Rollout], None]], Rollout]) -> Rollout:
    """With progress on standard error, and a way out that says how to go on."""
    from patchkeep.cli._interrupted import interruptible
    from patchkeep.cli._rollouts import Progress

    progress = Progress(rolling.clock)
    with interruptible(f"Commands already sent go on, nothing new is sent. To go on:\n  patchkeep rollout resume {rollout_id}"):
        try:
            return go(progress)
        finally:
            progress.end()


def end(ctx: click.Context, rollout: Rollout, plan: Plan, options: tuple[str, str]) -> None:
    """`options`: the format, and what `verify` would call the plan: its file, or its id."""
    form, called = options
    shown(rollout, plan, form)
    if form == "human":
        _say_next(rollout, plan, called)
    ctx.exit(1 if rollout.status in {"halted", "paused", "running"} else 0)  # running: for half an hour nothing could be sent


def _say_next(rollout: Rollout, plan: Plan, called: str) -> None:
    from patchkeep.cli import show
    from patchkeep.domain.approval import gate

    stands = zip(plan.rings, rollout.rings, strict=True)
    ring = next((ring for ring, state in stands if not all(member.ended for member in state.members)), None)
    if rollout.status == "done":
        show.following("patchkeep discover", f"patchkeep verify {called}")
    elif rollout.status == "waiting" and ring and gate(rollout, plan, ring):
        show.following(f"patchkeep rollout approve {rollout.id} --ring {ring.name}", f"patchkeep rollout resume {rollout.id}")
    elif rollout.unsure == "older":
        show.following(f"patchkeep rollout halt {rollout.id}", "patchkeep discover", again(plan, "plan.json"))
    elif not rollout.status.final:
        show.following(f"patchkeep rollout resume {rollout.id}")


def shown(rollout: Rollout, plan: Plan | None, form: str) -> None:
    from patchkeep.cli import _rollouts, show

    if form == "json":
        show.as_json("rollout", {"rollout": show.plain(rollout)})
    else:
        _rollouts.one(rollout, plan)
