"""Indexes by which a piece is found to be no window's any more: without them each piece that is let go reads all windows."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_exposure_update", "exposure", ["update"])
    op.create_index("ix_exposure_rating", "exposure", ["rating"])
