"""The steps of an outgoing transaction: built, signed, sent, asked about, each committed before the next one begins.

Any workflow that has ordered one takes them (`workflows/sending.py`). A killed worker's successor continues from the
row: the signer answers a key as before, and a transaction that is sent again is the same one on the chain.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.steps import Steps
from domain.outgoing import OutgoingState, OutgoingStep, Purpose, has_expired, next_step, verdict
from edge.database import Database
from market import outgoing
from market.signals import Signaller
from payloads.outgoing import OutgoingRef, OutgoingView
from rails.asking import beating, late, not_now
from rails.outgoing import LIMIT_OF_THE_DAY, Outgoing
from signer.client import NotSigned, Signed
from store.chain.accounts import AccountName, keep_accounts
from store.chain.addresses import ChainAddress
from store.chain.outgoing import OutgoingTransaction, newest


class OutgoingActivities:
    """`chain` None: nothing is sent from here, and what is ordered waits."""

    def __init__(self, database: Database, chain: Outgoing | None, signaller: Signaller) -> None:
        self._database = database
        self._chain = chain
        self._steps = Steps(database, signaller)

    @activity.defn
    async def advance_outgoing(self, ref: OutgoingRef) -> OutgoingView:
        """Takes the step that is next by the row. While an answer is unknown it raises, to be tried again."""
        row = await self._read(ref.about)
        step = next_step(OutgoingState(row.state))
        if step is None:
            return await self._view(ref.about)
        if self._chain is None:
            raise not_now("this worker has no node and no signer", None)
        try:
            async with beating():
                return await self._take(self._chain, row, step)
        except ApplicationError:
            if late():
                await self._database.run(partial(outgoing.flag, outgoing_id=row.id))
            raise

    async def _take(self, chain: Outgoing, row: OutgoingTransaction, step: OutgoingStep) -> OutgoingView:
        match step:
            case OutgoingStep.BUILD:
                sender = await self._sender(chain, row)
                built = await chain.build(row, sender)
                return await self._steps.book(
                    partial(outgoing.prepare, outgoing_id=row.id, from_address=sender, built=built)
                )
            case OutgoingStep.SIGN:
                return await self._sign(chain, row)
            case OutgoingStep.BROADCAST:
                answer = await chain.broadcast(row)
                return await self._steps.book(partial(outgoing.record_sent, outgoing_id=row.id, answer=answer))
            case OutgoingStep.ASK:
                return await self._ask(chain, row)

    async def _sign(self, chain: Outgoing, row: OutgoingTransaction) -> OutgoingView:
        assert row.expires_at is not None
        if has_expired(await chain.solid_time(), row.expires_at):
            # Perhaps signed, but never given to anybody: it would only use up the signer's limit.
            return await self._steps.book(partial(outgoing.record_drop, outgoing_id=row.id, sent=False))
        answer = await chain.sign(row)
        if isinstance(answer, Signed):
            return await self._steps.book(
                partial(outgoing.record_signature, outgoing_id=row.id, signature=answer.signature)
            )
        if isinstance(answer, NotSigned):
            return await self._steps.book(partial(outgoing.record_refusal, outgoing_id=row.id, code=answer.code))
        if answer.code != LIMIT_OF_THE_DAY:
            await self._database.run(partial(outgoing.flag, outgoing_id=row.id))
            raise not_now(f"signer: {answer.why}", None)
        return await self._steps.book(
            partial(outgoing.record_limit, outgoing_id=row.id, again_after_s=answer.retry_after_s)
        )

    async def _ask(self, chain: Outgoing, row: OutgoingTransaction) -> OutgoingView:
        """The solidified chain decides. What it does not have is sent again: a node may have lost it."""
        assert row.expires_at is not None
        known = await chain.known(row)
        state = verdict(known.found, known.solid_time, row.expires_at)
        if state is None:
            answer = await chain.broadcast(row)
            if answer != row.answer:
                await self._steps.take(partial(outgoing.record_sent, outgoing_id=row.id, answer=answer))
            raise not_now("in no solidified block yet", None)
        if known.found is None:
            return await self._steps.book(partial(outgoing.record_drop, outgoing_id=row.id, sent=True))
        return await self._steps.book(partial(outgoing.record_result, outgoing_id=row.id, found=known.found))

    async def _sender(self, chain: Outgoing, row: OutgoingTransaction) -> str:
        """The address that it leaves from. The two accounts are known for good since they were first named."""
        if row.address_index is not None:
            async with self._database.reading() as session:
                return (await session.get_one(ChainAddress, row.address_index)).address
        named = await chain.accounts()
        addresses = {AccountName.MAIN: named.main, AccountName.GAS: named.gas}
        await self._database.run(partial(keep_accounts, addresses=addresses))
        return addresses[AccountName.GAS if row.purpose == Purpose.GAS else AccountName.MAIN]

    async def _read(self, about: str) -> OutgoingTransaction:
        async with self._database.reading() as session:
            row = await newest(session, about)
        if row is None:
            raise ApplicationError(f"nothing was ordered as {about}", non_retryable=True)
        return row

    async def _view(self, about: str) -> OutgoingView:
        async with self._database.reading() as session:
            return await _known_view(session, about)


async def _known_view(session: AsyncSession, about: str) -> OutgoingView:
    view = await outgoing.state_of(session, about)
    assert view is not None
    return view
