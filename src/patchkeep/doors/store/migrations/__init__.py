"""Changes of the tables, one file each; run by Alembic, which takes longer to load than most commands run: import this late."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def known(revision: str) -> bool:
    """Whether a database at this revision can be brought to ours; one that a newer version wrote cannot."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_settings()).walk_revisions()}


def upgrade(connection: sa.Connection) -> None:
    """Run every migration that the database lacks, in the connection's transaction."""
    settings = _settings()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return settings
