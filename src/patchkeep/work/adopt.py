"""Plans by which what others made comes under our ownership, and out of it again. Pure; `apply` carries them out.

Such a plan puts two tags on, or takes them off, and changes nothing else: what an adopted object should become is in the next
ordinary plan, where it stands as a change and not as a second object. So there is no half of an adoption, and a crash loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import fingerprint
from patchkeep.domain.plan import Plan, plan_id
from patchkeep.domain.setting import OWN_NAME, Action, Estate, Setting
from patchkeep.services import Adoption, Service, adopt_calls, release_calls
from patchkeep.work.assess import Assessment
from patchkeep.work.offers import Candidate, Offer, adopted, adoption_of, as_ours, at, offers, refusal, taken
from patchkeep.work.plan import PlanRefused, refuse_old, unread_places

FEW = 5  # names in a sentence
PREDEFINED = ("AWS-", "arn:")  # how AWS's own baselines are called and named
TAGS_ALONE = "adopting puts two tags on and changes nothing else"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for: objects by id or name, in one place or wherever they are, and which object of the policy they are to be."""

    objects: tuple[str, ...]
    place: str = ""  # "111122223333/eu-central-1", or an account alone
    name: str = ""
    everywhere: bool = False  # take all that bear the name, in all accounts and regions


def adopt(assessment: Assessment, services: Mapping[str, Service], author: str, wish: Wish) -> Plan:
    """A plan that makes the objects ours; raises PlanRefused with a sentence for each that cannot be."""
    refuse_old(assessment)
    found, wrong = _all_found(wish, offers(assessment, services), assessment.estate)
    settings: list[Setting] = []
    unread = unread_places(assessment, services)
    for offer in found:
        chosen = _chosen(offer, wish.name)
        if gap := unread.get(offer.existing.target):  # what goes by the object, or manages it, may be in what was not read
            wrong.append(f"{_called(offer.existing)}: {gap.service} of its account and region not read: {gap.reason}")
        elif isinstance(chosen, str):
            wrong.append(f"{_called(offer.existing)}: {chosen}")
        else:
            settings.append(_adopting(offer.existing, chosen, services, assessment.estate, assessment.assets))
    wrong += _twice(settings)
    return _plan(assessment, author, settings, wrong)


def release(assessment: Assessment, services: Mapping[str, Service], author: str, wish: Wish) -> Plan:
    """A plan that takes our tags off what was adopted; raises PlanRefused."""
    refuse_old(assessment)
    settings: list[Setting] = []
    wrong: list[str] = []
    for asked in wish.objects:
        there = [e for e in adopted(assessment.estate) if _means(asked, e, wish.place)]
        if not there or (len(there) > 1 and not wish.everywhere):
            wrong.append(_not_one(asked, there) if there else f"{asked}: nothing that was adopted is called so; `patchkeep adopt` lists it")
            continue
        settings += (_releasing(existing, services, assessment.estate) for existing in there)
    return _plan(assessment, author, settings, wrong)


def left(planned: Setting, estate: Estate, services: Mapping[str, Service]) -> Setting | None:
    """What is still to do about a setting of such a plan, by what is there now; None: nothing. Blocked: it cannot be done any more."""
    service = services[planned.service]
    existing = next((e for e in estate.present(planned.service, planned.target) if e.id == planned.existing_id), None)
    adoption = adoption_of(existing, services) if existing else None
    if existing is None or adoption is None:
        return _blocked(planned, f"{planned.kind} {planned.existing_id} is not there any more")
    ours = existing.owner == estate.ownership
    if planned.action is Action.RELEASE:
        return _releasing(existing, services, estate) if ours else None
    if ours and existing.name == planned.name:
        return None
    here = at(estate, planned.target)
    why = "it is ours already, as another object" if ours else refusal(existing, adoption)
    if not why and taken(existing, planned.name, here):
        why = f"{planned.kind} {planned.name} is there by now"
    if why:
        return _blocked(planned, why)
    closing = as_ours(existing, planned.name, service, here)
    candidate = Candidate(planned.name, closing.was, closing.becomes) if closing else Candidate(planned.name)
    return _adopting(existing, candidate, services, estate, ())


