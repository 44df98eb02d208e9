"""Alembic's environment for every schema: runs migrations on the given connection, in its transaction."""

from __future__ import annotations

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table="alembic_version",
    version_table_schema=attributes["namespace"],
)
with context.begin_transaction():
    context.run_migrations()
