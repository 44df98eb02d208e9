"""Payables: credits that a seller's bank has refused, and that are paid once the seller names another account."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.payments import CREDITS, Decision, PaymentState, Step, StepState
from domain.wallets import is_wallet
from store.banks.accounts import bank_id_of, payout_account
from store.banks.bank_clients import must_be_connected
from store.base import inline
from store.deals.deals import Deal
from store.payments.payments import Payment, move
from store.payments.steps import StepRow, clawback_steps, plan, steps_of


async def name_payout_account(session: AsyncSession, payment: Payment, account: str) -> None:
    """Plans the refused credits of a locked payable payment again, to the account number that the seller now names.

    Any part that went back to the payer meanwhile is not credited any more. Raises `Conflict` nothing_owed,
    refund_under_way, banks_not_connected.
    """
    if payment.state != PaymentState.PAYABLE:
        raise Conflict("nothing_owed", "This payment is not owed to the seller.")
    clawed_back = await clawback_steps(session, payment.id)
    if any(step.state != StepState.DONE for step in clawed_back):
        raise Conflict("refund_under_way", "A part of this payment is going back; try again after that.")
    if not is_wallet(account):
        await must_be_connected(session, (payment.payer_bank, bank_id_of(account)))
    for refused in await owed_credits(session, payment.id):
        owed_minor = refused.amount_minor - owed_clawed_back_minor(clawed_back, refused)
        plan(session, payment, refused.position, Step(refused.name), owed_minor, account, refused.number + 1)
    move(session, payment, PaymentState.RELEASING, account=account)
    await session.flush()


async def use_new_payout_account(session: AsyncSession, deal: Deal, payment: Payment) -> None:
    """Pays the payable of a locked payment to the payout account that the seller has named since.

    Not to an account whose bank has already refused it, nor while a part of it is going back to the payer.
    """
    account = await payout_account(session, deal.seller_id, deal.currency)
    refused = {step.account for step in await steps_of(session, payment.id) if step.state == StepState.REFUSED}
    going_back = [step for step in await clawback_steps(session, payment.id) if step.state != StepState.DONE]
    if account is not None and account.number not in refused and not going_back:
        await name_payout_account(session, payment, account.number)


async def owed_payments(session: AsyncSession, seller_id: UUID, currency: str) -> list[tuple[Deal, Payment]]:
    """A seller's payables in a currency, oldest first: for signals when another account was named."""
    query = select(Deal, Payment).join(Payment, Payment.deal_id == Deal.id).order_by(Payment.id)
    query = query.where(
        Deal.seller_id == seller_id, Deal.currency == currency, Payment.state == inline(PaymentState.PAYABLE)
    )
    return [(deal, payment) for deal, payment in await session.execute(query)]


async def still_owed(session: AsyncSession, deal: Deal) -> bool:
    """Whether a part of the deal's price has not reached its seller yet."""
    query = select(Payment.id).where(Payment.deal_id == deal.id, Payment.decision == Decision.RELEASE).limit(1)
    return await session.scalar(query.where(Payment.final_at.is_(None))) is not None


async def unpaid_when_it_ended(session: AsyncSession, deal: Deal) -> bool:
    """Whether there was still a payable to the seller when the deal ended; its payment is then mailed to the seller."""
    query = select(Payment.id).where(Payment.deal_id == deal.id, Payment.decision == Decision.RELEASE).limit(1)
    ended_later = or_(Payment.final_at.is_(None), Payment.final_at > deal.final_at)
    return await session.scalar(query.where(ended_later)) is not None


async def owed_credits(session: AsyncSession, payment_id: UUID) -> list[StepRow]:
    """The credits of a payment that were refused and are still owed: one, or its undisputed part and its rest."""
    newest = {step.name: step for step in await steps_of(session, payment_id) if step.name in CREDITS}
    return still_owed_of(list(newest.values()), await clawback_steps(session, payment_id))


def still_owed_of(newest: Sequence[StepRow], clawed_back: Sequence[StepRow]) -> list[StepRow]:
    """Those of the newest credits of a payment that were refused, and of which not all went back to the payer since."""
    refused = (step for step in newest if step.state == StepState.REFUSED)
    return [step for step in refused if owed_clawed_back_minor(clawed_back, step) < step.amount_minor]


def owed_clawed_back_minor(clawed_back: Sequence[StepRow], refused: StepRow) -> int:
    """The part of the refused credit that has gone back to the payer since it was planned, in minor units."""
    since = [step for step in clawed_back if step.taken == refused.name and step.created_at > refused.created_at]
    return sum(step.from_owed_minor or 0 for step in since)
