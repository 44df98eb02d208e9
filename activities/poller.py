"""Polling for rows that need work: one activity looks, by one statement, until it has found something.

While nothing waits this is all that is done, and nothing is written to Temporal's history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import astuple
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from edge.database import Database
from payloads.poller import CodesWaiting, HoldsWaiting, MailsWaiting, PollOrder, WalletsWaiting
from rails.asking import beating
from store.operations.poller import codes_waiting, holds_waiting, mails_waiting, wallets_waiting

Waiting = TypeVar("Waiting", CodesWaiting, MailsWaiting, HoldsWaiting, WalletsWaiting)

CODES_EVERY_S: Final = 1.0  # a person is waiting for each
WALLETS_EVERY_S: Final = 1.0  # so is somebody who has paid into a wallet
LASTS_S: Final = 600.0  # then the workflow's next activity begins; within the time-out in workflows.policies
DEADLINES_EVERY: Final = 12  # looks for mails, so a minute: the latest reminder is minutes before its deadline
AGAIN_S: Final = 5.0  # between two tries of rows that cannot be worked on now


class PollerActivities:
    """Holds are looked for every `holds_every_s`, mails other than codes and links every `mails_every_s`."""

    def __init__(
        self, database: Database, *, mails_every_s: float, holds_every_s: float, lasts_s: float = LASTS_S
    ) -> None:
        self._database = database
        self._mails_every_s = mails_every_s
        self._holds_every_s = holds_every_s
        self._lasts_s = lasts_s
        self._looks_for_mails = 0

    @activity.defn
    async def wait_for_codes(self, order: PollOrder) -> CodesWaiting:
        """Codes and links that somebody waits for; none after `LASTS_S`, or when the worker stops."""
        return await self._wait_for(codes_waiting, CODES_EVERY_S, order)

    @activity.defn
    async def wait_for_mails(self, order: PollOrder) -> MailsWaiting:
        """All other mails, written or not; none after `LASTS_S`, or when the worker stops."""
        return await self._wait_for(self._look_for_mails, self._mails_every_s, order)

    @activity.defn
    async def wait_for_holds(self, order: PollOrder) -> HoldsWaiting:
        """Expired holds between wallets; none after `LASTS_S`, or when the worker stops."""
        return await self._wait_for(holds_waiting, self._holds_every_s, order)

    @activity.defn
    async def wait_for_wallets(self, order: PollOrder) -> WalletsWaiting:
        """Wallets with news for deals that wait; none after `LASTS_S`, or when the worker stops."""
        return await self._wait_for(wallets_waiting, WALLETS_EVERY_S, order)

    async def _look_for_mails(self, session: AsyncSession) -> MailsWaiting:
        self._looks_for_mails += 1
        return await mails_waiting(session, deadlines=self._looks_for_mails % DEADLINES_EVERY == 1)

    async def _wait_for(
        self, look: Callable[[AsyncSession], Awaitable[Waiting]], every_s: float, order: PollOrder
    ) -> Waiting:
        # The pause comes first: rows that are written one after the other are worked on together.
        pause_s, ends_at = max(every_s, AGAIN_S if order.failed else 0), now_s() + self._lasts_s
        async with beating():
            while True:
                stopping = await stops_within(pause_s)
                async with self._database.reading() as session:
                    waiting = await look(session)
                if stopping or any(astuple(waiting)) or now_s() >= ends_at:
                    return waiting
                pause_s = every_s


async def stops_within(seconds: float) -> bool:
    """Whether the worker begins to stop within that time."""
    try:
        await asyncio.wait_for(activity.wait_for_worker_shutdown(), seconds)
    except TimeoutError:
        return False
    return True


def now_s() -> float:
    """Seconds of a monotonic clock: for the length of an activity, and nothing that is stored."""
    return asyncio.get_running_loop().time()
