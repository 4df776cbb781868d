"""The history of verdicts: a row for each look, with the verdicts of all its assets in columns.

What is said of assets (status and reasons, a judgement) is said of many and again and again, so each is a piece, stored once. An index
by asset tells at which looks its judgement became another. Looks follow in the order they were recorded in: a clock that stepped back
does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.look import Look
from patchkeep.doors.store import pieces
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.columns import MICROSECOND, Numbers, pack, shelve, squeeze, unpack, unshelve, unsqueeze
from patchkeep.doors.store.dialects import among, in_chunks
from patchkeep.doors.store.subjects import names_of, numbers_of
from patchkeep.doors.store.tables import look, subject, verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may be said of many assets alike."""

    status: Status
    reasons: tuple[str, ...]
    blind_for: timedelta


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts of one look, in their order."""

    assets: Numbers  # subjects
    said: tuple[int, ...]  # pieces: the judgements, each once
    judgements: Numbers  # places among them
    aged: Numbers  # 1 where there is a scan
    ages: Numbers  # of those: microseconds since it


class _Verdicts(Mapping[str, Compliance]):
    """The verdicts of one look, put together when first asked for: most looks of a history are only passed by."""

    def __init__(self, judged: Judged, names: Mapping[int, str], judgements: Mapping[int, Judgement]) -> None:
        self._columns = (judged, names, judgements)
        self._verdicts: dict[str, Compliance] | None = None

    def _all(self) -> dict[str, Compliance]:
        if self._verdicts is None:
            self._verdicts = {verdict.asset: verdict for verdict in _verdicts(*self._columns)}
        return self._verdicts

    def __getitem__(self, asset: str) -> Compliance:
        return self._all()[asset]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def record(connection: sa.Connection, at: datetime, snapshot_id: str, verdicts: Sequence[Compliance]) -> None:
    numbers = numbers_of(connection, (each.asset for each in verdicts))
    judgements = _judgements(connection, verdicts)
    judged = Judged(
        assets=pack([numbers[each.asset] for each in verdicts]),
        said=(said := tuple(dict.fromkeys(judgements))),
        judgements=pack(list(map({number: place for place, number in enumerate(said)}.__getitem__, judgements))),
        aged=pack([int(each.age is not None) for each in verdicts]),
        ages=pack([each.age // MICROSECOND for each in verdicts if each.age is not None]),
    )
    row = {"at": at, "snapshot_id": snapshot_id, "body": squeeze(shelve(judged))}
    number = connection.execute(sa.insert(look).values(row).returning(look.c.number)).scalar_one()
    index(connection, number, {numbers[each.asset]: judgement for each, judgement in zip(verdicts, judgements, strict=True)})


def index(connection: sa.Connection, number: int, judgements: Mapping[int, int]) -> None:
    """Note the assets of a look whose judgement is another than the last one, and the judgement."""
    standing: dict[int, int | None] = {}
    for chunk in in_chunks(judgements):
        rows = connection.execute(sa.select(subject.c.number, subject.c.judgement).where(among(connection, subject.c.number, chunk)))
        standing.update((asset, judgement) for asset, judgement in rows)
    changed = [asset for asset, judgement in judgements.items() if standing[asset] != judgement]
    if not changed:
        return
    move = sa.update(subject).where(subject.c.number == sa.bindparam("moved")).values(judgement=sa.bindparam("to"))
    connection.execute(move, [{"moved": asset, "to": judgements[asset]} for asset in changed])
    connection.execute(sa.insert(verdict), [{"asset": asset, "look": number} for asset in changed])


def replay(connection: sa.Connection, since: datetime | None) -> tuple[Look, ...]:
    """Every look since then, oldest first."""
    wanted = sa.true() if since is None else look.c.at >= since
    return _looks(connection, connection.execute(sa.select(look).where(wanted).order_by(look.c.at, look.c.number)).all())


def changes(connection: sa.Connection, asset: str) -> Iterator[tuple[datetime, Compliance]]:
    """Each look at which the judgement on an asset became another, with the verdict it gave."""
    query = (
        sa.select(look)
        .join_from(verdict, look)
        .join(subject, subject.c.number == verdict.c.asset)
        .where(subject.c.asset == asset)
        .order_by(look.c.number)
    )
    number = connection.scalar(sa.select(subject.c.number).where(subject.c.asset == asset))
    rows = connection.execute(query).all()
    alone = [(row.at, _only(decoded(row.body), int(number or 0))) for row in rows]
    judgements = _load(connection, {judgement for _, (judgement, _) in alone})
    for when, (judgement, age) in alone:
        yield when, _compliance(asset, judgements[judgement], age)


def decoded(body: bytes) -> Judged:
    """The columns of a look's row."""
    return unshelve(Judged, unsqueeze(body))


def _judgements(connection: sa.Connection, verdicts: Iterable[Compliance]) -> list[int]:
    """The piece of what is said of each asset."""
    said = [Judgement(each.status, each.reasons, each.blind_for) for each in verdicts]
    known: dict[Judgement, int] = {}
    for chunk in in_chunks(dict.fromkeys(said)):
        known.update(zip(chunk, pieces.keep(connection, [to_json(judgement) for judgement in chunk]), strict=True))
    return [known[judgement] for judgement in said]


def _looks(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> tuple[Look, ...]:
    columns = [decoded(row.body) for row in rows]
    judgements = _load(connection, {number for judged in columns for number in judged.said})
    names = names_of(connection)
    return tuple(Look(row.at, row.snapshot_id, _Verdicts(judged, names, judgements)) for row, judged in zip(rows, columns, strict=True))


def _load(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, Judgement]:
    return {number: from_json(Judgement, body) for number, body in pieces.load(connection, numbers).items()}


def _verdicts(judged: Judged, names: Mapping[int, str], judgements: Mapping[int, Judgement]) -> Iterator[Compliance]:
    ages = iter(unpack(judged.ages))
    for asset, place, aged in zip(unpack(judged.assets), unpack(judged.judgements), unpack(judged.aged), strict=True):
        yield _compliance(names[asset], judgements[judged.said[place]], next(ages) if aged else None)


def _only(judged: Judged, asset: int) -> tuple[int, int | None]:
    """Judgement and age of one asset among them."""
    place = unpack(judged.assets).index(asset)
    aged = unpack(judged.aged)
    return judged.said[unpack(judged.judgements)[place]], unpack(judged.ages)[sum(aged[:place])] if aged[place] else None


def _compliance(asset: str, judgement: Judgement, age: int | None) -> Compliance:
    return Compliance(asset, judgement.status, judgement.reasons, None if age is None else timedelta(microseconds=age), judgement.blind_for)
