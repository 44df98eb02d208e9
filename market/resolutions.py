"""Resolutions of incoming transfers: one operator asks, another approves.

What is in suspense is then assigned to a wallet, or returned by the bank. What is held back is dismissed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Malformed
from domain.incoming_transfers import IncomingState
from domain.resolutions import ResolutionState, Way, pause_s
from market.acts import Outcome
from market.signals import Signal
from market.top_ups import arrived, settle
from store.chain import suspense
from store.chain.incoming_transfers import IncomingTransfer, incoming_of
from store.mail.notices import put_wallet_notice
from store.people.operators import operator_of
from store.wallets import resolutions as rows
from store.wallets.resolutions import Resolution
from store.wallets.top_ups import is_final, lock_top_ups, top_up_of
from store.wallets.wallets import wallet_of

FLAG_AFTER: Final = timedelta(minutes=15)  # as for every other question to a bank


async def assign(
    session: AsyncSession,
    operator_id: UUID,
    incoming_id: UUID,
    *,
    wallet_id: UUID | None,
    top_up_id: UUID | None,
    reason: str,
) -> Outcome[Resolution]:
    """Asks for a transfer to go to a wallet, or to the wallet of a top-up, which counts it.

    Raises `Malformed` missing_field, invalid_field when not exactly one of the two is given, `NotFound`
    unknown_incoming_transfer, unknown_wallet, unknown_top_up, `Conflict` not_unmatched, resolution_open,
    wrong_currency.
    """
    if wallet_id is not None and top_up_id is not None:
        raise Malformed("invalid_field", "Name a wallet or a top-up, not both.", "top_up_id")
    incoming = await _unmatched(session, incoming_id)
    if top_up_id is not None:
        wallet_id = (await top_up_of(session, None, top_up_id)).wallet_id
    if wallet_id is None:
        raise Malformed("missing_field", "Name a wallet or a top-up.", "wallet_id")
    wallet = await wallet_of(session, None, wallet_id, "wallet_id")
    if wallet.currency != incoming.currency:
        field = "wallet_id" if top_up_id is None else "top_up_id"
        raise Conflict("wrong_currency", "The transfer is not in the currency of the wallet.", field)
    made = await rows.request(
        session, incoming, Way.ASSIGN, reason, operator_id, wallet_id=wallet_id, top_up_id=top_up_id
    )
    return Outcome(made, made)


async def send_back(session: AsyncSession, operator_id: UUID, incoming_id: UUID, reason: str) -> Outcome[Resolution]:
    """Asks for a transfer to go back to its sender, by the bank to which it came.

    Raises `NotFound` unknown_incoming_transfer, `Conflict` not_unmatched, resolution_open, not_returnable.
    """
    incoming = await _unmatched(session, incoming_id)
    if not suspense.returnable(incoming):
        raise Conflict("not_returnable", "Only what came by a bank can go back to its sender.")
    made = await rows.request(session, incoming, Way.RETURN, reason, operator_id)
    return Outcome(made, made)


async def dismiss(session: AsyncSession, operator_id: UUID, incoming_id: UUID, reason: str) -> Outcome[Resolution]:
    """Asks for a transfer that is held back to be dismissed: it never came, or its block was replaced.

    Raises `NotFound` unknown_incoming_transfer, `Conflict` not_held_back, resolution_open.
    """
    incoming = await _held_back(session, incoming_id)
    made = await rows.request(session, incoming, Way.DISMISS, reason, operator_id)
    return Outcome(made, made)


async def decide(
    session: AsyncSession, operator_id: UUID, resolution_id: UUID, *, approve: bool
) -> Outcome[Resolution]:
    """The second person's decision. An approved assignment is booked at once; of an approved return the bank is asked.

    A refusal changes nothing: it still waits. Raises `NotFound` unknown_resolution, `Forbidden` approver_key_needed,
    own_resolution, `Conflict` resolution_ended, balance_limit, wallet_closed, not_held_back.
    """
    resolution = await rows.resolution_of(session, resolution_id, lock=True)
    operator = await operator_of(session, operator_id)
    rows.must_decide(resolution, operator)
    signals: tuple[Signal, ...] = ()
    if not approve:
        await rows.decided(session, resolution, ResolutionState.REJECTED, operator_id)
    elif resolution.way == Way.RETURN:
        await rows.decided(session, resolution, ResolutionState.RETURNING, operator_id)
    elif resolution.way == Way.DISMISS:
        signals = await _dismiss(session, resolution)
        await rows.decided(session, resolution, ResolutionState.DISMISSED, operator_id)
    else:
        signals = await _assign(session, resolution)
        await rows.decided(session, resolution, ResolutionState.ASSIGNED, operator_id)
    return Outcome(resolution, resolution, signals)


async def retract(session: AsyncSession, operator_id: UUID, resolution_id: UUID) -> Outcome[Resolution]:
    """Raises `NotFound` unknown_resolution, `Forbidden` other_operator, `Conflict` resolution_ended."""
    resolution = await rows.resolution_of(session, resolution_id, lock=True)
    rows.must_retract(resolution, operator_id)
    await rows.decided(session, resolution, ResolutionState.WITHDRAWN, operator_id)
    return Outcome(resolution, resolution)


async def record_return(session: AsyncSession, resolution_id: UUID, refused_code: str | None) -> Outcome[Resolution]:
    """The bank's final answer. Returned, the money leaves suspense; refused, it stays there for another resolution."""
    resolution = await rows.resolution_of(session, resolution_id, lock=True)
    if resolution.state == ResolutionState.RETURNING:  # else it was recorded before
        if refused_code is None:
            incoming = await incoming_of(session, resolution.incoming_id, lock=True)
            await suspense.book_return(session, incoming, resolution)
        await rows.ended(session, resolution, refused_code)
    return Outcome(resolution, resolution)


