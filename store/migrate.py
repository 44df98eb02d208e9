"""Brings the market database to the newest revision, its ledger included, and gives the application its rights."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.ext.asyncio import AsyncConnection

import ledger

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"

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
    from alembic import command  # noqa: PLC0415  # a tenth of a second that no running program needs

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
    return list(versions.scalars()) == [newest_revision()] and await ledger.is_current(connection)


@cache
def newest_revision() -> str:
    """The revision that this program expects: files of migrations begin with theirs, each after the one before."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
