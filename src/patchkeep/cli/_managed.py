"""A plan's changes of managed resources as text: those alike together, with what goes on, what it disturbs, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from patchkeep.cli import show
from patchkeep.cli._words import brief, listing
from patchkeep.domain.asset import Disruption
from patchkeep.domain.undo import UNDO

if TYPE_CHECKING:
    from patchkeep.domain.asset import Asset, Update
    from patchkeep.domain.plan import Change, Ring

MACHINES = "commands"  # the service whose changes are of machines: the table of rings counts them
COPIES = {"snapshot": "snapshot first", "prepare green": "on a green copy, switched over to"}  # by step
_DISTURBS = {Disruption.NONE: "no disruption", Disruption.REPLACE: "is replaced"}
_ACTIONS, _NAMES = 2, 4  # that a line holds


def changes(rings: Iterable[Ring], assets: Mapping[str, Asset]) -> None:
    """A list per ring that changes something else than machines. `assets`: as it was planned on, by id."""
    rings = tuple(rings)
    names = {change.id: change.name for ring in rings for change in ring.changes}
    for ring in rings:
        alike: dict[tuple[str, ...], list[Change]] = {}
        for change in ring.changes:
            if change.service != MACHINES:
                alike.setdefault(_likeness(change, assets.get(change.asset)), []).append(change)
        if alike:
            show.heading(f"\nIn ring {ring.name}")
        for (what, how, back), those in sorted(alike.items(), key=lambda item: -len(item[1])):
            show.paragraph(f"{len(those):>3}  {what}: {listing([change.name for change in those], _NAMES)}", indent=1, hang=6)
            for line in filter(None, (how, back, _after(those, names))):
                show.paragraph(line, indent=6, hang=8)


def _likeness(change: Change, asset: Asset | None) -> tuple[str, str, str]:
    """What it is and what goes on; how; and what if one wants it undone."""
    kind = asset.kind if asset else change.service
    what = ("take back " if change.steps == (UNDO,) else "") + ", ".join(_going_on(change.updates, asset))
    disturbs = _DISTURBS.get(change.disruption, str(change.disruption)) if change.disruption else ""
    copies = [words for step, words in COPIES.items() if step in change.steps]
    return f"{kind}, {what}", "; ".join(filter(None, (disturbs, *copies))), _way_back(change)


def _going_on(updates: Iterable[Update], asset: Asset | None) -> Iterator[str]:
    """Versions as from and to, other updates by what AWS calls them."""
    titles = []
    for update in updates:
        if update.version and asset and asset.version:
            yield f"{asset.engine} {asset.version} -> {update.version}".strip()
        else:
            titles.append(brief(update.title))
    if titles:
        yield listing(titles, _ACTIONS)


def _way_back(change: Change) -> str:
    if change.irreversible:
        return f"cannot be undone; {brief(change.undo)}" if change.undo else "cannot be undone"
    return f"the way back: {brief(change.undo)}" if change.undo else ""


def _after(changes: Iterable[Change], names: Mapping[str, str]) -> str:
    first = list(dict.fromkeys(names.get(one, one) for change in changes for one in change.after))
    return f"after {listing(first, _NAMES)}" if first else ""
