"""Alembic's entry: runs the steps on the connection that the caller gives, in its transaction.

Alembic executes this file for every command, which is why it acts when it is loaded.
"""

from alembic import context

from smashpass.store.engine.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
)
with context.begin_transaction():
    context.run_migrations()
