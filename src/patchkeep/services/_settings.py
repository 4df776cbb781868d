"""How wanted and existing objects become settings: one comparison for every kind of object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Call, Target
from patchkeep.domain.frozen import NOTHING, Frozen, fingerprint
from patchkeep.domain.setting import MANAGED_BY, OWN_NAME, OWNER_TAG, SERVES_TAG, Action, Setting, Wanted
from patchkeep.services._managers import manager_in


@dataclass(frozen=True, slots=True)
class Ways:
    """The calls that make, alter and remove one kind of object."""

    service: str
    create: Callable[[Wanted], Sequence[Call]]
    change: Callable[[Wanted, Existing], Sequence[Call]]
    delete: Callable[[Existing], Sequence[Call]]


def differences(ways: Ways, wanted: Iterable[Wanted], present: Iterable[Existing], ownership: str) -> tuple[Setting, ...]:
    """Settings for everything wanted that is absent or different, and for everything of ours that nobody wants any more.

    Only objects that bear our ownership are compared; one of another owner under the same name blocks its setting.
    """
    wanted = tuple(wanted)
    present = tuple(present)
    mine = sorted((e for e in present if e.owner == ownership), key=lambda e: e.id, reverse=True)
    ours = {(e.target, e.kind, e.name): e for e in mine}
    foreign = {(e.target, e.kind, e.name): e for e in present if e.owner != ownership}
    settings = [s for w in wanted if (s := _closing(ways, w, ours.get(_key(w)), foreign.get(_key(w))))]
    names = {_key(w) for w in wanted}
    settings += [_removing(ways, existing) for key, existing in ours.items() if key not in names]
    settings += [_second(ways, existing, first) for existing in mine if (first := ours[_key(existing)]) is not existing]
    return tuple(sorted(settings, key=lambda setting: (setting.target, setting.kind, setting.name)))


def _key(wanted: Wanted | Existing) -> tuple[Target, str, str]:
    return (wanted.target, wanted.kind, wanted.name)


def setting_id(service: str, target: Target, kind: str, name: str) -> str:
    return f"s-{fingerprint([service, str(target), kind, name])[:16]}"


def _closing(ways: Ways, wanted: Wanted, ours: Existing | None, foreign: Existing | None) -> Setting | None:
    identity = setting_id(ways.service, wanted.target, wanted.kind, wanted.name)
    place = (ways.service, wanted.kind, wanted.target, wanted.name)
    if ours is not None:
        was, becomes = _difference(ours.fields, wanted.fields)
        if not becomes:
            return None
        calls = tuple(ways.change(wanted, ours))
        return Setting(identity, Action.CHANGE, *place, ours.id, fingerprint(ours.fields), was, becomes, calls, wanted.notes)
    if foreign is not None:
        whose = f"owned by {foreign.owner}" if foreign.owner else "not made by Patchkeep (see `patchkeep adopt`)"
        return blocked(ways.service, wanted, f"{wanted.kind} {wanted.name} is there already and {whose}: left as it is", foreign)
    return Setting(identity, Action.CREATE, *place, "", "", NOTHING, wanted.fields, tuple(ways.create(wanted)), wanted.notes)


def blocked(service: str, wanted: Wanted, why: str, existing: Existing | None = None) -> Setting:
    """Something the policy wants and that is not done, with the sentence that says why."""
    identity = setting_id(service, wanted.target, wanted.kind, wanted.name)
    found = (existing.id, fingerprint(existing.fields)) if existing else ("", "")
    return Setting(identity, Action.BLOCKED, service, wanted.kind, wanted.target, wanted.name, *found, notes=(why, *wanted.notes))


def _difference(was: Frozen, becomes: Frozen) -> tuple[Frozen, Frozen]:
    """The wanted fields that differ, as they are and as they should be."""
    keys = [key for key in becomes if was.get(key) != becomes[key]]
    return Frozen({key: was.get(key) for key in keys}), Frozen({key: becomes[key] for key in keys})


def _second(ways: Ways, existing: Existing, first: Existing) -> Setting:
    """Somebody copied our tags: which of the two is meant cannot be known, and the second is neither changed nor removed."""
    identity = setting_id(ways.service, existing.target, existing.kind, f"{existing.name} {existing.id}")
    place = (ways.service, existing.kind, existing.target, existing.name, existing.id, fingerprint(existing.fields))
    why = f"{existing.id} bears our mark as {existing.name}, and so does {first.id}: take the tags off one of them, or delete it"
    return Setting(identity, Action.BLOCKED, *place, notes=(why,))


def _removing(ways: Ways, existing: Existing) -> Setting:
    identity = setting_id(ways.service, existing.target, existing.kind, existing.name)
    place = (ways.service, existing.kind, existing.target, existing.name)
    before = fingerprint(existing.fields)
    notes = (
        (f"was adopted: `patchkeep adopt {existing.id} --release` lets go of it and leaves it there",)
        if OWN_NAME in existing.fields
        else ()
    )
    return Setting(identity, Action.DELETE, *place, existing.id, before, existing.fields, calls=tuple(ways.delete(existing)), notes=notes)


def owner_tags(ownership: str) -> list[dict[str, str]]:
    """Our mark in the form that SSM's create calls take."""
    return [{"Key": OWNER_TAG, "Value": ownership}]


@dataclass(frozen=True, slots=True)
class Marks:
    """What an object's tags say of it: its owner ("" for nobody of ours), the name we know it by, and fields to be kept of that."""

    owner: str
    name: str
    fields: Mapping[str, Any]


def marks_of(tags: Iterable[Mapping[str, str]], name: str) -> Marks:
    """`name`: the object's own, "" where it has none. What was adopted goes by the name in its tag, whatever its own is."""
    borne = {tag["Key"]: tag["Value"] for tag in tags}
    adopted = {OWN_NAME: name} if SERVES_TAG in borne and OWNER_TAG in borne else {}
    managed = {MANAGED_BY: manager} if (manager := manager_in(borne, name)) else {}
    return Marks(borne.get(OWNER_TAG, ""), borne[SERVES_TAG] if adopted else name, {**adopted, **managed})


def own_name(wanted: Wanted, existing: Existing) -> str:
    """The name that an object has in AWS: what was adopted keeps its own."""
    return str(existing.fields.get(OWN_NAME, wanted.name))