def _blocked(planned: Setting, why: str) -> Setting:
    return replace(planned, action=Action.BLOCKED, calls=(), notes=(why,))


def _all_found(wish: Wish, there: Sequence[Offer], estate: Estate) -> tuple[list[Offer], list[str]]:
    """The offers that were asked for, and a sentence for each word that means none, or several."""
    found: list[Offer] = []
    wrong: list[str] = []
    for asked in dict.fromkeys(wish.objects):
        meant = [offer for offer in there if _means(asked, offer.existing, wish.place)]
        if not meant:
            wrong.append(_no_such(asked, wish.place, there, estate))
        elif len(meant) > 1 and not wish.everywhere:
            wrong.append(_not_one(asked, [offer.existing for offer in meant]))
        else:
            found += (offer for offer in meant if offer not in found)
    return found, wrong


def _means(asked: str, existing: Existing, place: str) -> bool:
    here = {str(existing.target.account), f"{existing.target.account}/{existing.target.region}"}
    return asked in {existing.id, existing.name, existing.fields.get(OWN_NAME)} and (not place or place in here)


def _no_such(asked: str, place: str, there: Iterable[Offer], estate: Estate) -> str:
    where = f" in {place}" if place else ""
    if asked.startswith(PREDEFINED) or any(_is_predefined(asked, existing) for existing in estate.objects):
        return f"{asked}: AWS's own baselines can be neither tagged nor changed: copy what it says into the policy's baselines"
    if any(_means(asked, existing, place) and existing.owner == estate.ownership for existing in estate.objects):
        return f"{asked}: it is ours already"
    near = get_close_matches(asked, {name for offer in there for name in (offer.existing.name, offer.existing.id)}, 1)
    hint = f"did you mean {near[0]}?" if near else "`patchkeep adopt` lists what there is, as of the last discover"
    return f"{asked}: nothing that could be adopted is called so{where}; {hint}"


def _is_predefined(asked: str, existing: Existing) -> bool:
    """Among the objects of a predefined baseline there are only its patch groups."""
    return existing.kind.endswith("predefined baseline") and asked in {existing.name, existing.name.rpartition("/")[2]}


def _not_one(asked: str, there: Sequence[Existing]) -> str:
    named = ", ".join(f"{e.id} in {e.target.account}/{e.target.region}" for e in there[:FEW])
    more = f" and {len(there) - FEW} more" if len(there) > FEW else ""
    return f"{asked}: {len(there)} are called so ({named}{more}): say which with --in ACCOUNT/REGION or by id, or --all"


def _chosen(offer: Offer, name: str) -> Candidate | str:
    """Which object of the policy it becomes, or why that cannot be told."""
    if offer.refused:
        return offer.refused
    if name:
        found = next((candidate for candidate in offer.candidates if candidate.name == name), None)
        if found is None:
            return f"it cannot be {name}; it could be {_names(offer.possible)}"
        return found.blocked or found
    if len(offer.possible) > 1:
        return f"it could be {_names(offer.possible)}: say which with --as"
    return offer.possible[0]


def _names(candidates: Sequence[Candidate]) -> str:
    return " or ".join(candidate.name for candidate in candidates)


def _twice(settings: Iterable[Setting]) -> Iterator[str]:
    """Two objects of one place that would be the same one of the policy."""
    seen: dict[tuple[Target, str, str], Setting] = {}
    for setting in settings:
        first = seen.setdefault((setting.target, setting.kind, setting.name), setting)
        if first is not setting:
            yield f"{first.existing_id} and {setting.existing_id} cannot both be {setting.name} in {setting.target}"


def _called(existing: Existing) -> str:
    return f"{existing.kind} {existing.name} ({existing.id}) in {existing.target.account}/{existing.target.region}"


