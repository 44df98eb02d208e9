"""Brings a database's schema `ledger` to the newest revision and gives the application role its rights."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"

# The application may add transfers and entries, with which balances move; it may touch neither what was written nor a
# balance. Column by column, so that identity, currency and floor of an account stay what they were when it was opened.
_RIGHTS = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM {role}",
    "GRANT USAGE ON SCHEMA ledger TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO {role}",
    "GRANT INSERT ON ledger.transfers, ledger.entries TO {role}",
    "GRANT INSERT (code, currency, floor_minor) ON ledger.accounts TO {role}",
    "GRANT UPDATE (closed_at) ON ledger.accounts TO {role}",
    "GRANT USAGE ON SEQUENCE ledger.transfers_id_seq TO {role}",
)

_ONE_AT_A_TIME = Lock()  # Alembic keeps the environment it runs in module globals


def migrate(owner_url: str, app_role: str) -> None:
    """Migrates to head and grants `app_role` its rights, in one transaction; doing it again changes nothing.

    `owner_url` is `postgresql+asyncpg://…` of the role that owns the schema. Works from any folder, and inside a
    running event loop too (it blocks the caller until done). Raises ValueError for a role name that is not plain.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", app_role):
        raise ValueError(f"not a plain role name: {app_role!r}")
    from alembic import command  # noqa: PLC0415  # a tenth of a second that no running program needs

    config = _config()
    config.attributes["owner_url"] = owner_url
    config.attributes["rights"] = [right.format(role=app_role) for right in _RIGHTS]
    # A thread of its own: the environment starts an event loop, which a thread with a running one cannot.
    with _ONE_AT_A_TIME, ThreadPoolExecutor(1, thread_name_prefix="ledger-migrate") as thread:
        thread.submit(command.upgrade, config, "head").result()


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the database is at the newest revision of this package; False when it was never migrated."""
    found = await connection.exec_driver_sql("SELECT to_regclass('ledger.alembic_version') IS NOT NULL")
    if not found.scalar_one():
        return False
    versions = await connection.exec_driver_sql("SELECT version_num FROM ledger.alembic_version")
    return list(versions.scalars()) == [newest_revision()]


@cache
def newest_revision() -> str:
    """The revision that this package expects: files of migrations begin with theirs, each after the one before."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
