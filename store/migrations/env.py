"""Alembic environment of the market's tables: online only, asyncpg, one transaction."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Any fixed number: two programs that start at once must migrate one after the other.
MIGRATION_LOCK = 7_305_419_200_144


def upgrade(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
    for statement in context.config.attributes["rights"]:
        connection.exec_driver_sql(statement)


async def run() -> None:
    engine = create_async_engine(context.config.attributes["owner_url"], poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)


asyncio.run(run())
