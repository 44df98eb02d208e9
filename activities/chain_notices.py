"""What operators should know about the chain, for a worker that is ready."""

from __future__ import annotations

from edge.database import Database
from store.chain.alarms import alarms
from store.chain.providers import troubles


async def chain_notices(database: Database) -> list[str]:
    """None while the chain is read, or was never read, and what lies there is swept."""
    async with database.transaction() as session:
        return [*await troubles(session), *(await alarms(session)).words]
