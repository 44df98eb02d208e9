"""The bank's schema: the ledger's tables, the bank's own (Alembic, version table in schema public), and rights."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import ledger

if TYPE_CHECKING:
    from alembic.config import Config

_ROLE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)

# Nothing of the bank's is ever deleted, and what was once said is never changed.
_APPEND_ONLY: Final = (
    "access_tokens",
    "answers",
    "client_moves",
    "code_tries",
    "books",
    "banks",
    "refund_parts",
    "withheld_answers",
)
_CHANGING: Final = (
    "account_accesses",
    "account_limits",
    "accounts",
    "api_keys",
    "behaviours",
    "callback_addresses",
    "callbacks",
    "checkpoints",
    "clients",
    "code_limits",
    "code_messages",
    "codes",
    "fees",
    "operations",
    "payouts",
    "requests",
)


def migrate(owner_url: str, app_role: str) -> None:
    """Brings the database at `owner_url` (`postgresql+asyncpg://…`) to the newest schema, the ledger's included,
    and gives `app_role` exactly the rights the program needs. Blocking; repeating it changes nothing.
    """
    if not _ROLE.fullmatch(app_role):
        raise ValueError(f"not a plain role name: {app_role!r}")
    ledger.migrate(owner_url, app_role)
    # A thread of its own, because the caller may already be inside an event loop.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, _migrate(owner_url, app_role)).result()


def newest_revision() -> str:
    """The revision that the program expects to find in `public.alembic_version`: that of the last file."""
    return max(file.name for file in (Path(__file__).parent / "versions").glob("[0-9]*.py"))[:4]


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415  # a tenth of a second that no running program needs

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


async def _migrate(owner_url: str, app_role: str) -> None:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
            for statement in _grants(app_role):
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # see below

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _grants(role: str) -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT ON alembic_version TO {role}",
        f"GRANT SELECT, INSERT ON {', '.join(_APPEND_ONLY)} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE ON {', '.join(_CHANGING)} TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]
