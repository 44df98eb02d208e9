"""Sweeps: addresses are moved to the main wallet one after the other, in the order transfer, status, wallet, next.

Status: the transaction's row has the chain's answer (`market/outgoing.py`). Wallet: the address has less, the main
wallet more, and the line has ended. What fails is flagged, and a later sweep tries that address again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import sweep_gas, sweep_transfer
from domain.money import Money
from domain.outgoing import OutgoingState, Purpose
from domain.sweeps import (
    MAX_GAS_ROUNDS,
    MAX_TRANSFERS,
    LineState,
    Need,
    Rules,
    SweepState,
    Waiting,
    again_after,
    cause,
)
from edge.idempotency import Names
from market import outgoing, withdrawal_transfers
from market.acts import Outcome
from market.gas import note_sweep_without_gas
from market.outgoing import Order
from market.signals import Signal
from market.starts import Start
from payloads.outgoing import OutgoingView
from payloads.sweep import SweepOrder, SweepView
from store.chain import sweeps as rows
from store.chain.accounts import AccountName, lock_account
from store.chain.sweeps import CURRENCY, Sweep, SweepLine
from store.deals.deals import Deal
from store.wallets.withdrawals import Withdrawal

GAS_ACCOUNT_LOW = "gas_account_low"
TOO_EXPENSIVE = "too_expensive"


async def begin(session: AsyncSession, least_minor: int, rules: Rules) -> Outcome[int]:
    """Begins a sweep of addresses with `least_minor` or more, if there is cause for one; the value is its lines."""
    found, now = await rows.waiting(session, least_minor)
    if cause(found, now, rules) is None:
        return Outcome(0, Names(Sweep.__tablename__, ""))
    addresses = await rows.lock_worth(session, least_minor)
    total = sum(address.balance_minor for address in addresses)
    locked = Waiting(len(addresses), total, min((a.funded_at or now for a in addresses), default=None))
    # Some of them may have been taken meanwhile; a full sweep is cause enough.
    why = cause(locked, now, rules) or cause(found, now, rules)
    if why is None or not addresses:
        return Outcome(0, Names(Sweep.__tablename__, ""))
    sweep = await rows.add_sweep(session, why, addresses)
    return Outcome(sweep.lines, sweep, (Signal(sweep, new=True),))


async def resume(session: AsyncSession, sweep_id: UUID) -> Outcome[SweepView]:
    """Continues from the rows: books the line whose transaction has ended, goes on to the next one, or ends the sweep.

    One line at most ends in one call. What came to the main wallet pays the withdrawals that waited for it.
    """
    sweep = await rows.sweep_of(session, sweep_id, lock=True)
    line, failure = await rows.next_line(session, sweep_id), ""
    sending = None if line is None else await _sending(session, line)
    short: Sequence[Withdrawal] = ()
    if line is not None and sending is not None and sending.final:
        if line.state == LineState.TRANSFERRING:  # locked before the main wallet, as by those who pay them
            short = await withdrawal_transfers.lock_short(session)
        failure = await _settle(session, sweep, line, sending)
    paid = await withdrawal_transfers.pay_short(session, short) if line and line.state == LineState.DONE else ()
    return replace(await _seen(session, sweep, failure), signals=paid)


async def move(session: AsyncSession, sweep_id: UUID, position: int, to_address: str, need: Need) -> Outcome[SweepView]:
    """Orders what a waiting line needs: TRX from the gas account first, or the transfer to `to_address`."""
    sweep = await rows.sweep_of(session, sweep_id, lock=True)
    line = await rows.next_line(session, sweep_id)
    failure = ""
    if line is None or line.position != position or line.state != LineState.WAITING:
        pass  # moved on since
    elif need.lacks_sun == 0:
        await _order_transfer(session, line, to_address, need)
    elif line.gas_rounds < MAX_GAS_ROUNDS:
        await _order_gas(session, line, need)
    else:
        failure = await _fail(session, sweep, line, "still_without_gas")
    return await _seen(session, sweep, failure)


async def give_up(session: AsyncSession, sweep_id: UUID, position: int, reason: str) -> Outcome[SweepView]:
    """A waiting line cannot be moved now."""
    sweep = await rows.sweep_of(session, sweep_id, lock=True)
    line, failure = await rows.next_line(session, sweep_id), ""
    if line is not None and line.position == position and line.state == LineState.WAITING:
        failure = await _fail(session, sweep, line, reason)
        if reason == GAS_ACCOUNT_LOW:
            await note_sweep_without_gas(session)
    return await _seen(session, sweep, failure)


async def _order_gas(session: AsyncSession, line: SweepLine, need: Need) -> None:
    line.state, line.gas_rounds = LineState.GAS, line.gas_rounds + 1
    address = await rows.lock_address(session, line.address_index)
    about = sweep_gas(str(line.sweep_id), line.position, line.gas_rounds)
    await outgoing.order(session, Order(about, Purpose.GAS, address.address, trx_sun=need.lacks_sun))


async def _order_transfer(session: AsyncSession, line: SweepLine, to_address: str, need: Need) -> None:
    line.state = LineState.TRANSFERRING
    wanted = Order(
        sweep_transfer(str(line.sweep_id), line.position),
        Purpose.SWEEP,
        to_address,
        token_minor=line.amount_minor,
        address_index=line.address_index,
        fee_limit_sun=need.fee_limit_sun,
    )
    await outgoing.order(session, wanted)


async def _settle(session: AsyncSession, sweep: Sweep, line: SweepLine, sending: OutgoingView) -> str:
    """What has become of the line's transaction, which has ended; returns why the line has failed, if it has."""
    state = OutgoingState(sending.state)
    if state is OutgoingState.DONE and line.state == LineState.TRANSFERRING:
        await _book(session, sweep, line)
    elif state is OutgoingState.DONE or (
        # Rounds of gas have a limit of their own, as each is ordered.
        state is OutgoingState.DROPPED and (line.state == LineState.GAS or sending.number < MAX_TRANSFERS)
    ):
        line.state = LineState.WAITING  # whether it needs gas is asked again
        await session.flush()
    else:
        return await _fail(session, sweep, line, f"{line.state}: {sending.result or state}")
    return ""


