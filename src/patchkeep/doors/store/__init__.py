"""The store: snapshots, verdicts, exposures, plans, rollouts and the ledger in one database that outlives every process."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from patchkeep.doors.store.codec import CodecError, from_json, to_json
from patchkeep.doors.store.database import Database, open_database
from patchkeep.doors.store.deferrals import StoredDeferrals
from patchkeep.doors.store.errors import StoreError
from patchkeep.doors.store.ledger import StoredLedger
from patchkeep.doors.store.lifecycles import StoredLifecycles
from patchkeep.doors.store.packages import StoredCensus
from patchkeep.doors.store.rollouts import StoredPlans, StoredRollouts
from patchkeep.doors.store.snapshots import StoredSnapshots

__all__ = ["CodecError", "Store", "StoreError", "from_json", "open_store", "to_json"]


class Store:
    """What `work.seams` asks of a store. Every method is one transaction; may be used from several threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.snapshots = StoredSnapshots(database)
        self.census = StoredCensus(database)
        self.plans = StoredPlans(database)
        self.rollouts = StoredRollouts(database)
        self.deferrals = StoredDeferrals(database)
        self.ledger = StoredLedger(database)
        self.lifecycles = StoredLifecycles(database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_store(url: str, *, create: bool = True) -> Store:
    """The store at an address like `sqlite:////var/lib/patchkeep/patchkeep.db`; made, or brought to this version's tables, if need be.

    A store in PostgreSQL must have its tables already (`patchkeep db migrate`). Without `create` a SQLite file that isn't there stays so:
    the store is empty, and in memory. One that is made is readable by its owner alone. Raises `StoreError`: a sentence and a remedy.
    """
    return Store(open_database(url, create=create))
