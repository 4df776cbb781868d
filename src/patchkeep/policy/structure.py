"""Is the file shaped as the models say? Every finding of pydantic as a place and a plain sentence, and the entries that are sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from patchkeep.domain.policy import PolicyError
from patchkeep.policy.mistakes import Wrong, kind, nearest
from patchkeep.policy.models import PolicyFile
from patchkeep.policy.nodes import Document, Loc
from patchkeep.policy.rules import WindowsKeys
from patchkeep.policy.section import Section

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Entry(Generic[M]):
    """One sound entry of a section: its key (or index), where it stands, and what it says."""

    key: str
    loc: Loc
    keys: M


@dataclass(frozen=True, slots=True)
class Shape:
    """A document with what is wrong with its shape."""

    document: Document
    errors: tuple[PolicyError, ...]
    bad: frozenset[Loc]  # beginnings (section, entry) of what could not be read
    file: PolicyFile | None = None  # the whole, where nothing is wrong with it

    def entries(self, section: str, model: type[M]) -> tuple[Entry[M], ...]:
        """The entries of a section that are sound; names and order as in the file."""
        if (section,) in self.bad:
            return ()
        sound = [
            (key, value)
            for key, value in self.document.entries(section)
            if (section, key) not in self.bad and not (section == "windows" and key == "by_tag")
        ]
        read = _entries_of(self.file, section) if self.file else (model.model_validate(value) for _, value in sound)
        return tuple(Entry(str(key), (section, key), keys) for (key, _), keys in zip(sound, read, strict=True))

    def whole(self, section: str, model: type[M]) -> M:
        """A section that is one map; its defaults where it is missing or unsound."""
        if self.file:
            read: M = getattr(self.file, section)
            return read
        found = self.document.tree.get(section, {}) if isinstance(self.document.tree, dict) else {}
        unsound = any(loc[:1] in {(), (section,)} for loc in self.bad)
        return model.model_validate({} if unsound else found)

    def names(self, section: str) -> tuple[str, ...]:
        """All names that a section gives, of unsound entries too: an error in one is not repeated at each mention."""
        return tuple(str(key) for key, _ in self.document.entries(section) if not (section == "windows" and key == "by_tag"))


def shape(document: Document) -> Shape:
    """Hold the document against the models."""
    try:
        file = PolicyFile.model_validate(document.tree)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return Shape(document, tuple(_translated(each, document) for each in found), frozenset(_real(each["loc"])[:2] for each in found))
    return Shape(document, (), frozenset(), file)


def _entries_of(file: PolicyFile, section: str) -> Iterable[Any]:
    """In the file's order."""
    match getattr(file, section):
        case WindowsKeys(model_extra=windows):
            return (windows or {}).values()
        case dict() as named:
            return named.values()
        case listed:
            return tuple(listed)


def _real(loc: tuple[int | str, ...]) -> Loc:
    """Pydantic marks an error in a key by a last element "[key]"."""
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _translated(error: ErrorDetails, document: Document) -> PolicyError:
    loc = _real(error["loc"])
    in_key = loc != error["loc"]
    key = next((part for part in reversed(loc) if isinstance(part, str)), "the policy")
    place = document.key(loc) if in_key else document.place(loc)
    value = error["input"]
    match error["type"]:
        case "value_error" if isinstance(wrong := error.get("ctx", {}).get("error"), Wrong):
            return PolicyError(place, wrong.what, wrong.fix or _like(loc))
        case "extra_forbidden":
            return PolicyError(document.key(loc), *_unknown(str(loc[-1]), model_at(loc[:-1])))
        case "missing":
            return PolicyError(document.key(loc[:-1]), *_missing(loc))
        case "bool_type":
            return PolicyError(place, f"`{key}` is true or false, not {kind(value)}.", "Write `true` or `false`, without quotes.")
        case "tuple_type":
            return PolicyError(place, f"`{key}` is a list, not {kind(value)}.", _list_like(loc))
        case "dict_type" | "model_type" | "model_attributes_type":
            return PolicyError(place, f"{_called(loc)} is a map of keys and values, not {kind(value)}.", _map_like(loc))
        case _:
            return PolicyError(place, f"`{key}`: {error['msg']}.", "")


