"""Changes that somebody postponed."""

import sqlalchemy as sa
from alembic import op

from patchkeep.doors.store.tables import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "deferral",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("asset", sa.Text, nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False, index=True),
        sa.Column("ended_at", Instant),
        sa.Column("body", sa.Text, nullable=False),
    )
