"""The bank's API keys from the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bank.service.acts import api_keys
from bank.service.models import ApiKeyRow
from bank.service.requests.keys import create_api_key
from bank.service.settings import BankSettings
from edge.console import Failed
from edge.database import Database
from edge.wire import utc

PAGE_SIZE = 1_000


async def issue_key(settings: BankSettings, name: str, scopes: list[str], expires_in_days: int | None) -> str:
    """The secret of a new key; raises `Failed` for a wrong name or scope, `Conflict` `too_many_keys`."""
    async with _database(settings) as database:
        try:
            return await create_api_key(
                database, name, scopes, pepper=settings.pepper_bytes, expires_in_days=expires_in_days
            )
        except ValueError as error:
            raise Failed(str(error), 2) from None


async def list_keys(settings: BankSettings) -> list[str]:
    """One line per key, oldest first."""
    lines: list[str] = []
    async with _database(settings) as database:
        after = 0
        while True:
            async with database.transaction() as session:
                rows = await api_keys.list_api_keys(session, after, PAGE_SIZE)
            lines += [_line(row) for row in rows]
            if len(rows) < PAGE_SIZE:
                return lines
            after = rows[-1].id


async def revoke_key(settings: BankSettings, prefix: str) -> None:
    """Raises `NotFound` `unknown_api_key`."""
    async with _database(settings) as database, database.transaction() as session:
        await api_keys.revoke_by_prefix(session, prefix)


@asynccontextmanager
async def _database(settings: BankSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


def _line(row: ApiKeyRow) -> str:
    state = "no end"
    if row.revoked_at is not None:
        state = f"revoked {utc(row.revoked_at)}"
    elif row.expires_at is not None:
        state = f"until {utc(row.expires_at)}"
    return f"{row.prefix}  {row.name}  {','.join(row.scopes)}  {state}"
