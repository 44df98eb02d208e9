"""All that a bank keeps, for what must not change and what must not be found there."""

from __future__ import annotations

from sqlalchemy import text

from bank.service.models import Base
from tests.fixtures.bank import RunningBank


async def everything_stored(bank: RunningBank) -> dict[str, list[str]]:
    """Every row as text, by table."""
    tables = [*Base.metadata.tables, "ledger.accounts", "ledger.transfers", "ledger.entries"]
    async with bank.database.transaction() as session:
        return {
            table: sorted((await session.scalars(text(f"SELECT t::text FROM {table} t"))).all()) for table in tables
        }
