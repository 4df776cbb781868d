"""`patchkeep who`."""

from __future__ import annotations

import click

from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._seen import latest


@click.command(epilog="Examples: patchkeep who 'openssl<3.0.7'   patchkeep who CVE-2014-0160")
@click.argument("question")
@policy_option
@format_option
@click.option("--all", "everything", is_flag=True, help="Name also those that don't have it.")
@click.pass_context
def command(ctx: click.Context, question: str, policy: str, form: str, everything: bool) -> None:
    """Say who has a package, or a package below a version, or a CVE.

    Yes is said on evidence, no only where that is known; everything else is UNKNOWN with its reason.
    Exit status 1 when somebody has it, or that is not known of somebody.
    """
    from patchkeep.cli import show
    from patchkeep.match.question import QuestionError, parse
    from patchkeep.work.who import Has, who

    try:
        asked = parse(question)
    except QuestionError as error:
        raise click.BadParameter(str(error), param_hint="QUESTION") from error
    with opened(ctx, policy) as house:
        answer = who(asked, latest(house).snapshot, house.policy.freshness, house.clock.now())
    if form == "json":
        show.as_json("who", {"question": answer.question, "answers": [_row(holder) for holder in answer.holders]})
    else:
        counts = ", ".join(f"{len(answer.those(has))} {has}" for has in Has)
        show.heading(f"{answer.question}: {counts}")
        shown = [holder for has in Has for holder in answer.those(has) if everything or has is not Has.NO]
        rows = [(h.has, h.asset.name, h.asset.target.account, "; ".join(h.evidence)) for h in shown]
        show.table(("has it", "asset", "account", "evidence"), rows)
        for gap in answer.gaps:
            show.say(f"not looked at: {gap.target}: {gap.reason}")
    ctx.exit(1 if answer.those(Has.YES) or answer.those(Has.UNKNOWN) or answer.gaps else 0)


def _row(holder: object) -> dict[str, object]:
    from patchkeep.work.who import Holder

    assert isinstance(holder, Holder)  # noqa: S101 - narrows the type
    asset = holder.asset
    return {"asset": asset.id, "name": asset.name, "has": holder.has, "evidence": holder.evidence, "seen_at": holder.seen_at}
