"""What feeds told."""

import sqlalchemy as sa
from alembic import op

from patchkeep.doors.store.tables import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("read_at", Instant, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
