"""Outgoing transactions: ordered by another act, then built, signed, sent, and decided by the solidified chain alone.

Each act records one step; a repeat finds it recorded. What the chain burnt is booked with the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import network_fee_key
from domain.outgoing import (
    FINAL,
    LIMIT_AGAIN_AFTER,
    VOID,
    InBlock,
    OutgoingState,
    Prepared,
    Purpose,
    next_step,
)
from ledger.accounts import Named, open_named
from ledger.commands import Post
from market.acts import Outcome
from payloads.outgoing import OutgoingView
from store import clock
from store.chain.accounts import AccountName, lock_account
from store.chain.outgoing import OutgoingTransaction, lock_outgoing, newest
from store.wallets.posting import post_checked

TRX = "TRX"
GAS_ACCOUNT = "gas/TRX"
FEES_ACCOUNT = "network_fees/TRX"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent. `about` names it for ever. Either `token_minor` or `trx_sun`; `address_index` for sweeps.

    `fee_limit_sun`: the most that the chain may burn for energy.
    """

    about: str
    purpose: Purpose
    to_address: str
    token_minor: int | None = None
    trx_sun: int | None = None
    address_index: int | None = None
    fee_limit_sun: int = 0


async def order(session: AsyncSession, wanted: Order) -> OutgoingTransaction:
    """Orders it, once: what is under way or done is returned as it is.

    When the last number is void (dropped, failed or refused) a new one is made: the caller decides that it shall be
    tried again. The caller has locked the row that this is about.
    """
    last = await newest(session, wanted.about)
    if last is not None and OutgoingState(last.state) not in VOID:
        return last
    row = OutgoingTransaction(
        about=wanted.about,
        number=1 if last is None else last.number + 1,
        purpose=wanted.purpose,
        address_index=wanted.address_index,
        to_address=wanted.to_address,
        token_minor=wanted.token_minor,
        trx_sun=wanted.trx_sun,
        fee_limit_sun=wanted.fee_limit_sun,
        state=OutgoingState.ORDERED,
    )
    session.add(row)  # of two orders at once the second meets the index of live ones, and repeats its transaction
    await session.flush()
    return row


async def state_of(session: AsyncSession, about: str) -> OutgoingView | None:
    """Where the newest number stands; None: nothing was ordered."""
    row = await newest(session, about)
    return None if row is None else await _view(session, row)


async def prepare(
    session: AsyncSession, outgoing_id: UUID, from_address: str, built: Prepared
) -> Outcome[OutgoingView]:
    """Stores what was built, before anybody is asked to sign it. The first one stays."""
    row = await lock_outgoing(session, outgoing_id)
    if row.state == OutgoingState.ORDERED:
        row.from_address, row.txid, row.raw, row.expires_at = from_address, built.txid, built.raw, built.expires_at
        row.state = OutgoingState.PREPARED
        await session.flush()
    return await _seen(session, row)


async def record_signature(session: AsyncSession, outgoing_id: UUID, signature: str) -> Outcome[OutgoingView]:
    row = await lock_outgoing(session, outgoing_id)
    if row.state == OutgoingState.PREPARED:
        row.state, row.signature, row.limited_until = OutgoingState.SIGNED, signature, None
        await session.flush()
    return await _seen(session, row)


async def record_refusal(session: AsyncSession, outgoing_id: UUID, code: str) -> Outcome[OutgoingView]:
    """The signer will never sign it: it breaks its rules, so an operator has to look."""
    row = await lock_outgoing(session, outgoing_id)
    if row.state == OutgoingState.PREPARED:
        await _end(session, row, OutgoingState.REFUSED, code)
        await _flag(session, row)
    return await _seen(session, row)


async def record_limit(session: AsyncSession, outgoing_id: UUID, again_after_s: int | None) -> Outcome[OutgoingView]:
    """The signer's limit of the day is reached: it waits, flagged, and goes on by itself."""
    row = await lock_outgoing(session, outgoing_id)
    if row.state == OutgoingState.PREPARED:
        longest = int(LIMIT_AGAIN_AFTER.total_seconds())
        wait_s = longest if again_after_s is None else min(again_after_s, longest)
        row.limited_until = await clock.now(session, row.id) + timedelta(seconds=wait_s)
        await _flag(session, row)
    return await _seen(session, row)


