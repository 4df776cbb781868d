"""`patchkeep rollout undo`: makes a plan that takes back what a rollout did, and saves it; nothing is sent.

Which changes have a way back their services say (`work/undo`); `rollout start` carries the plan out, with its windows and approvals.
"""

from __future__ import annotations

import click

from patchkeep.cli._completing import rollouts
from patchkeep.cli._options import FILE, WrongUse, format_option, opened, policy_option, save, writable
from patchkeep.cli._rolling import plan_of


@click.command(epilog="Example: patchkeep rollout undo ro-1a2b3c4d5e6f db:orders -o undo.json")
@click.argument("rollout_id", metavar="ID", shell_complete=rollouts)
@click.argument("resources", metavar="[RESOURCE]...", nargs=-1)
@policy_option
@format_option
@click.option("-o", "--output", metavar="FILE", type=FILE, callback=writable, help="Save the plan for `rollout start`.")
@click.pass_context
def undo(ctx: click.Context, rollout_id: str, resources: tuple[str, ...], policy: str, form: str, output: str | None) -> None:
    """Plan how to take back what an ended rollout did, of all its resources or of those named. Sends nothing.

    What has no way back is left out with the reason: patches of machines stay, most engine versions, too.
    Exit status 3 when something can be taken back, 0 when nothing can.
    """
    from patchkeep.cli import show
    from patchkeep.cli.plan import told
    from patchkeep.domain.undo import Asked, UndoRefused
    from patchkeep.work.rollout import stored
    from patchkeep.work.undo import undo as planned

    with opened(ctx, policy) as house:
        rollout, plan = stored(house.store.rollouts, rollout_id), plan_of(house, rollout_id)
        asked = Asked(house.policy, house.clock.now(), house.aws.caller().arn, resources)
        try:
            made = planned(rollout, plan, house.services, asked)
        except UndoRefused as error:
            raise WrongUse(str(error)) from error
        house.store.plans.save(made)
        seen = house.store.snapshots.get(plan.snapshot_id)
    written = show.document("plan", {"plan": show.plain(made)})
    if output:
        save(output, written + "\n", private=True)
    if form == "json":
        click.echo(written)
    else:
        told(made, (), {asset.id: asset for asset in seen.assets} if seen else {}, calls=False)
        _next(output, f"patchkeep rollout undo {' '.join((rollout_id, *resources))} -o undo.json", some=bool(made.rings))
    ctx.exit(3 if made.rings else 0)


def _next(output: str | None, saving: str, *, some: bool) -> None:
    from patchkeep.cli import show

    if not some:
        show.say("\nNothing can be taken back.")
    elif output:
        show.say(f"\nSaved as {output}.")
        show.following(f"patchkeep rollout start {output}")
    else:
        show.say("\nNot saved.")
        show.following(saving, first="To carry it out")
