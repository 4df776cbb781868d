"""What exists that is not ours, what it does and for whom, and which object of the policy it could be. Pure.

How an object would differ is found by asking its service as if it were ours already: one comparison for planning and for adopting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from patchkeep.domain.asset import Asset, Existing
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.setting import MANAGED_BY, OWN_NAME, Action, Estate, Setting
from patchkeep.services import Adoption, Service, setting_id
from patchkeep.work.assess import Assessment


@dataclass(frozen=True, slots=True)
class Candidate:
    """One object of the policy that an existing one could be, and what the next plan would then change of it."""

    name: str
    was: Frozen = NOTHING
    becomes: Frozen = NOTHING
    notes: tuple[str, ...] = ()
    blocked: str = ""  # why it cannot be that one

    @property
    def exact(self) -> bool:
        return not self.becomes and not self.blocked

    @property
    def differs(self) -> tuple[str, ...]:
        """The fields that differ, as AWS spells them."""
        return tuple(self.becomes)


@dataclass(frozen=True, slots=True)
class Offer:
    """One object that is not ours. `refused`: why it cannot be adopted; "" where it can. Candidates: the likest first."""

    existing: Existing
    does: str
    owner: str  # who manages it, as far as its tags tell; "" for nobody that they name
    refused: str
    candidates: tuple[Candidate, ...]

    @property
    def possible(self) -> tuple[Candidate, ...]:
        return () if self.refused else tuple(candidate for candidate in self.candidates if not candidate.blocked)


def offers(assessment: Assessment, services: Mapping[str, Service]) -> tuple[Offer, ...]:
    """Everything that could bear our mark and doesn't, by account, region and kind."""
    estate = assessment.estate
    places = _by_place(estate)
    found = (
        _offer(existing, adoption, services[existing.service], places[existing.target])
        for existing in estate.objects
        if existing.owner != estate.ownership and (adoption := adoption_of(existing, services))
    )
    return tuple(sorted(found, key=lambda offer: (offer.existing.target, offer.existing.kind, offer.existing.name, offer.existing.id)))


def adopted(estate: Estate) -> tuple[Existing, ...]:
    """What somebody else made and is ours now."""
    return tuple(existing for existing in estate.objects if existing.owner == estate.ownership and OWN_NAME in existing.fields)


def adoption_of(existing: Existing, services: Mapping[str, Service]) -> Adoption | None:
    service = services.get(existing.service)
    adoption = service.adoption if service else None
    return adoption if adoption and existing.kind in adoption.kinds else None


def at(estate: Estate, target: Target) -> Estate:
    """The part of the estate in one account and region."""
    members = {name: tuple(asset for asset in assets if asset.target == target) for name, assets in estate.members.items()}
    return replace(estate, members=members, objects=tuple(existing for existing in estate.objects if existing.target == target))


def _by_place(estate: Estate) -> dict[Target, Estate]:
    """The part of the estate in each account and region where there is an object, in one pass."""
    objects: dict[Target, list[Existing]] = {}
    members: dict[Target, dict[str, list[Asset]]] = {}
    for existing in estate.objects:
        objects.setdefault(existing.target, []).append(existing)
    for name, assets in estate.members.items():
        for asset in assets:
            members.setdefault(asset.target, {}).setdefault(name, []).append(asset)
    return {
        target: replace(estate, members={name: tuple(found) for name, found in members.get(target, {}).items()}, objects=tuple(those))
        for target, those in objects.items()
    }


def _offer(existing: Existing, adoption: Adoption, service: Service, here: Estate) -> Offer:
    found = tuple(candidates(existing, adoption, service, here))
    why = refusal(existing, adoption)
    if not why and not found:
        why = f"the policy wants no {existing.kind} here that it could be"
    elif not why and all(candidate.blocked for candidate in found):
        why = found[0].blocked
    ranked = sorted(found, key=lambda candidate: (bool(candidate.blocked), len(candidate.becomes), candidate.name))
    owner = existing.fields.get(MANAGED_BY, "") or (f"Patchkeep policy {existing.owner}" if existing.owner else "")
    return Offer(existing, adoption.does(existing), owner, why, tuple(ranked))


def refusal(existing: Existing, adoption: Adoption) -> str:
    """Why it may not be adopted, whatever the policy wants (RULES 3, 13); "" where it may."""
    if existing.owner:
        return f"it belongs to another Patchkeep policy ({existing.owner}): release it there first"
    if manager := existing.fields.get(MANAGED_BY):
        return f"it is managed by {manager}: change it there, or take that mark off once nothing manages it any more"
    return adoption.bars(existing)


def candidates(existing: Existing, adoption: Adoption, service: Service, here: Estate) -> Iterator[Candidate]:
    """The wanted objects that it may become, each with what would differ."""
    if service.settings is None:
        return
    wanted = [setting for setting in service.settings(replace(here, objects=())) if setting.action is Action.CREATE]
    for setting in wanted:
        if setting.kind == existing.kind and adoption.serves(existing, setting):
            yield _candidate(existing, setting.name, service, here)


def _candidate(existing: Existing, name: str, service: Service, here: Estate) -> Candidate:
    if ours := taken(existing, name, here):
        return Candidate(name, blocked=f"{existing.kind} {name} is there already and ours ({ours.id}): one of the two must go first")
    closing = as_ours(existing, name, service, here)
    if closing is None:
        return Candidate(name)
    if closing.action is not Action.CHANGE:
        return Candidate(name, blocked="; ".join(closing.notes) or f"the policy does not want {name}")
    return Candidate(name, closing.was, closing.becomes, closing.notes)


def taken(existing: Existing, name: str, here: Estate) -> Existing | None:
    """What is ours already under that name; else nothing."""
    names = ((e, (e.owner, e.kind, e.name)) for e in here.objects if e.target == existing.target and e.id != existing.id)
    return next((e for e, identity in names if identity == (here.ownership, existing.kind, name)), None)


def as_ours(existing: Existing, name: str, service: Service, here: Estate) -> Setting | None:
    """What planning would do to the object if it were ours under that name; None: nothing."""
    own = "" if existing.name == existing.id else existing.name
    mine = replace(existing, owner=here.ownership, name=name, fields=Frozen(existing.fields, **{OWN_NAME: own}))
    others = (e for e in here.objects if (e.service, e.id) != (existing.service, existing.id))
    identity = setting_id(service.name, existing.target, existing.kind, name)
    settings: Iterable[Setting] = service.settings(replace(here, objects=(*others, mine))) if service.settings else ()
    return next((setting for setting in settings if setting.id == identity), None)