async def record_sent(session: AsyncSession, outgoing_id: UUID, answer: str) -> Outcome[OutgoingView]:
    """A node was given it. Its answer is kept for operators, and decides nothing."""
    row = await lock_outgoing(session, outgoing_id)
    if row.state in (OutgoingState.SIGNED, OutgoingState.SENT):
        row.state, row.answer = OutgoingState.SENT, answer
        await session.flush()
    return await _seen(session, row)


async def record_result(session: AsyncSession, outgoing_id: UUID, found: InBlock) -> Outcome[OutgoingView]:
    """The solidified chain has it: done, or failed with the receipt's reason. What was burnt is booked."""
    row = await lock_outgoing(session, outgoing_id)
    if row.state != OutgoingState.SENT:
        return await _seen(session, row)
    state = OutgoingState.DONE if found.succeeded else OutgoingState.FAILED
    await _end(session, row, state, found.result, found)
    if not found.succeeded:
        await _flag(session, row)
    await _lower_account(session, row, found)  # its lock comes before the ledger's, as for what comes in
    if found.fee_sun > 0:
        fees, gas = await open_named(await session.connection(), [Named(FEES_ACCOUNT), Named(GAS_ACCOUNT)], TRX)
        await post_checked(session, Post(network_fee_key(row.key), gas, fees, found.fee_sun, TRX, row.txid or ""))
    return await _seen(session, row)


async def record_drop(session: AsyncSession, outgoing_id: UUID, *, sent: bool) -> Outcome[OutgoingView]:
    """It has expired, and the solidified chain does not have it: it never will.

    Unless it was `sent` the chain was not asked, so it is dropped only while nobody has given it to a node.
    """
    row = await lock_outgoing(session, outgoing_id)
    if row.state == (OutgoingState.SENT if sent else OutgoingState.PREPARED):
        await _end(session, row, OutgoingState.DROPPED, row.answer)
    return await _seen(session, row)


async def flag(session: AsyncSession, outgoing_id: UUID) -> None:
    """Flags it for operators; the first time stays."""
    row = await lock_outgoing(session, outgoing_id)
    if OutgoingState(row.state) not in FINAL:
        await _flag(session, row)


async def _lower_account(session: AsyncSession, row: OutgoingTransaction, found: InBlock) -> None:
    """What the main wallet or the gas account has now, by our own record."""
    if row.purpose == Purpose.SWEEP:
        return  # the sweep's line is booked by the sweep; what it burnt was on the address
    account = await lock_account(session, AccountName.GAS if row.purpose == Purpose.GAS else AccountName.MAIN)
    account.sun -= found.fee_sun
    if found.succeeded:
        account.sun -= row.trx_sun or 0
        account.balance_minor -= row.token_minor or 0
    await session.flush()


async def _end(
    session: AsyncSession,
    row: OutgoingTransaction,
    state: OutgoingState,
    result: str | None,
    found: InBlock | None = None,
) -> None:
    row.state, row.result, row.final_at = state, result, await clock.now(session, row.id)
    row.limited_until = None
    if found is not None:
        row.block, row.fee_sun = found.block, found.fee_sun
    await session.flush()


async def _flag(session: AsyncSession, row: OutgoingTransaction) -> None:
    if row.flagged_at is None:
        row.flagged_at = await clock.now(session, row.id)
    await session.flush()


async def _seen(session: AsyncSession, row: OutgoingTransaction) -> Outcome[OutgoingView]:
    return Outcome(await _view(session, row), row)


async def _view(session: AsyncSession, row: OutgoingTransaction) -> OutgoingView:
    state = OutgoingState(row.state)
    step = next_step(state)
    wait_s = 0.0
    if row.limited_until is not None:
        wait_s = max(0.0, (row.limited_until - await clock.now(session, row.id)).total_seconds())
    return OutgoingView(
        about=row.about,
        number=row.number,
        state=state,
        step=None if step is None else str(step),
        wait_s=wait_s,
        final=state in FINAL,
        flagged=row.flagged_at is not None,
        txid=row.txid or "",
        result=row.result or "",
    )
