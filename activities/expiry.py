"""Expiry by the database's clock: holds between wallets that were not captured in time."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from edge.database import Database, is_outage
from rails.asking import beating
from store.wallets.holds import due_holds, expire_due

log = structlog.get_logger()

AT_A_TIME: Final = 200  # holds per transaction: their accounts are locked for some 20 ms
MAX_BATCHES: Final = 100  # a run then ends within its time-out, and the next one continues


class ExpiryActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def expire_holds(self) -> int:
        """Frees expired holds; returns how many.

        Many at once; if one of them fails, each separately, and the failing one is left and logged.
        """

        async with beating():
            return await self._expire()

    async def _expire(self) -> int:
        async def work(session: AsyncSession) -> int:
            return await expire_due(session, AT_A_TIME)

        freed = 0
        for _ in range(MAX_BATCHES):
            try:
                some = await self._database.run(work)
            except Exception as error:
                if is_outage(error):
                    raise
                return freed + await self._one_by_one()
            freed += some
            if some < AT_A_TIME:
                break
        return freed

    async def _one_by_one(self) -> int:
        async with self._database.transaction() as session:
            ids = await due_holds(session)
        freed = 0
        for hold_id in ids:

            async def work(session: AsyncSession, hold_id: UUID = hold_id) -> int:
                return await expire_due(session, 1, only=hold_id)

            try:
                freed += await self._database.run(work)
            except Exception as error:
                if is_outage(error):
                    raise
                log.exception("hold_not_freed", hold=str(hold_id))
        return freed
