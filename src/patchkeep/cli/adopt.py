"""`patchkeep adopt`: lists what others made in AWS that the policy could take over, and plans it; only `apply` puts our tags on.

What may be adopted, and what another tool manages, is decided in `work/offers` and `work/adopt`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import FILE, format_option, opened, policy_option, save, writable
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from patchkeep.domain.asset import Existing
    from patchkeep.domain.plan import Plan
    from patchkeep.work.assess import Assessment
    from patchkeep.work.offers import Candidate, Offer

EXAMPLE = (
    "\b\nExamples, one after the other:\n  patchkeep adopt\n  patchkeep adopt pb-0c10e65780EXAMPLE -o adopt.json\n"
    "  patchkeep apply adopt.json\n  patchkeep discover\n  patchkeep plan -o plan.json"
)


@click.command(epilog=EXAMPLE)
@click.argument("objects", nargs=-1, metavar="[OBJECT]...")
@policy_option
@format_option
@click.option("--as", "name", default="", metavar="NAME", help="Which object of the policy it is to be, where it could be several.")
@click.option("--in", "place", default="", metavar="ACCOUNT/REGION", help="Where it is, when objects of several places are called so.")
@click.option("--all", "everywhere", is_flag=True, help="All objects that are called so, in every account and region.")
@click.option("--release", is_flag=True, help="Let go of what was adopted: take our tags off, and leave it as it is.")
@click.option("-o", "--output", metavar="FILE", type=FILE, callback=writable, help="Save the plan for `apply`.")
@click.pass_context
def command(
    ctx: click.Context,
    objects: tuple[str, ...],
    policy: str,
    form: str,
    name: str,
    place: str,
    everywhere: bool,
    release: bool,
    output: str | None,
) -> None:
    """Take over baselines, associations, windows and documents that somebody else made.

    Without OBJECT: list what there is that isn't ours, what it does, whose it is, and which object of the policy it could
    be, as the last `patchkeep discover` saw it. With OBJECT (an id or a name): plan its adoption. Nothing is written before
    `patchkeep apply FILE`, and that only puts two tags on; what the policy would change of it is shown, and is in the next
    `patchkeep plan`, as a change and not as a second object.

    What another tool or policy manages is refused. Exit status 3 when a plan was made, 0 after a list.
    """
    from patchkeep.work import adopt
    from patchkeep.work.adopt import Wish
    from patchkeep.work.offers import adopted, offers

    listing = objects in {(), ("list",)}
    if listing and (release or name):
        raise click.UsageError("Name the object, by its id or its name: `patchkeep adopt` lists them.")
    with opened(ctx, policy) as house:
        assessment = latest(house)
        if listing:
            _list(offers(assessment, house.services), adopted(assessment.estate), assessment, form)
            return
        wish = Wish(objects, place, name, everywhere)
        made = (adopt.release if release else adopt.adopt)(assessment, house.services, house.aws.caller().arn, wish)
        house.store.plans.save(made)
    _show_plan(made, output, form)
    ctx.exit(3)


def _show_plan(made: Plan, output: str | None, form: str) -> None:
    from patchkeep.cli import _settings, show
    from patchkeep.cli._words import brief

    written = show.document("plan", {"plan": show.plain(made)})
    if output:
        save(output, written + "\n", private=True)
    if form == "json":
        click.echo(written)
        return
    show.heading(f"Plan {made.id}")
    show.paragraph(f"made {made.made_at:%Y-%m-%d %H:%M %Z} by {brief(made.author)} from snapshot {made.snapshot_id[:12]}")
    _settings.every(made.settings)
    if output:
        show.say(f"\nSaved as {output}.")
        show.following(f"patchkeep apply {output}")
    else:
        show.say("\nNot saved. To carry it out, say it again with -o FILE")


def _list(found: tuple[Offer, ...], ours: tuple[Existing, ...], assessment: Assessment, form: str) -> None:
    from patchkeep.cli import show

    if form == "json":
        show.as_json(
            "adopt",
            {
                "snapshot": assessment.snapshot.id,
                "taken_at": assessment.snapshot.taken_at,
                "offers": [_offer_as_json(offer) for offer in found],
                "adopted": [show.plain(existing) for existing in ours],
                "gaps": [show.plain(gap) for gap in assessment.snapshot.gaps],
            },
        )
        return
    possible = [offer for offer in found if offer.possible]
    refused = [offer for offer in found if not offer.possible]
    show.heading(f"{len(found)} objects are not ours: {len(possible)} could be adopted, {len(refused)} could not; {len(ours)} were.")
    _section("Could be adopted", possible)
    _section("Cannot be adopted", refused)
    _adopted(ours)
    if gaps := len(assessment.snapshot.gaps):
        show.paragraph(f"\n{gaps} places were not looked at, and may hold more: see `patchkeep doctor`.", hang=2)
    if possible:
        show.say()
        show.following(f"patchkeep adopt {possible[0].existing.id} -o adopt.json")


def _offer_as_json(offer: Offer) -> dict[str, object]:
    from patchkeep.cli import show

    candidates = [{**show.plain(candidate), "exact": candidate.exact, "differs": candidate.differs} for candidate in offer.candidates]
    facts = {"does": offer.does, "owner": offer.owner, "refused": offer.refused}
    return {"object": show.plain(offer.existing), **facts, "candidates": candidates}


def _section(title: str, found: Iterable[Offer]) -> None:
    """Objects alike once, with their places and ids."""
    from patchkeep.cli import show
    from patchkeep.cli._words import listing, places
    from patchkeep.domain.wording import printable

    alike: dict[tuple[object, ...], list[Offer]] = {}
    for offer in found:
        serves = tuple(_serves(candidate) for candidate in offer.candidates)
        alike.setdefault((offer.existing.kind, offer.existing.name, offer.does, offer.owner, offer.refused, serves), []).append(offer)
    if alike:
        show.heading(f"\n{title}")
    for group in alike.values():
        first = group[0]
        existing = first.existing
        show.say(f"  {existing.kind} {printable(existing.name)}")
        ids = [offer.existing.id for offer in group if offer.existing.id != offer.existing.name]
        where = places(offer.existing.target for offer in group)
        show.paragraph(f"{where}{': ' if ids else ''}{listing(ids, 2)}", indent=4, hang=6)
        show.paragraph(first.does, indent=4, hang=6)
        if first.owner:
            show.paragraph(f"owner: {first.owner}", indent=4, hang=6)
        if first.refused:
            show.paragraph(f"no: {first.refused}", indent=4, hang=6)
        for candidate in first.possible:
            show.paragraph(f"-> {_serves(candidate)}", indent=4, hang=7)


def _serves(candidate: Candidate) -> str:
    if candidate.exact:
        return f"{candidate.name}: as the policy wants it"
    return f"{candidate.name}: differs in {', '.join(candidate.differs)}" if not candidate.blocked else candidate.blocked


def _adopted(ours: Iterable[Existing]) -> None:
    from patchkeep.cli import show
    from patchkeep.domain.setting import OWN_NAME

    ours = tuple(ours)
    if ours:
        show.heading("\nAdopted")
    for existing in ours:
        own = existing.fields[OWN_NAME]
        called = f", called {own} there" if own and own != existing.name else ""
        place = f"{existing.target.account} {existing.target.region}"
        show.paragraph(f"{existing.kind} {existing.name}: {existing.id}{called}, in {place}", indent=2, hang=4)
