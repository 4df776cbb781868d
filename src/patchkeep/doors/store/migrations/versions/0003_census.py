"""The census of the last look: who has which package."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "census",
        sa.Column("snapshot_id", sa.Text, primary_key=True),
        sa.Column("people", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "census_word",
        sa.Column("word", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
