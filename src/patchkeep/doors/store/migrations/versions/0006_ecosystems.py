"""Who has which package tells packages of applications, too: the census is counted anew at the next look, or when somebody asks."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("DELETE FROM census_word")
    op.execute("DELETE FROM census")