async def put_off(session: AsyncSession, resolution_id: UUID, *, contradicted: bool) -> Outcome[Resolution]:
    """The bank's answer is unknown: it is asked again later, and an operator is called when that takes too long.

    `contradicted`: the answer cannot be true, so an operator is called at once.
    """
    resolution = await rows.resolution_of(session, resolution_id, lock=True)
    if resolution.state == ResolutionState.RETURNING:
        pause = timedelta(seconds=pause_s(resolution.tries))
        await rows.put_off(session, resolution, pause, flag_after=None if contradicted else FLAG_AFTER)
    return Outcome(resolution, resolution)


async def _unmatched(session: AsyncSession, incoming_id: UUID) -> IncomingTransfer:
    incoming = await incoming_of(session, incoming_id, lock=True)
    if incoming.state != IncomingState.UNMATCHED:
        raise Conflict("not_unmatched", f"The transfer is {incoming.state}.")
    return incoming


async def _held_back(session: AsyncSession, incoming_id: UUID) -> IncomingTransfer:
    incoming = await incoming_of(session, incoming_id, lock=True)
    if incoming.state != IncomingState.HELD_BACK:
        raise Conflict("not_held_back", f"The transfer is {incoming.state}.")
    return incoming


async def _dismiss(session: AsyncSession, resolution: Resolution) -> tuple[Signal, ...]:
    incoming = await _held_back(session, resolution.incoming_id)
    incoming.state = IncomingState.DISMISSED
    await session.flush()
    top_ups = await lock_top_ups(session, [] if incoming.top_up_id is None else [incoming.top_up_id])
    open_ones = [row for row in top_ups.values() if not is_final(row)]
    await settle(session, open_ones)
    return tuple(Signal(row) for row in open_ones)


async def _assign(session: AsyncSession, resolution: Resolution) -> tuple[Signal, ...]:
    incoming = await incoming_of(session, resolution.incoming_id, lock=True)
    await suspense.book_assignment(session, incoming, resolution)
    if resolution.top_up_id is None:
        assert resolution.wallet_id is not None, "an assignment names a wallet"
        facts = {"amount": str(incoming.amount)}
        await put_wallet_notice(session, resolution.wallet_id, "incoming_assigned", f"incoming/{incoming.id}", facts)
        return ()
    top_ups = await lock_top_ups(session, [resolution.top_up_id])
    open_ones = [row for row in top_ups.values() if not is_final(row)]
    await arrived(session, top_ups, [incoming])
    return tuple(Signal(row) for row in open_ones)
