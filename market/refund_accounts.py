"""Refunds to a payer whose account is closed: to another account or wallet that the payer names."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.payments import StepState
from domain.refunds import PAYER_CLOSED
from store.banks.accounts import Account, usable
from store.banks.bank_clients import must_be_connected
from store.banks.banks import platform_account
from store.deals.deals import Deal, record_event
from store.payments.payments import Payment
from store.payments.refunds import Refund, newest_steps, plan_again, refunds_of, steps_by_refund
from store.payments.steps import StepRow
from store.wallets.wallets import Wallet


async def waiting_for_account(session: AsyncSession, deal_id: UUID) -> list[tuple[Refund, StepRow]]:
    """The refunds of a deal that a bank has refused because the payer's account is closed, each with its step."""
    refunds = [refund for refund in await refunds_of(session, deal_id) if refund.final_at is None]
    steps = await steps_by_refund(session, refunds)
    return [
        (refund, step)
        for refund in refunds
        for step in newest_steps(steps[refund.id])
        if step.state == StepState.REFUSED and step.refused_code == PAYER_CLOSED
    ]


async def name_refund_account(
    session: AsyncSession, deal: Deal, payment: Payment, source: Account | Wallet
) -> list[Refund]:
    """Redirects refunds of a payment to another account or wallet of its payer, whose own account is closed.

    Deal and payment are locked. Plans the waiting refunds again and returns them, to be signalled. Raises `Conflict`
    refund_not_waiting, wrong_currency, same_account, account_unconfirmed, currency_not_served,
    banks_not_connected.
    """
    found = await waiting_for_account(session, deal.id)
    waiting = [(refund, step) for refund, step in found if step.payment_id == payment.id]
    if not waiting:
        raise Conflict("refund_not_waiting", "No refund of this payment waits for another account.")
    if source.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.")
    if source.number in (payment.payer_account, payment.refund_to):
        raise Conflict("same_account", "This is the account that is closed.")
    usable(source)
    if isinstance(source, Account):
        await must_be_connected(session, (payment.payer_bank, source.bank_id))
    payment.refund_to = payment.refund_by = source.number
    if isinstance(source, Wallet):
        payment.refund_by = await platform_account(session, payment.payer_bank, deal.currency)
    for _, step in waiting:
        await plan_again(session, payment, step)
    record_event(session, deal, "refund.redirected", payment=str(payment.id))
    await session.flush()
    return [refund for refund, _ in waiting]
