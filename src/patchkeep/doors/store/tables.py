"""What the store keeps, as tables. `new` makes them at once, the migrations step by step; tests hold all three equal.

Whatever is seen more than once is a `piece`, stored once and known by its number: what is lasting of an asset, its updates, its
packages, objects, judgements. What changes at every scan lies in columns, compressed, one shelf per account and region (`shelves`).
A `look` holds the verdicts of one snapshot as columns; `verdict` is an index of them by asset.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

REVISION = "0006"  # the newest migration


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, also where the database itself knows no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"the time {value.isoformat()} has no zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite numbers rows by itself only in a column of type INTEGER
metadata = sa.MetaData()

piece = sa.Table(
    "piece",
    metadata,
    sa.Column("number", BIG, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),  # SHA-256 of the uncompressed body
    sa.Column("body", sa.LargeBinary, nullable=False),
)

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # numbers of its pieces: accounts and targets, objects, shelves of assets
)

taking = sa.Table(
    "taking",
    metadata,
    sa.Column("number", BIG, primary_key=True),
    sa.Column("taken_at", Instant, nullable=False, index=True),
    sa.Column("snapshot_id", sa.Text, sa.ForeignKey("snapshot.id"), nullable=False, index=True),
    sa.Column("provenance", sa.LargeBinary, nullable=False),  # reads, and gaps with their request ids
    sa.UniqueConstraint("taken_at", "snapshot_id"),
)

subject = sa.Table(
    "subject",
    metadata,
    sa.Column("number", BIG, primary_key=True),
    sa.Column("asset", sa.Text, nullable=False, unique=True),  # ARN
    sa.Column("judgement", BIG),  # piece: what was last said of it
    sa.Column("sighted", sa.BigInteger),  # when its open windows were last seen; microseconds since 1970
)

look = sa.Table(
    "look",
    metadata,
    sa.Column("number", BIG, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("snapshot_id", sa.Text, sa.ForeignKey("snapshot.id"), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),  # columns: assets, judgements, ages
)

verdict = sa.Table(
    "verdict",  # an index of the looks: at which of them the judgement of an asset became another
    metadata,
    sa.Column("asset", BIG, sa.ForeignKey("subject.number"), primary_key=True, autoincrement=False),
    sa.Column("look", BIG, sa.ForeignKey("look.number"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

exposure = sa.Table(
    "exposure",
    metadata,
    sa.Column("asset", BIG, sa.ForeignKey("subject.number"), primary_key=True, autoincrement=False),
    sa.Column("update", BIG, sa.ForeignKey("piece.number"), primary_key=True, autoincrement=False, index=True),  # its key
    sa.Column("first_seen", sa.BigInteger, primary_key=True, autoincrement=False),  # microseconds since 1970, as the other times
    sa.Column("rating", BIG, sa.ForeignKey("piece.number"), nullable=False, index=True),  # severity and CVEs
    sa.Column("last_seen", sa.BigInteger),  # None: when its asset was last sighted, so that a look rewrites no row
    sa.Column("resolved_at", sa.BigInteger, index=True),
    sqlite_with_rowid=False,
)

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("snapshot_id", sa.Text, nullable=False),  # kept as long as the plan is
    sa.Column("body", sa.LargeBinary, nullable=False),
)

rollout = sa.Table(
    "rollout",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("plan_id", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", BIG, primary_key=True, autoincrement=False),  # without holes: a missing number is a missing row
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),  # the entry as JSON
    sa.Column("previous", sa.Text, nullable=False),  # hash of the row before
    sa.Column("hash", sa.Text, nullable=False),
)

deferral = sa.Table(
    "deferral",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("asset", sa.Text, nullable=False, index=True),  # ARN
    sa.Column("at", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False, index=True),
    sa.Column("ended_at", Instant),  # by a person, before its date; written once
    sa.Column("body", sa.Text, nullable=False),  # the deferral as JSON, its end included
)

census = sa.Table(
    "census",  # of the look that was counted last: one row
    metadata,
    sa.Column("snapshot_id", sa.Text, primary_key=True),
    sa.Column("people", sa.LargeBinary, nullable=False),  # residents and gaps
)

census_word = sa.Table(
    "census_word",
    metadata,
    sa.Column("word", sa.Text, primary_key=True),  # a package's name without its case, or a CVE
    sa.Column("body", sa.LargeBinary, nullable=False),
)

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # "lifecycles"
    sa.Column("read_at", Instant, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),  # SHA-256 of the uncompressed body
    sa.Column("body", sa.LargeBinary, nullable=False),
)

# Compressed before it is stored, and of many rows
COMPRESSED = (("piece", "body"), ("snapshot", "body"), ("taking", "provenance"), ("look", "body"), ("plan", "body"))
