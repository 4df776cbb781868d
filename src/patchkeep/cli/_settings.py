"""A plan's settings as text: equal ones of many places together, or each with its exact calls."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from patchkeep.cli import show
from patchkeep.cli._words import places, plural
from patchkeep.domain.frozen import Frozen, thaw
from patchkeep.domain.setting import Action
from patchkeep.domain.wording import printable

if TYPE_CHECKING:
    from patchkeep.domain.setting import Setting

_ID = re.compile(r"(?:[a-z]{1,4}-[0-9a-f]{8,}|arn:\S+)")
_HASH = re.compile(r"[0-9a-f]{40,}")
FIELDS = 6  # indent of what a setting says of itself


def grouped(settings: tuple[Setting, ...]) -> None:
    """Settings by kind; equal ones once, with the accounts and regions where they are made, and what they would become."""
    _counts(settings)
    alike: dict[Any, list[Setting]] = {}
    for setting in settings:
        alike.setdefault(_likeness(setting), []).append(setting)
    kind = ""
    for group in sorted(alike.values(), key=lambda group: (group[0].kind, group[0].name, list(Action).index(group[0].action))):
        first = group[0]
        if first.kind != kind:
            kind = first.kind
            show.heading(f"\n{kind}")
        _group(group)
    calls = Counter((call.service, call.operation) for setting in settings for call in setting.calls)
    if calls:
        from patchkeep.permissions.actions import action  # it reads botocore's models

        named = ", ".join(f"{number} {action(*call)}" for call, number in calls.most_common())
        show.say()
        show.paragraph(f"{plural(calls.total(), 'call')}: {named}. --calls shows each.", hang=2)


def _counts(settings: tuple[Setting, ...]) -> None:
    if not settings:
        show.heading("\nSettings: no changes")
        return
    accounts = len({setting.target.account for setting in settings})
    regions = len({setting.target for setting in settings})
    actions = Counter(setting.action for setting in settings)
    named = ", ".join(f"{actions[action]} {action}" for action in Action if actions[action])
    show.heading(f"\nSettings: {named}, in {plural(accounts, 'account')}, {plural(regions, 'account-region')}")


def _likeness(setting: Setting) -> tuple[str, ...]:
    """Settings that say the same, whichever ids they say it of."""
    fields = json.dumps([_without_ids(thaw(setting.was)), _without_ids(thaw(setting.becomes))], default=str)
    notes = "\n".join(_ID.sub("…", note) for note in setting.notes)
    return setting.action, setting.kind, setting.name, fields, notes if setting.action == Action.BLOCKED else ""


def _without_ids(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_ids(item) for key, item in value.items()}
        case list() if value and all(isinstance(item, str) and _ID.fullmatch(item) for item in value):
            return "ids"
        case list():
            return [_without_ids(item) for item in value]
        case str():
            return _ID.sub("…", value)
        case _:
            return value


def _group(group: list[Setting]) -> None:
    first = group[0]
    regions = {setting.target for setting in group}
    where = places(regions) if len(regions) < len(group) + 1 else ""
    click.echo(f"  {click.style(f'{first.action:<7}', fg=show.COLOURS.get(first.action))} {printable(first.name)}")
    show.paragraph(where, indent=FIELDS - 2, hang=FIELDS)
    _fields(first, [setting.becomes for setting in group])
    _notes([note for setting in group for note in setting.notes])


def _notes(notes: Iterable[str]) -> None:
    """Each note once; those that differ in a number or an id once, with their number."""
    alike: dict[str, list[str]] = {}
    for note in dict.fromkeys(notes):
        alike.setdefault(re.sub(r"\d+", "#", _ID.sub("#", note)), []).append(note)
    for those in alike.values():
        more = f" (and {len(those) - 1} like it)" if len(those) > 1 else ""
        show.paragraph(f"note: {those[0]}{more}", indent=FIELDS, hang=FIELDS + 2)


def _fields(setting: Setting, becomes: list[Frozen]) -> None:
    """What the setting would be: changes a line each, a new object's fields one after the other, empty ones left out."""
    texts = {key: _brief_of([each.get(key) for each in becomes]) for key in setting.becomes}
    if setting.action in {Action.CHANGE, Action.ADOPT}:
        for key, text in texts.items():
            was, now = _changing(setting.was.get(key)), "no" if setting.becomes.get(key) is False else text or "nothing"
            show.paragraph(f"{key}: {was} -> {now}", indent=FIELDS, hang=FIELDS + 2)
    else:
        show.paragraph("; ".join(f"{key}: {text}" for key, text in texts.items() if text), indent=FIELDS, hang=FIELDS)


def _changing(value: Any) -> str:
    """A value that becomes another: what is switched off is said, where a new object's fields leave it out."""
    return "no" if value is False else _brief(value) or "nothing"


def _brief_of(values: list[Any]) -> str:
    """One value for all of a group; lists of ids as their number."""
    if all(isinstance(value, list | tuple) and value and all(_ID.fullmatch(str(item)) for item in value) for value in values):
        ids = [item for value in values for item in value]
        return f"{len(ids)} ids" if len(ids) > 2 else ", ".join(ids)
    return _brief(values[0])


def _brief(value: Any) -> str:
    """A value of AWS as words: {"Key": "SEVERITY", "Values": ["Critical"]} is SEVERITY=Critical."""
    match value:
        case Mapping() if set(value) == {"Key", "Values"}:
            return f"{value['Key']}={'|'.join(map(str, value['Values']))}"
        case Mapping() if set(value) == {"Key", "Value"}:
            return f"{value['Key']}={value['Value']}"
        case Mapping() if len(value) == 1:
            return _brief(next(iter(value.values())))
        case Mapping():
            return ", ".join(_named(key, item) for key, item in value.items() if _brief(item))
        case list() | tuple():
            joint = " + " if any(isinstance(item, Mapping) and len(item) > 2 for item in value) else ", "
            return joint.join(_brief(item) for item in value)
        case bool():
            return "yes" if value else ""
        case str() if _HASH.fullmatch(value):
            return f"{value[:12]}…"
        case None:
            return ""
        case _:
            return str(value)


def _named(key: str, value: Any) -> str:
    return _brief(value) if isinstance(value, Mapping) else f"{key} {_brief(value)}"


def every(settings: Iterable[Setting]) -> None:
    """Each setting in its place with the calls as `aws` would be typed, whole."""
    settings = tuple(settings)
    _counts(settings)
    place = None
    for setting in settings:
        if setting.target != place:
            place = setting.target
            show.heading(f"\n{place.account} {place.region}")
        click.echo(f"  {click.style(f'{setting.action:<7}', fg=show.COLOURS.get(setting.action))} {setting.kind} {printable(setting.name)}")
        _fields(setting, [setting.becomes])
        _notes(setting.notes)
        for call in setting.calls:
            params = shlex.quote(json.dumps(thaw(call.params), ensure_ascii=False))
            operation = call.operation.replace("_", "-")
            click.echo(f"      $ aws {call.service} {operation} --region {setting.target.region} --cli-input-json {params}")
