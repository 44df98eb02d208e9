"""Until when a list is complete. Rows are numbered when they are created, and visible when they are committed.

So a row may appear behind one that was read already, and a reader who continues after the last id would miss it. Lists
that continue therefore end before anything that began while an older transaction is still writing.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from sqlalchemy import text

from edge.database import Database

LOOKS: Final = 50
PAUSE_S: Final = 0.02  # a second in all: transactions last some milliseconds, unless they wait for a lock

# Rows are made by INSERT; during its very first statement a transaction may be writing without a number yet. A
# transaction of more than a minute would hide everybody's rows: it is no longer waited for.
_WRITING: Final = """
SELECT statement_timestamp(), (
    SELECT min(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND (backend_xid IS NOT NULL OR state = 'active' AND query ILIKE 'insert%')
      AND xact_start > statement_timestamp() - interval '1 minute')
"""


async def settled(database: Database) -> datetime:
    """Rows created before this moment are committed, or never will be. Call it before reading the rows.

    It is the current time once everything that was being written at the call has been committed, within a second; else
    it is when that began.
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
