"""The directory: banks and their fees, copied from the bank clients so that a quote needs no call."""

from __future__ import annotations

import asyncio

import structlog
from temporalio import activity

from activities.poller import LASTS_S, now_s, stops_within
from bank.banks import Banks
from bank.client import BankClient, BankUnavailable
from edge.database import Database
from market import bank_clients
from payloads.poller import PollOrder
from rails.asking import beating
from store.banks.bank_clients import note_answer

log = structlog.get_logger()


class DirectoryActivities:
    """A copy every `every_s`; an activity that keeps it up ends after `lasts_s`."""

    def __init__(self, database: Database, banks: Banks, *, every_s: float = 60.0, lasts_s: float = LASTS_S) -> None:
        self._database = database
        self._banks = banks
        self._every_s = every_s
        self._lasts_s = lasts_s

    @activity.defn
    async def keep_directory(self, _: PollOrder) -> int:
        """Copy after copy, until ten minutes have passed or the worker stops; returns how many copies were made.

        Raises when the bank does not answer; the next try is the next copy.
        """
        copies, ends_at_s = 0, now_s() + self._lasts_s
        async with beating():
            while True:
                await self.refresh_directory()
                copies += 1
                if await stops_within(self._every_s) or now_s() >= ends_at_s:
                    return copies

    @activity.defn
    async def refresh_directory(self) -> int:
        """Copies all banks and the fees between them, from each client; returns how many pairs have a fee.

        A client that does not answer keeps no other from it; raises when it is the first one, of the settings.
        """
        clients = await self._banks.every()
        copied = await asyncio.gather(*(self._copied(client) for client in clients), return_exceptions=True)
        pairs = 0
        for one in copied:
            if isinstance(one, BaseException):
                raise one
            pairs += one
        return pairs

    async def _copied(self, client: BankClient) -> int:
        if client.id is None:
            return await self._copy(client)
        try:
            return await self._copy(client)
        except BankUnavailable as silent:
            log.warning("bank_client_silent", client=str(client.id), why=str(silent))
            async with self._database.transaction() as session:
                await note_answer(session, client.id, str(silent))
            return 0

    async def _copy(self, client: BankClient) -> int:
        said = await bank_clients.directory_of(client)
        async with self._database.transaction() as session:
            refused = await bank_clients.copy(session, client.id, client.address, said)
            claimed = f"another client serves {', '.join(f'{one:03}' for one in refused)}" if refused else None
            if client.id is not None:
                await note_answer(session, client.id, claimed)
        if refused:
            log.error("banks_claimed_twice", client=str(client.id), banks=refused)
        return len(said.fees)
