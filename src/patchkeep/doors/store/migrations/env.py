"""Run by Alembic: applies the migrations on the connection that `open_store` hands over, inside its transaction."""

from alembic import context

from patchkeep.doors.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
