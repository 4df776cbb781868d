"""`patchkeep who`: asks the census of the last look who has a package or a CVE; AWS is asked nothing.

Yes needs evidence and no needs an inventory that was read: what nobody could look at is a third answer, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._seen import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from patchkeep.domain.deferral import Deferral
    from patchkeep.domain.owners import Owner
    from patchkeep.work.who import Answer, Holder

FEW, FEW_OWNERS = 15, 5


@click.command(epilog="\b\nExamples:\n  patchkeep who 'openssl<3.0.7'\n  patchkeep who CVE-2014-0160")
@click.argument("question")
@policy_option
@format_option
@click.option("--all", "everything", is_flag=True, help="Name every asset, also those that don't have it.")
@click.pass_context
def command(ctx: click.Context, question: str, policy: str, form: str, everything: bool) -> None:
    """Say who has a package, or a package below a version, or a CVE.

    Yes is said on evidence, no only where that is known; everything else is UNKNOWN with its reason.
    Exit status 1 when somebody has it, or that is not known of somebody.
    """
    from patchkeep.cli import show
    from patchkeep.domain.deferral import standing
    from patchkeep.domain.owners import owners
    from patchkeep.match.question import QuestionError, parse
    from patchkeep.work.who import Has, who

    try:
        asked = parse(question)
    except QuestionError as error:
        raise click.BadParameter(str(error), param_hint="QUESTION") from error
    with opened(ctx, policy) as house:
        now = house.clock.now()
        with counted(house) as census:
            answer = who(asked, census, house.policy.freshness, now)
            belongs = owners(census, house.policy)
        deferrals = standing(house.store.deferrals.all(), now)
    if form == "json":
        gaps = [show.plain(gap) for gap in answer.gaps]
        rows = [_row(holder, belongs, deferrals) for holder in answer.holders]
        show.as_json("who", {"question": answer.question, "answers": rows, "gaps": gaps})
    else:
        _show(answer, belongs, everything=everything)
        _deferred(answer, deferrals)
    ctx.exit(1 if answer.those(Has.YES) or answer.those(Has.UNKNOWN) or answer.gaps else 0)


def _show(answer: Answer, belongs: Mapping[str, Owner], *, everything: bool) -> None:
    from patchkeep.cli import show
    from patchkeep.cli._words import labels, refusal
    from patchkeep.work.who import Has

    show.heading(f"{answer.question}: " + ", ".join(f"{len(answer.those(has))} {has}" for has in Has))
    names = labels(holder.asset for holder in answer.holders)
    shown = answer.those(Has.YES) if not everything else tuple(holder for has in Has for holder in answer.those(has))
    listed = shown if everything else shown[:FEW]
    if listed:
        rows = [(h.has, names[h.asset.id], h.asset.target.account, "; ".join(h.evidence)) for h in listed]
        show.table(("has it", "asset", "account", "evidence"), rows)
    if len(shown) > len(listed):
        show.say(f"{len(shown) - len(listed)} more (--all)")
    _owners(answer.those(Has.YES), belongs)
    if not everything:
        _unknown(answer.those(Has.UNKNOWN), names)
    for gap in answer.gaps:
        show.paragraph(f"not looked at: {gap.target.account} {gap.target.region or 'all regions'}: {refusal(gap)}", hang=2)


def _owners(holders: Iterable[Holder], belongs: Mapping[str, Owner]) -> None:
    """Whom to tell: owners of those that have it, most first."""
    from collections import Counter

    from patchkeep.cli import show
    from patchkeep.cli._words import listing

    counted = Counter(belongs[holder.asset.id].shown for holder in holders)
    if counted:
        named = [f"{name} {number}" for name, number in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]
        show.paragraph(f"owners: {listing(named, FEW_OWNERS)}", hang=2)


def _unknown(holders: Iterable[Holder], names: dict[str, str]) -> None:
    """Who cannot be told, by reason."""
    from patchkeep.cli import show
    from patchkeep.cli._words import gist, listing

    reasons: dict[str, list[str]] = {}
    for holder in holders:
        reasons.setdefault(gist("; ".join(holder.evidence)), []).append(names[holder.asset.id])
    if reasons:
        show.heading("\nUNKNOWN, because")
    for reason, those in sorted(reasons.items(), key=lambda item: -len(item[1])):
        show.paragraph(f"{len(those):>3}  {reason}: {listing(those, 2)}", indent=1, hang=6)


def _deferred(answer: Answer, deferrals: Mapping[str, Deferral]) -> None:
    """Who has it and is left alone for now."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief, labels
    from patchkeep.work.who import Has

    if not deferrals:
        return
    names = labels(holder.asset for holder in answer.holders)
    for holder in answer.those(Has.YES):
        if deferral := deferrals.get(holder.asset.id):
            show.paragraph(f"{names[holder.asset.id]} has it and is {brief(deferral.sentence)}", hang=2)


def _row(holder: Holder, belongs: Mapping[str, Owner], deferrals: Mapping[str, Deferral]) -> dict[str, object]:
    asset, deferral = holder.asset, deferrals.get(holder.asset.id)
    facts = {"asset": asset.id, "name": asset.name, "has": holder.has, "evidence": holder.evidence, "seen_at": holder.seen_at}
    facts |= {"owner": belongs[asset.id].name, "owner_from": belongs[asset.id].source}
    return {**facts, "deferred_until": deferral.until if deferral else None}
