"""The first tables."""

import sqlalchemy as sa
from alembic import op

from patchkeep.doors.store.dialects import append_only
from patchkeep.doors.store.tables import BIG, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    _snapshots()
    _history()
    _rollouts()
    for statement in append_only(op.get_bind(), "ledger"):
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        _compressed_already()


def _snapshots() -> None:
    op.create_table(
        "piece",
        sa.Column("number", BIG, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "taking",
        sa.Column("number", BIG, primary_key=True),
        sa.Column("taken_at", Instant, nullable=False, index=True),
        sa.Column("snapshot_id", sa.Text, sa.ForeignKey("snapshot.id"), nullable=False, index=True),
        sa.Column("provenance", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("taken_at", "snapshot_id"),
    )


def _history() -> None:
    op.create_table(
        "subject",
        sa.Column("number", BIG, primary_key=True),
        sa.Column("asset", sa.Text, nullable=False, unique=True),
        sa.Column("judgement", BIG),
        sa.Column("sighted", sa.BigInteger),
    )
    op.create_table(
        "look",
        sa.Column("number", BIG, primary_key=True),
        sa.Column("at", Instant, nullable=False, index=True),
        sa.Column("snapshot_id", sa.Text, sa.ForeignKey("snapshot.id"), nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("asset", BIG, sa.ForeignKey("subject.number"), primary_key=True, autoincrement=False),
        sa.Column("look", BIG, sa.ForeignKey("look.number"), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "exposure",
        sa.Column("asset", BIG, sa.ForeignKey("subject.number"), primary_key=True, autoincrement=False),
        sa.Column("update", BIG, sa.ForeignKey("piece.number"), primary_key=True, autoincrement=False),
        sa.Column("first_seen", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rating", BIG, sa.ForeignKey("piece.number"), nullable=False),
        sa.Column("last_seen", sa.BigInteger),
        sa.Column("resolved_at", sa.BigInteger, index=True),
        sqlite_with_rowid=False,
    )


def _rollouts() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "rollout",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("started_at", Instant, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", BIG, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )


def _compressed_already() -> None:
    """PostgreSQL would try to compress again what is compressed."""
    for table, column in (("piece", "body"), ("snapshot", "body"), ("taking", "provenance"), ("look", "body"), ("plan", "body")):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
