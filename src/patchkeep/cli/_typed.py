"""Commands inside sentences as they must be typed here.

Under `sandbox run` the bare ones would go to the real AWS, and without the policy file that was named with --policy they would go by
another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from shlex import quote

import click

from patchkeep.cli import COMMANDS

PLAIN = "patchkeep"
OPTION = "--policy"
_ELSEWHERE = {"demo", "sandbox", "completion"}  # these never work on an organization that somebody chose
_VERBS = "|".join(sorted(set(COMMANDS) - _ELSEWHERE))
_COMMAND = re.compile(rf"(?<![\w./-]){PLAIN} (?P<verb>{_VERBS})\b(?P<under> [a-z][a-z-]*\b)?")
_ENDS = re.compile(rf"[`\n]|\b{PLAIN} ")  # of one command in a text


def typed(text: str, called: str, policy: str = "") -> str:
    """The text with `patchkeep VERB` as `called VERB`. `policy`: the file named with --policy, "" for none; it is named again."""
    if called == PLAIN and not policy:
        return text

    def as_here(found: re.Match[str]) -> str:
        verb, under = found["verb"], found["under"] or ""
        rest = _ENDS.split(text[found.end() :], maxsplit=1)[0]
        if not policy or OPTION in rest or not _takes_policy(verb, under.strip()):
            return f"{called} {verb}{under}"
        named = f" {OPTION} {quote(policy)}"
        return f"{called} {verb}{under}{named}" if isinstance(_command(verb), click.Group) else f"{called} {verb}{named}{under}"

    return _COMMAND.sub(as_here, text)


def given(arguments: Sequence[str]) -> str:
    """The policy file that a command line names; "" where it names none."""
    for number, word in enumerate(arguments):
        if word == OPTION:
            return next(iter(arguments[number + 1 :]), "")
        if word.startswith(f"{OPTION}="):
            return word.removeprefix(f"{OPTION}=")
    return ""


@cache
def _command(verb: str) -> click.Command | None:
    """Only asked for where a policy was named: to load commands takes its time."""
    from patchkeep.cli import patchkeep

    return patchkeep.get_command(click.Context(patchkeep), verb)


def _takes_policy(verb: str, under: str) -> bool:
    command = _command(verb)
    if isinstance(command, click.Group):
        command = command.commands.get(under)
    return command is not None and any(OPTION in parameter.opts for parameter in command.params)
