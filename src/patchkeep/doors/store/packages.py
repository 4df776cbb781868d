"""Who has which package: the census of the look that was counted last, as an index by name, so that nobody unpacks a whole fleet.

Only one look is counted at a time, because only the present is asked: rows of an older one are replaced. Each word (a package's name
without its case, or a CVE) is a row with everything that it leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from patchkeep.domain.call import Gap
from patchkeep.domain.census import Bearer, Counted, Lacking, Resident
from patchkeep.domain.packages import Package
from patchkeep.domain.snapshot import AccountSeen
from patchkeep.doors.store.codec import from_json, to_json
from patchkeep.doors.store.columns import Numbers, pack, shelve, squeeze, unpack, unshelve, unsqueeze
from patchkeep.doors.store.database import Database
from patchkeep.doors.store.dialects import in_chunks, take_turns
from patchkeep.doors.store.tables import census as counted_looks
from patchkeep.doors.store.tables import census_word as words
from patchkeep.doors.store.tables import taking as takings

Bearers = tuple[tuple[str, str, str, str, str, Numbers], ...]  # a package's fields, numbers of lists
CENSUS = "census"  # whoever counts takes turns


@dataclass(frozen=True, slots=True)
class _People:
    accounts: tuple[AccountSeen, ...]
    assets: tuple[Resident, ...]
    gaps: tuple[Gap, ...]


class StoredCensus:
    """Fulfils `work.seams.Censuses`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, snapshot_id: str, census: Counted) -> None:
        """Keep the census of a look in place of the one before."""
        rows = [{"word": word, "body": _of_packages(word, census)} for word in census.bearers]
        rows += [{"word": cve, "body": squeeze(shelve(tuple(census.cves[cve])))} for cve in census.cves]
        with self._database.writing() as connection:
            take_turns(connection, CENSUS)
            connection.execute(sa.delete(words))
            connection.execute(sa.delete(counted_looks))
            connection.execute(
                sa.insert(counted_looks),
                {"snapshot_id": snapshot_id, "people": squeeze(to_json(_People(census.accounts, census.assets, census.gaps)))},
            )
            for chunk in in_chunks(rows):
                connection.execute(sa.insert(words), chunk)

    @contextmanager
    def latest(self) -> Iterator[Filed | None]:
        """The census of the last look, as it stands when the block begins; None where there is no look, or another one was counted."""
        last = sa.select(takings.c.snapshot_id).order_by(takings.c.number.desc()).limit(1).scalar_subquery()
        with self._database.reading() as connection:
            body = connection.scalar(sa.select(counted_looks.c.people).where(counted_looks.c.snapshot_id == last))
            yield None if body is None else Filed(connection, from_json(_People, unsqueeze(body)))


class Filed:
    """A stored census, asked inside the one transaction that saw it. Fulfils `domain.census.Census`."""

    def __init__(self, connection: sa.Connection, people: _People) -> None:
        self._connection = connection
        self.accounts, self.assets, self.gaps = people.accounts, people.assets, people.gaps

    def bearing(self, means: Callable[[str], bool], name: str) -> Iterator[Bearer]:
        meant = [name.casefold()] if name else [word for word in self._connection.scalars(sa.select(words.c.word)) if means(word)]
        for chunk in in_chunks(meant):
            for body in self._connection.scalars(sa.select(words.c.body).where(words.c.word.in_(chunk)).order_by(words.c.word)):
                for *fields, numbers in unshelve(Bearers, unsqueeze(body)):
                    package = Package(*fields)
                    if means(package.name):
                        yield package, unpack(numbers)

    def lacking(self, cve: str) -> tuple[Lacking, ...]:
        body = self._connection.scalar(sa.select(words.c.body).where(words.c.word == cve))
        return () if body is None else unshelve(tuple[Lacking, ...], unsqueeze(body))


def _of_packages(word: str, census: Counted) -> bytes:
    rows = ((p.name, p.version, p.architecture, p.ecosystem, p.file, pack(numbers)) for p, numbers in census.bearers[word])
    return squeeze(shelve(tuple(rows)))
