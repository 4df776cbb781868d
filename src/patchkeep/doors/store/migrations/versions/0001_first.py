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
    if op.get_bind().dialect.name == "sqlite":
        for statement in append_only("ledger"):
            op.execute(statement)


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
        sa.Column("members", sa.LargeBinary, nullable=False),
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
    )
    op.create_table(
        "look",
        sa.Column("number", BIG, primary_key=True),
        sa.Column("at", Instant, nullable=False, index=True),
        sa.Column("snapshot_id", sa.Text, sa.ForeignKey("snapshot.id"), nullable=False),
        sa.Column("ages", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("asset", BIG, sa.ForeignKey("subject.number"), primary_key=True),
        sa.Column("look", BIG, sa.ForeignKey("look.number"), primary_key=True, index=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "exposure",
        sa.Column("asset", BIG, sa.ForeignKey("subject.number"), primary_key=True),
        sa.Column("update", sa.Text, primary_key=True),
        sa.Column("first_seen", Instant, primary_key=True),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("cves", sa.Text, nullable=False),
        sa.Column("last_seen", Instant, nullable=False),
        sa.Column("resolved_at", Instant, index=True),
    )


def _rollouts() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("made_at", Instant, nullable=False),
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
