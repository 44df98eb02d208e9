"""Reading the statements of the platform's accounts at banks, and asking banks to return what belongs to nobody.

One activity looks every second for a bank whose statement is due, and for a return that is. A bank that does not answer
delays no other: it is asked again later, and nothing of it is lost meanwhile.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from temporalio import activity

from activities.poller import LASTS_S, now_s, stops_within
from activities.steps import Steps
from bank.banks import Banks
from bank.client import Done, KeyUnknown, Refused, Unknown, send_back
from bank.errors import CONTRADICTION
from domain.keys import return_key
from edge.database import Database, is_outage
from market import bank_statements, resolutions
from market.signals import Signaller
from payloads.poller import PollOrder, StatementsRead
from rails.asking import beating
from rails.gateways.bank_transfer import arrivals
from store.banks.banks import Bank
from store.banks.statement_reads import begin_reading, next_due, note_failure
from store.chain.incoming_transfers import IncomingTransfer, incoming_of
from store.wallets.resolutions import Resolution, next_return

log = structlog.get_logger()

LOOK_EVERY_S: Final = 1.0  # somebody who has paid is waiting
AT_ONCE: Final = 4  # statements: a silent bank takes its time-out, and the others are read meanwhile
AGAIN: Final = timedelta(seconds=5)  # a bank that has not answered; reading changes nothing there

# It went back before, under any key: our books were restored from an older copy, and have forgotten it.
_RETURNED_BEFORE: Final = "operation_ended"
# The bank has never heard of the transfer that it reported: an operator has to look, and the money may have moved.
_CONTRADICTION: Final = "unknown_operation"


class IncomingTransferActivities:
    """Each bank's statement is read every `every_s` at the latest, and as soon as the bank reports news."""

    def __init__(
        self, database: Database, banks: Banks, signaller: Signaller, *, every_s: float, lasts_s: float = LASTS_S
    ) -> None:
        self._database = database
        self._banks = banks
        self._steps = Steps(database, signaller)
        self._every = timedelta(seconds=every_s)
        self._lasts_s = lasts_s

    @activity.defn
    async def read_statements(self, order: PollOrder) -> StatementsRead:
        """Reads what is due, again and again, until the worker stops or ten minutes have passed."""
        pages, asked, ends_at = 0, 0, now_s() + self._lasts_s
        async with beating():
            while True:
                stopping = await stops_within(LOOK_EVERY_S)
                if stopping or now_s() >= ends_at:
                    return StatementsRead(pages=pages, returns_asked=asked)
                pages += await self.read_due()
                asked += await self.return_due()

    async def read_due(self) -> int:
        """Reads the statement of each bank that is due, to its end; returns how many pages there were."""
        pages = 0
        while True:
            async with self._database.transaction() as session:
                due = {
                    bank: await bank_statements.place_of(session, bank.id) for bank in await next_due(session, AT_ONCE)
                }
                for bank in due:
                    await begin_reading(session, bank.id, self._every)
            if not due:
                return pages
            pages += sum(await asyncio.gather(*(self._page(bank, place) for bank, place in due.items())))

    async def _page(self, bank: Bank, place: int | None) -> int:
        try:
            return await self._read(bank, place)
        except Exception as error:
            if is_outage(error):
                raise
            # A fault in what one bank says, or in us, must not keep the others from being read.
            log.exception("statement_not_booked", bank=bank.id)
            await self._failed(bank, type(error).__name__)
            return 0

    async def return_due(self) -> int:
        """Asks banks for each return that is due; returns how many there were."""
        asked = 0
        while True:
            async with self._database.reading() as session:
                resolution = await next_return(session)
                if resolution is None:
                    return asked
                incoming = await incoming_of(session, resolution.incoming_id)
            await self._return(resolution, incoming)
            asked += 1

    async def _read(self, bank: Bank, place: int | None) -> int:
        client = await self._banks.of(bank.id)
        answer = await client.remittances(bank.guarantee_account, place or 0)
        if not isinstance(answer, Done):
            why = answer.code if isinstance(answer, Refused) else answer.why
            log.info("statement_not_read", bank=bank.id, why=why)
            await self._failed(bank, why)
            return 0
        page = answer.value
        last = (page.items[-1].number, page.items[-1].key) if page.items else None
        book = partial(
            bank_statements.book_page,
            bank_id=bank.id,
            place=place,
            arrivals=arrivals(page.items),
            last=last,
            known_until=page.complete_until,
            more=page.more,
        )
        await self._steps.book(book)
        return 1

    async def _failed(self, bank: Bank, why: str) -> None:
        async with self._database.transaction() as session:
            await note_failure(session, bank.id, why, AGAIN)

    async def _return(self, resolution: Resolution, incoming: IncomingTransfer) -> None:
        call = send_back(return_key(str(resolution.id)), incoming.external_id, incoming.amount)
        bank = await self._banks.of(int(incoming.source))  # the sender's, which has the same client as the receiver's
        answer = await bank.ask(call)
        if isinstance(answer, KeyUnknown):
            answer = await bank.send(call)
        if isinstance(answer, Unknown) or (isinstance(answer, Refused) and answer.code == _CONTRADICTION):
            wrong = isinstance(answer, Refused) or answer.why == CONTRADICTION
            act = partial(resolutions.put_off, resolution_id=resolution.id, contradicted=wrong)
        else:
            refused = answer.code if isinstance(answer, Refused) and answer.code != _RETURNED_BEFORE else None
            act = partial(resolutions.record_return, resolution_id=resolution.id, refused_code=refused)
        await self._steps.book(act)
