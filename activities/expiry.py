"""What is over by the database's clock: holds between wallets that nobody captured in time."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from edge.database import Database
from store.holds import expire_due

AT_A_TIME: Final = 200  # holds per transaction: their accounts are locked for some 20 ms
MAX_BATCHES: Final = 100  # a run then ends within its time-out, and the next one goes on


class ExpiryActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def expire_holds(self) -> int:
        """Gives back what is held in holds whose time is over; returns how many those were."""

        async def work(session: AsyncSession) -> int:
            return await expire_due(session, AT_A_TIME)

        freed = 0
        for _ in range(MAX_BATCHES):
            some = await self._database.run(work)
            freed += some
            if some < AT_A_TIME:
                break
        return freed