def _adopting(
    existing: Existing, candidate: Candidate, services: Mapping[str, Service], estate: Estate, assets: Iterable[Asset]
) -> Setting:
    """The setting that makes it ours. `was` and `becomes`: what the next plan would change of it."""
    adoption = services[existing.service].adoption
    assert adoption is not None  # noqa: S101 - only what can be adopted is offered
    calls = adopt_calls(adoption, existing, estate.ownership, candidate.name)
    notes = (*_said(existing, candidate, adoption, assets), *candidate.notes)
    place = (existing.service, existing.kind, existing.target, candidate.name)
    before, identity = fingerprint(existing.fields), _identity(existing, Action.ADOPT)
    return Setting(identity, Action.ADOPT, *place, existing.id, before, candidate.was, candidate.becomes, calls, notes)


def _identity(existing: Existing, action: Action) -> str:
    return f"s-{fingerprint([existing.service, str(existing.target), existing.kind, existing.id, action])[:16]}"


def _said(existing: Existing, candidate: Candidate, adoption: Adoption, assets: Iterable[Asset]) -> Iterator[str]:
    """What a person should know before agreeing: who goes by it now, and what the next plan means for them."""
    kept = "" if existing.name == existing.id else f" It keeps its name, {existing.name}."
    if candidate.exact:
        yield f"{existing.id} is as the policy wants it: {TAGS_ALONE}.{kept}"
    else:
        yield f"{existing.id} differs: {TAGS_ALONE}; the next `patchkeep plan` brings it to what stands here.{kept}"
    takers = [asset.name for asset in assets if asset.target == existing.target and adoption.takes(existing, asset)]
    them = "1 node" if len(takers) == 1 else f"{len(takers)} nodes"
    if takers:
        named = f"{', '.join(takers[:FEW])}{f' and {len(takers) - FEW} more' if len(takers) > FEW else ''}"
        yield f"{them} {'goes' if len(takers) == 1 else 'go'} by it now: {named}"
    if not candidate.exact:
        for change in adoption.changes(existing.fields, candidate.becomes):
            yield f"then, for {them}: {change}" if takers else f"then: {change}"
    yield from _others(existing, candidate.becomes)
    if bears := [key for key in adoption.unsaid if existing.fields.get(key)]:
        yield f"it says {', '.join(bears)}, which nothing of ours says: its first change may drop that, and until then it holds"


def _others(existing: Existing, becomes: Mapping[str, object]) -> Iterator[str]:
    """Patch groups of other people on the same baseline: they stay, and their nodes get what the policy says."""
    groups = existing.fields.get("PatchGroups", ())
    wanted = becomes.get("PatchGroups", groups)
    theirs = [group for group in groups if isinstance(wanted, Collection) and group not in wanted]
    if theirs:
        yield f"patch groups {', '.join(theirs)} are not the policy's: they stay registered with it, and their nodes take it as it will be"


def _releasing(existing: Existing, services: Mapping[str, Service], estate: Estate) -> Setting:
    adoption = services[existing.service].adoption
    assert adoption is not None  # noqa: S101 - only what can be adopted was
    service = services[existing.service]
    empty = replace(at(estate, existing.target), objects=())
    wanted = [s.name for s in service.settings(empty)] if service.settings else []
    notes = [f"{existing.id} stays as it is now, and is nobody's: no plan changes or removes it any more"]
    if existing.name in wanted:
        notes.append(f"the policy still wants {existing.name}: the next plan makes one beside it, unless you change the policy")
    place = (existing.service, existing.kind, existing.target, existing.name, existing.id)
    calls = release_calls(adoption, existing)
    identity = _identity(existing, Action.RELEASE)
    return Setting(identity, Action.RELEASE, *place, before=fingerprint(existing.fields), calls=calls, notes=tuple(notes))


def _plan(assessment: Assessment, author: str, settings: Iterable[Setting], wrong: Sequence[str]) -> Plan:
    if wrong:
        raise PlanRefused(tuple(wrong))
    made = Plan(
        id="",
        made_at=assessment.now,
        author=author,
        organization_id=assessment.snapshot.organization_id,
        snapshot_id=assessment.snapshot.id,
        policy_hash=assessment.policy.hash,
        policy_name=assessment.policy.name,
        settings=tuple(sorted(settings, key=lambda setting: (setting.target, setting.kind, setting.name))),
        gaps=assessment.snapshot.gaps,
    )
    return replace(made, id=plan_id(made))
