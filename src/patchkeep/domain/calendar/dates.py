"""Dates that others set: when AWS forces or recommends an update, when support ends, what AWS Health announces.

Each is held against the freezes, and against the next time at which the policy lets the asset change: a date that comes before that
has to be decided by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from patchkeep.domain.asset import Asset, Support, Update
from patchkeep.domain.calendar.times import inside
from patchkeep.domain.calendar.values import Entry, Known, What, kinds_of, names_of, uid
from patchkeep.domain.lifecycle import told_by
from patchkeep.domain.membership import place_in_rings, window_of
from patchkeep.domain.plan import Skip
from patchkeep.domain.window import Interval, after_freezes, frozen_by, next_opening

DAY = timedelta(days=1)


class Openings:
    """When each asset may next be changed, by its ring's window, the freezes, and the present time."""

    def __init__(self, known: Known) -> None:
        members: dict[str, list[Asset]] = {}
        for asset in known.assets:
            if name := known.environment_of(asset):
                members.setdefault(name, []).append(asset)
        placement = place_in_rings(known.policy, members)
        self._rings = {one: name for name, ids in placement.rings.items() for one in ids}
        self._known = known
        self._next = cache(self._opens)

    def before(self, asset: Asset, moment: datetime) -> str:
        """Why the asset cannot be changed before a moment; "" where it can, or no ring of ours is to change it."""
        ring = self._rings.get(asset.id)
        rule = next((rule for rule in self._known.policy.rings if rule.name == ring), None)
        window = window_of(self._known.policy, rule, asset) if rule else None
        if rule is None or isinstance(window, Skip):
            return ""
        opens = self._next(window.name if window else "")
        if opens is not None and opens < moment:
            return ""
        if window is None:
            return f"comes before ring {rule.name} may start: frozen until {opens:%Y-%m-%d %H:%M}"
        when = f"on {opens:%Y-%m-%d %H:%M}" if opens else "later than is worked out"
        return f"comes before the next window of ring {rule.name}: {window.name} opens {when}"

    def _opens(self, name: str) -> datetime | None:
        policy, now = self._known.policy, self._known.now
        window = policy.window(name)
        return next_opening(window, policy.freezes, now) if window else after_freezes(policy.freezes, now)


def updates(known: Known, period: Interval, openings: Openings) -> Iterator[Entry]:
    """Dates of updates that assets lack; one entry for those of one date, update and environment."""
    found: dict[tuple[What, datetime, str, str], list[tuple[Asset, Update]]] = {}
    for asset, update in _lacking(known):
        for what, moment in ((What.FORCED, update.forced_at), (What.DUE, update.due_at)):
            if moment and period.holds(moment):
                found.setdefault((what, moment, update.id, known.environment_of(asset)), []).append((asset, update))
    for (what, moment, name, environment), members in sorted(found.items(), key=lambda item: item[0]):
        assets = [asset for asset, _ in members]
        title = f"{members[0][1].title or name} on {kinds_of(assets)}{f' in {environment}' if environment else ''}"
        conflicts = tuple(_against(known, moment, assets, openings)) if what is What.FORCED else ()
        when = moment.astimezone(UTC)
        yield Entry(
            uid(what, when.isoformat(), name, environment), what, title, when, when, False, environment, names_of(assets), conflicts
        )


def _lacking(known: Known) -> Iterator[tuple[Asset, Update]]:
    return ((asset, update) for asset in known.assets for update in asset.updates or () if update.state.lacking)


def passed(known: Known) -> int:
    """How many updates are lacked whose forced date is over: AWS puts them on at its next chance."""
    return sum(update.forced_at is not None and update.forced_at < known.now for _, update in _lacking(known))


def _against(known: Known, moment: datetime, assets: list[Asset], openings: Openings) -> Iterator[str]:
    if freeze := frozen_by(known.policy.freezes, moment):
        yield inside(freeze, moment, known.now)
    yield from sorted({why for asset in assets if (why := openings.before(asset, moment))})


def support(known: Known, period: Interval, openings: Openings) -> Iterator[Entry]:
    """The last days of standard and of extended support; one entry for each line of versions and environment."""
    found: dict[tuple[date, str, str, str], list[tuple[Asset, Support]]] = {}
    for asset in known.assets:
        if asset.support is None:
            continue
        for last, which in ((asset.support.standard_until, "standard"), (asset.support.extended_until, "extended")):
            if last and period.holds(_midnight(last)):
                key = (last, which, f"{asset.engine or asset.support.product} {asset.support.line}", known.environment_of(asset))
                found.setdefault(key, []).append((asset, asset.support))
    for (last, which, line, environment), members in sorted(found.items(), key=lambda item: item[0]):
        assets = [asset for asset, _ in members]
        told = told_by(members[0][1], known.now.date())
        place = f" in {environment}" if environment else ""
        title = f"{which} support of {line}: {kinds_of(assets)}{place}{f' ({told})' if told else ''}"
        start, end = _midnight(last), _midnight(last) + DAY
        changed = (asset for asset in assets if not asset.is_node)  # no rollout of ours moves a machine to a newer release
        conflicts = tuple(sorted({why for asset in changed if (why := openings.before(asset, end))}))
        name = uid(What.SUPPORT, last, which, line, environment)
        yield Entry(name, What.SUPPORT, title, start, end, True, environment, names_of(assets), conflicts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def events(known: Known, period: Interval) -> Iterator[Entry]:
    """What AWS Health announces: scheduled changes, and ends of lifecycles."""
    for one in known.objects:
        if one.kind != "health event":
            continue
        start, end = one.fields.get("start"), one.fields.get("end")
        if not isinstance(start, datetime):
            continue
        until = end if isinstance(end, datetime) and end > start else start
        if start < period.end and (until > period.start or start == until >= period.start):
            place = f"{one.target.account} {one.fields.get('region') or one.target.region}"
            names = tuple(map(str, one.fields.get("entities", ())))
            yield Entry(uid(What.EVENT, one.id), What.EVENT, f"{one.name} ({place})", start, until, names=names)
