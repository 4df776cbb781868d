"""`--only`: a pilot's accounts, units and tags, as they are typed; what matches nothing is refused with what there is."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from patchkeep.cli._completing import conditions

if TYPE_CHECKING:
    from patchkeep.work.assess import Assessment
    from patchkeep.work.plan import Only

FEW = 12  # of what there is that are named
only_option = click.option(
    "--only",
    default="",
    metavar="ou=...,account=...",
    help="A pilot: no more than what these match (ou, account, tag:KEY).",
    shell_complete=conditions,
)


def only_of(words: str) -> Only:
    """`--only ou=Workloads/Dev,account=111122223333` as a match; wrong keys are refused with what may stand there."""
    from patchkeep.domain.frozen import Frozen
    from patchkeep.domain.policy import Match
    from patchkeep.work.plan import Only

    given: dict[str, list[str]] = {"ou": [], "account": []}
    tags: dict[str, list[str]] = {}
    parts = tuple(part.strip() for part in words.split(",") if part.strip())
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or not value or not (key in given or key.startswith("tag:")):
            raise click.BadParameter(f"{part!r}: write ou=PATH, account=ID or tag:KEY=VALUE, joined by commas", param_hint="--only")
        if key == "account" and not (len(value) == 12 and value.isdigit()):
            raise click.BadParameter(f"{value!r} is not an account id: twelve digits", param_hint="--only")
        (given[key] if key in given else tags.setdefault(key.removeprefix("tag:"), [])).append(value)
    return Only(parts, Match(tuple(given["ou"]), tuple(given["account"]), Frozen(tags)))


def refuse_unmatched(only: Only, assessment: Assessment) -> None:
    """Each part of `--only` must match something, and all of them together, too: a misspelt pilot would look like nothing to do."""
    for why in _unmatched(only, assessment):
        raise click.BadParameter(why, param_hint="--only")


def _unmatched(only: Only, assessment: Assessment) -> Iterator[str]:
    units, accounts = _units(assessment), {account.id: account.name for account in assessment.snapshot.accounts}
    for unit in only.match.ous:
        if unit not in units:
            yield f"ou={unit} matches nothing; units there are: {_near(unit, sorted(units))}"
    for account in only.match.accounts:
        if account not in accounts:
            named = [f"{key} {name}".strip() for key, name in sorted(accounts.items())]
            yield f"account={account} matches nothing; accounts there are: {_near(account, named)}"
    for key, values in only.match.tags.items():
        borne = {asset.tags[key] for asset in assessment.assets if key in asset.tags}
        for value in values:
            if value not in borne:
                there = f"values there are: {_near(value, sorted(borne))}" if borne else f"no asset bears a tag {key}"
                yield f"tag:{key}={value} matches nothing; {there}"
    if only.words and not any(only.takes(asset) for asset in assessment.assets):
        yield f"no asset matches all of {', '.join(only.words)}"


def _units(assessment: Assessment) -> set[str]:
    """Every organizational unit with accounts in it or below it."""
    parts = [account.ou.split("/") for account in assessment.snapshot.accounts if account.ou]
    return {"/".join(path[:depth]) for path in parts for depth in range(1, len(path) + 1)}


def _near(word: str, there: list[str]) -> str:
    """What there is, the likeliest first."""
    from patchkeep.cli._words import listing

    near = get_close_matches(word, there, FEW, 0.3)
    return listing([*near, *(one for one in there if one not in near)], FEW)
