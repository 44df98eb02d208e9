"""Alembic environment of the ledger: online only, asyncpg, one transaction, version table in schema `ledger`."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Any fixed number: two programs that start at once must migrate one after the other.
MIGRATION_LOCK = 7_305_419_200_143


def upgrade(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS ledger")
    context.configure(connection=connection, version_table="alembic_version", version_table_schema="ledger")
    with context.begin_transaction():
        context.run_migrations()
    for statement in context.config.attributes["rights"]:
        connection.exec_driver_sql(statement)


async def run() -> None:
    engine = create_async_engine(context.config.attributes["owner_url"], poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)


asyncio.run(run())
