"""Brings the market database to the newest revision, its ledger included, and gives the application its rights."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger

# The application adds and changes rows and deletes none; what was said stays said.
_RIGHTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE ON events, idempotency_answers FROM {role}",
    "REVOKE INSERT, UPDATE ON state_transitions, alembic_version FROM {role}",
)


def migrate(owner_url: str, app_role: str) -> None:
    """Migrates the ledger and the market's tables to head and grants `app_role` its rights; idempotent.

    `owner_url` is `postgresql+asyncpg://…` of the database's owner. Works inside a running event loop too (it
    blocks the caller until done). Raises ValueError for a role name that is not plain.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", app_role):
        raise ValueError(f"not a plain role name: {app_role!r}")
    ledger.migrate(owner_url, app_role)
    config = _config()
    config.attributes["owner_url"] = owner_url
    config.attributes["rights"] = [right.format(role=app_role) for right in _RIGHTS]
    # A thread of its own: the environment starts an event loop, which a thread with a running one cannot.
    with ThreadPoolExecutor(1, thread_name_prefix="market-migrate") as thread:
        thread.submit(command.upgrade, config, "head").result()


async def is_current(connection: AsyncConnection) -> bool:
    """Whether market and ledger are at their newest revisions; False when they were never migrated."""
    found = await connection.exec_driver_sql("SELECT to_regclass('public.alembic_version') IS NOT NULL")
    if not found.scalar_one():
        return False
    versions = await connection.exec_driver_sql("SELECT version_num FROM public.alembic_version")
    heads = set(ScriptDirectory.from_config(_config()).get_heads())
    return set(versions.scalars()) == heads and await ledger.is_current(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