def _called(loc: Loc) -> str:
    match loc:
        case ():
            return "A policy"
        case (*_, str(key)):
            return f"`{key}`"
        case _:
            return f"Each entry of `{next((part for part in reversed(loc) if isinstance(part, str)), 'the list')}`"


def _unknown(key: str, model: type[BaseModel] | None) -> tuple[str, str]:
    if model is None:
        return f"The key `{key}` is not known here.", "Remove it."
    later = model.LATER if issubclass(model, Section) else {}
    if key in later:
        return f"`{key}` arrives with {later[key]}.", "Remove it."
    known = known_keys(model)
    if key == "<<":
        return "Merging maps (<<) is no part of YAML 1.2.", "Write the keys out."
    if meant := nearest(key, known):
        return f"The key `{key}` is not known here.", f"Did you mean `{meant}`?"
    if key in PolicyFile.LATER or key in known_keys(PolicyFile):
        return f"The key `{key}` is not known here.", "It stands at the top of the file: indent it less."
    return f"The key `{key}` is not known here.", f"Known: {', '.join(known)}."


def _missing(loc: Loc) -> tuple[str, str]:
    example = f", for example `{loc[-1]}: {given}`" if (given := _example(loc)) else ""
    return f"{_called(loc[:-1])} lacks `{loc[-1]}`.", f"Add `{loc[-1]}`{example}."


def _list_like(loc: Loc) -> str:
    return f"Write it as in `{loc[-1]}: {given}`." if (given := _example(loc)) else "Begin each entry with `- `."


def _like(loc: Loc) -> str:
    """What to write where a value's reader cannot know, because it stands at many keys."""
    named = tuple(part for part in loc if isinstance(part, str))
    if named[-1:] == ("window",):
        return "Name a window of `windows`: write it there, and here its name."
    given = _example(loc[: loc.index(named[-1]) + 1]) if named else ""
    return f"Write it as in `{named[-1]}: {given}`." if given else ""


def _example(loc: Loc) -> str:
    """A sample value of the key at `loc`; "" where its model gives none."""
    model = model_at(loc[:-1])
    field = next((field for name, field in model.model_fields.items() if (field.alias or name) == loc[-1]), None) if model else None
    return str(field.examples[0]) if field and field.examples else ""


def _map_like(loc: Loc) -> str:
    model = model_at(loc)
    if model is None or not loc:
        return "Write `key: value` lines, indented below it."
    keys = ", ".join(f"`{key}`" for key in known_keys(model))
    return f"Write {keys} below it, indented." if keys else "Write `key: value` lines, indented below it."


def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """A model's keys as a file spells them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def model_at(loc: Loc) -> type[BaseModel] | None:
    """The model of the map at `loc`; None where there is none or it has no fixed keys."""
    found: Any = PolicyFile
    for part in loc:
        found = _inside(found, part)
    return _model_of(found)


def _inside(annotation: Any, part: str | int) -> Any:
    model = _model_of(annotation)
    if model is not None and isinstance(part, str):
        fields: Mapping[str, FieldInfo] = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            return fields[part].annotation
        named = get_type_hints(model).get("__pydantic_extra__")
        return get_args(named)[1] if named and model.model_config.get("extra") == "allow" else None
    for each in _flat(annotation):
        arguments = get_args(each)
        if get_origin(each) is dict and isinstance(part, str):
            return arguments[1]
        if get_origin(each) is tuple and isinstance(part, int):
            return arguments[0]
    return None


def _model_of(annotation: Any) -> type[BaseModel] | None:
    return next((each for each in _flat(annotation) if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _flat(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows, without Annotated and unions around them."""
    yield annotation
    origin = get_origin(annotation)
    if origin is not None and origin not in {dict, tuple}:
        for argument in get_args(annotation):
            yield from _flat(argument)
