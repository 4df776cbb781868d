"""`patchkeep rollout start|status|approve|pause|resume|collect|halt|undo`: the commands that send patches to machines, and people's words.

Which machine may be patched when is decided in `domain/rollout`, and sent by `work/rollout`; here a person starts it, watches, agrees or
stops it, and is told what to type next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._completing import rollouts
from patchkeep.cli._options import FILE, format_option, opened, policy_option
from patchkeep.cli._plans import confirm, naming, read_plan
from patchkeep.cli._rolling import end, plan_of, rolling_of, run, shown, told, watched, whoever
from patchkeep.cli._undo import undo
from patchkeep.domain.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from patchkeep.domain.progress import Rollout


@click.group(epilog="Example: patchkeep rollout start plan.json")
def command() -> None:
    """Patch the rings of a plan, one after the other: Scan, Install, Reboot, Scan."""


@command.command(epilog="Example: patchkeep rollout start plan.json --wait")
@click.argument("file", metavar="FILE", type=FILE)
@policy_option
@format_option
@click.option("--yes", is_flag=True, help="Don't ask. It never stands for an approval.")
@click.option("--wait", is_flag=True, help="Go on through windows and bakes; stop only for people.")
@click.pass_context
def start(ctx: click.Context, file: str, policy: str, form: str, yes: bool, wait: bool) -> None:
    """Begin the rollout of a plan whose settings are applied. Runs until it is done, or waits for something.

    Exit status 0 when done or waiting, 1 when halted or paused, or when it gave up because for half an hour nothing could be sent.
    """
    from patchkeep.work import rollout
    from patchkeep.work.apply import refuse_foreign

    plan = read_plan(file)
    assets = sum(len(ring.changes) for ring in plan.rings)
    with naming(file), opened(ctx, policy) as house:
        refuse_foreign(plan, house.store.plans)
        house.aws.ready()
        confirm(f"Patch {counted(assets, 'asset')} in {counted(len(plan.rings), 'ring')}?", yes=yes)
        rolling = rolling_of(house, plan)
        begun = rollout.start(rolling)
        end(ctx, run(rolling, begun.id, wait=wait), plan, (form, file))


command.add_command(undo)


@command.command(epilog="Example: patchkeep rollout resume ro-1a2b3c4d5e6f")
@click.argument("rollout_id", metavar="ID", shell_complete=rollouts)
@policy_option
@format_option
@click.option("--wait", is_flag=True, help="Go on through windows and bakes; stop only for people.")
@click.option("--lost", type=click.Choice(["ran", "failed", "never-sent"]), help="What became of members that AWS cannot tell of.")
@click.pass_context
def resume(ctx: click.Context, rollout_id: str, policy: str, form: str, wait: bool, lost: str | None) -> None:
    """Go on with a rollout that paused, waited, or whose process died."""
    from patchkeep.domain.rollout import resume as unpaused
    from patchkeep.work.rollout.spoken import Fate, answer_lost, change

    with opened(ctx, policy) as house:
        plan = plan_of(house, rollout_id)
        house.aws.ready()
        rolling = rolling_of(house, plan)
        if lost:
            answer_lost(rolling, rollout_id, Fate(lost))
        change(rolling, rollout_id, unpaused, "resumed")
        end(ctx, run(rolling, rollout_id, wait=wait), rolling.plan, (form, plan.id))


@command.command(epilog="Example: patchkeep rollout status")
@click.argument("rollout_id", metavar="[ID]", required=False, shell_complete=rollouts)
@policy_option
@format_option
@click.pass_context
def status(ctx: click.Context, rollout_id: str | None, policy: str, form: str) -> None:
    """Show all rollouts, or one: its rings, and who failed, was lost, is under way, and why. First a stop that stands."""
    from patchkeep.cli import _rollouts, _stops, show
    from patchkeep.work.rollout import stored

    with opened(ctx, policy) as house:
        rollouts = house.store.rollouts.all()
        found = stored(house.store.rollouts, rollout_id) if rollout_id else None
        left = [member.target for ring in found.rings for member in ring.members if not member.ended] if found else []
        stops = _stops.standing(house, left) if rollouts else ()
        if form == "json":
            content = {"rollout": show.plain(found)} if found else {"rollouts": [show.plain(one) for one in rollouts]}
            show.as_json("rollout" if found else "rollouts", {"stop": stops, **content})
            return
        _stops.shown(stops)
        if found:
            _rollouts.one(found, house.store.plans.get(found.plan_id))
        else:
            _rollouts.told(rollouts)


@command.command(epilog="Example: patchkeep rollout approve ro-1a2b3c4d5e6f --ring prod")
@click.argument("rollout_id", metavar="ID", shell_complete=rollouts)
@click.option("--ring", required=True, help="The ring that may start.")
@policy_option
@format_option
@click.pass_context
def approve(ctx: click.Context, rollout_id: str, ring: str, policy: str, form: str) -> None:
    """Agree to a ring, as the identity that STS verifies."""
    from patchkeep.cli._words import brief
    from patchkeep.domain.approval import Blocked
    from patchkeep.work.rollout.spoken import agree

    with opened(ctx, policy) as house:
        decided = agree(rolling_of(house, plan_of(house, rollout_id)), rollout_id, ring)
        if isinstance(decided, Blocked):
            click.echo(f"Not counted: {brief(decided.why)}", err=True)
            ctx.exit(1)
        told(decided, form, f"{brief(house.aws.caller().arn)} approved ring {ring}.", {"Next": f"patchkeep rollout resume {rollout_id}"})


@command.command(epilog="Example: patchkeep rollout collect ro-1a2b3c4d5e6f")
@click.argument("rollout_id", metavar="ID", shell_complete=rollouts)
@policy_option
@format_option
@click.pass_context
def collect(ctx: click.Context, rollout_id: str, policy: str, form: str) -> None:
    """Take in what comes of the commands already sent, and start nothing: of a paused or halted one, or after the policy changed."""
    from patchkeep.work import rollout

    with opened(ctx, policy) as house:
        rolling = rolling_of(house, plan_of(house, rollout_id))
        house.aws.ready()
        taken_in = watched(rolling, rollout_id, lambda seen: rollout.collect(rolling, rollout_id, seen))
        shown(taken_in, rolling.plan, form)


@command.command(epilog="Example: patchkeep rollout pause ro-1a2b3c4d5e6f")
@click.argument("rollout_id", metavar="ID", shell_complete=rollouts)
@click.option("--why", default="paused by a person", show_default=True)
@policy_option
@format_option
@click.pass_context
def pause(ctx: click.Context, rollout_id: str, why: str, policy: str, form: str) -> None:
    """Start nothing more until `resume`; commands already sent go on."""
    from patchkeep.domain.rollout import pause as paused

    _stop(ctx, rollout_id, (policy, form), lambda there, _: paused(there, why), f"paused: {why}")


@command.command(epilog="Example: patchkeep rollout halt ro-1a2b3c4d5e6f --why 'checkout is slow'")
@click.argument("rollout_id", metavar="ID", shell_complete=rollouts)
@click.option("--why", default="halted by a person", show_default=True)
@policy_option
@format_option
@click.pass_context
def halt(ctx: click.Context, rollout_id: str, why: str, policy: str, form: str) -> None:
    """End a rollout for good; commands already sent go on."""
    from patchkeep.domain.rollout import halt as halted

    _stop(ctx, rollout_id, (policy, form), lambda there, now: halted(there, why, now), f"halted: {why}")


def _stop(ctx: click.Context, rollout_id: str, options: tuple[str, str], move: Callable[[Rollout, datetime], Rollout], said: str) -> None:
    """Pause or halt, also when nobody can sign in to AWS. `options`: policy and format."""
    from patchkeep.work.rollout.spoken import change

    policy, form = options
    with opened(ctx, policy) as house:
        now = house.clock.now()
        rolling = rolling_of(house, plan_of(house, rollout_id), whoever(house))
        moved = change(rolling, rollout_id, lambda there: move(there, now), said)
        following = {"To take in what comes of them": f"patchkeep rollout collect {rollout_id}"} if moved.batches else {}
        if moved.status == "paused":
            following["Next"] = f"patchkeep rollout resume {rollout_id}"
        told(moved, form, f"{moved.status}: {moved.why}. Commands already sent go on.", following)
