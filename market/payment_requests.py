"""Payment requests between wallets: the payee asks, the payer confirms or declines, the payee retracts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import Money
from domain.payment_requests import FINAL, RequestState
from market.actor import Actor, marketplace_of, only_party
from market.acts import Outcome
from market.signals import Signal
from market.starts import Start, readable
from payloads.payment_request import PaymentRequestOrder, PaymentRequestView
from store import clock
from store.deals.deals import Deal
from store.wallets import payment_requests as rows
from store.wallets.payment_requests import PaymentRequest


async def ask(
    session: AsyncSession,
    actor: Actor,
    payee_wallet_id: UUID,
    payer_wallet_id: UUID,
    money: Money,
    details: str,
    expires_in: timedelta,
) -> Outcome[PaymentRequest]:
    """Asks the payer for money. Clients ask only for their own wallets. Raises as `ask_for_payment`."""
    made = await rows.ask_for_payment(
        session,
        marketplace_of(actor),
        payee_wallet_id,
        payer_wallet_id,
        money,
        details=details,
        expires_in=expires_in,
        owner=actor.user_id,
    )
    return Outcome(made, made, (Signal(made, new=True),))


async def confirm(session: AsyncSession, actor: Actor, request_id: UUID) -> Outcome[PaymentRequest]:
    """The payer confirms: the money is transferred at once, irrevocably.

    Raises `NotFound` unknown_request, `Forbidden` other_party, `Conflict` request_ended, request_expired,
    insufficient_funds, wallet_closed.
    """
    request = await _locked(session, actor, request_id, payee=False)
    await rows.confirm(session, request)
    return Outcome(request, request, (Signal(request),))


async def decline(session: AsyncSession, actor: Actor, request_id: UUID) -> Outcome[PaymentRequest]:
    """The payer declines. Raises `NotFound`, `Forbidden` other_party, `Conflict` request_ended, request_expired."""
    request = await _locked(session, actor, request_id, payee=False)
    await rows.decline(session, request)
    return Outcome(request, request, (Signal(request),))


async def retract(session: AsyncSession, actor: Actor, request_id: UUID) -> Outcome[PaymentRequest]:
    """The payee retracts it. Raises `NotFound`, `Forbidden` other_party, `Conflict` request_ended, request_expired."""
    request = await _locked(session, actor, request_id, payee=True)
    await rows.withdraw(session, request)
    return Outcome(request, request, (Signal(request),))


async def resume(session: AsyncSession, request_id: UUID) -> Outcome[PaymentRequestView]:
    """Resumes a request from its row, and ends it if it was not answered in time, by the database's clock."""
    request = await rows.request_of(session, None, request_id, lock=True)
    await rows.expire(session, request)
    now = await clock.now(session, request.id)
    view = PaymentRequestView(
        request_id=str(request.id),
        state=request.state,
        wait_s=(request.expires_at - now).total_seconds(),
        final=RequestState(request.state) in FINAL,
    )
    return Outcome(view, request)


async def _locked(session: AsyncSession, actor: Actor, request_id: UUID, *, payee: bool) -> PaymentRequest:
    """The request, locked, for the side that decides: clients decide only for their own side."""
    request = await rows.request_of(session, actor.marketplace_id, request_id, party=actor.user_id, lock=True)
    to_be_paid, to_pay = await rows.users_of(session, request)
    only_party(actor, to_be_paid if payee else to_pay)
    return request


def start(_: str, deal: Deal | None, request: PaymentRequest) -> Start:
    """How a payment request's workflow starts (`market/nouns.py`)."""
    order = PaymentRequestOrder(
        request_id=str(request.id),
        payee_wallet_id=str(request.payee_wallet_id),
        payer_wallet_id=str(request.payer_wallet_id),
        currency=request.currency,
        amount=str(request.amount),
    )
    return Start(
        order,
        f"{order.amount} asked for, to be answered by {readable(request.expires_at)}",
        f"- payee's wallet `{order.payee_wallet_id}`\n- payer's wallet `{order.payer_wallet_id}`",
        {"Currency": order.currency},
    )