async def _sending(session: AsyncSession, line: SweepLine) -> OutgoingView | None:
    if line.state == LineState.GAS:
        return await outgoing.state_of(session, sweep_gas(str(line.sweep_id), line.position, line.gas_rounds))
    if line.state == LineState.TRANSFERRING:
        return await outgoing.state_of(session, sweep_transfer(str(line.sweep_id), line.position))
    return None


async def _book(session: AsyncSession, sweep: Sweep, line: SweepLine) -> None:
    """The wallet's step: what has left the address is at the main wallet."""
    address = await rows.lock_address(session, line.address_index)
    main = await lock_account(session, AccountName.MAIN)
    address.balance_minor -= line.amount_minor
    main.balance_minor += line.amount_minor
    address.sweep_failures, address.sweep_after = 0, None
    line.state, line.final_at = LineState.DONE, await _now(session)
    sweep.swept_minor += line.amount_minor
    await session.flush()


async def _fail(session: AsyncSession, sweep: Sweep, line: SweepLine, reason: str) -> str:
    now = await _now(session)
    address = await rows.lock_address(session, line.address_index)
    address.sweep_failures += 1
    address.sweep_after = now + again_after(address.sweep_failures)
    line.state, line.failed_reason, line.final_at = LineState.FAILED, reason, now
    sweep.failed += 1
    sweep.flagged_at = sweep.flagged_at or now
    await session.flush()
    return reason


async def _seen(session: AsyncSession, sweep: Sweep, failure: str = "") -> Outcome[SweepView]:
    """The line that is next, or the end of the sweep after the last one."""
    line = await rows.next_line(session, sweep.id)
    if line is None and sweep.state == SweepState.OPEN:
        sweep.state, sweep.final_at = SweepState.DONE, await _now(session)
        await session.flush()
    lines = await rows.lines_of(session, sweep.id)
    view = SweepView(
        sweep_id=str(sweep.id),
        state=sweep.state,
        final=sweep.state == SweepState.DONE,
        ended=sum(one.final_at is not None for one in lines),
        failed=sweep.failed,
        failure=failure,
        flagged=sweep.flagged_at is not None,
    )
    if line is not None:
        addresses = await rows.addresses_of(session, [line])
        view = replace(
            view,
            position=line.position,
            address=addresses[line.address_index],
            amount=str(Money(line.amount_minor, CURRENCY)),
            line_state=line.state,
            sending=await _sending(session, line),
        )
    return Outcome(view, sweep)


async def _now(session: AsyncSession) -> datetime:
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    return now


def start(_: str, deal: Deal | None, sweep: Sweep) -> Start:
    """How a sweep's workflow starts (`market/nouns.py`)."""
    order = SweepOrder(str(sweep.id), sweep.cause, sweep.lines, str(Money(sweep.total_minor, CURRENCY)))
    return Start(
        order,
        f"{order.total} from {order.lines} addresses to the main wallet",
        f"- begun because of: {order.cause}",
        {"Currency": CURRENCY},
    )
