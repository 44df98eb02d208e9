"""Until when a list is complete. Rows are numbered by time when they are made, and seen when they are committed.

So a row may come to light behind one that was read already, and who goes on after the last id he saw would miss it.
Lists that are read on therefore end before whatever began while an older transaction is still writing.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from sqlalchemy import text

from edge.database import Database

LOOKS: Final = 50
PAUSE_S: Final = 0.02  # a second in all: transactions last some milliseconds, unless they wait for a lock

# Rows are made by INSERT; in that very first statement a transaction may be writing without having a number yet.
# A transaction of more than a minute would hide everybody's rows: it is not waited for any longer.
_WRITING: Final = """
SELECT statement_timestamp(), (
    SELECT min(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND (backend_xid IS NOT NULL OR state = 'active' AND query ILIKE 'insert%')
      AND xact_start > statement_timestamp() - interval '1 minute')
"""


async def settled(database: Database) -> datetime:
    """Rows that were made before this moment are committed, or never will be; asked before the rows are read.

    It is now as soon as whatever was being written when this was asked has been committed: within a second, else it
    is when that began.
    """
    asked: datetime | None = None
    oldest: datetime | None = None
    for _ in range(LOOKS):
        async with database.reading() as session:
            now, oldest = (await session.execute(text(_WRITING))).one()
        asked = asked or now
        if oldest is None or oldest >= asked:
            break
        await asyncio.sleep(PAUSE_S)
    assert asked is not None
    return asked if oldest is None else min(asked, oldest)
