"""Payments of a deal: paying, cancelling, and naming another account when the present one cannot receive money."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Malformed
from domain.money import Money
from domain.payments import FINAL, EndReason, PaymentState, Step
from domain.wallets import PLATFORM, where
from market import refund_accounts
from market.actor import Actor, lock_visible_deal, lock_visible_payment, only_party, outdated
from market.acts import Outcome
from market.next_steps import finish_step, view_of
from market.parties import as_shown
from market.signals import Signal
from market.starts import Start, deal_given, link_to_deal, of_money, part_of_deal
from payloads.payment import BankAnswer, PaymentOrder, PaymentView
from store.banks.accounts import Account, account_of, usable
from store.deals.deals import Deal
from store.payments import payables, steps
from store.payments.codes import Code, first_code
from store.payments.opening import open_payment
from store.payments.payments import Payment, lock_with_deal, move, payments_of, record_event
from store.wallets.wallets import Wallet, wallet_of_user


@dataclass(frozen=True, slots=True)
class Source:
    """An account or a wallet of the buyer, exactly one. Raises `Malformed` missing_field, invalid_field."""

    account_id: UUID | None
    wallet_id: UUID | None

    def __post_init__(self) -> None:
        if self.account_id is None and self.wallet_id is None:
            raise Malformed("missing_field", "Name an account or a wallet.", "account_id")
        if self.account_id is not None and self.wallet_id is not None:
            raise Malformed("invalid_field", "A payment comes from an account or from a wallet.", "wallet_id")


@dataclass(frozen=True, slots=True)
class Opened:
    """A new payment, and the request for its first code."""

    payment: Payment
    code: Code


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a page showed before its form was sent: how many payments the deal had, and the total with the fee."""

    payments: int
    total: str


async def pay(
    session: AsyncSession,
    actor: Actor,
    deal_id: UUID,
    source: Source,
    amount: Money | None,
    reviewed: Reviewed | None = None,
) -> Outcome[Opened]:
    """Pays `amount` of a deal, or all that is left. It is reserved at once; then the payer is sent a code.

    Raises `NotFound` unknown_deal, unknown_account, unknown_wallet, `Forbidden` other_party, `Conflict` page_outdated,
    fee_changed and those of `open_payment`.
    """
    deal = await lock_visible_deal(session, actor, deal_id)
    only_party(actor, deal.buyer_id)
    if reviewed is not None and len(await payments_of(session, deal_id)) != reviewed.payments:
        raise outdated()
    payment = await open_payment(session, deal, await source_of(session, deal, source), amount)
    if reviewed is not None and payment.total.amount != reviewed.total:
        raise Conflict("fee_changed", "The fee has changed in the meantime. Please look at the total again.")
    code = await first_code(session, payment)
    return Outcome(Opened(payment, code), payment, (Signal(payment, deal, new=True),))


async def cancel(session: AsyncSession, actor: Actor, payment_id: UUID) -> Outcome[Payment]:
    """Cancels a payment that holds no money and has no code with the bank; its amount is free again.

    Raises `NotFound` unknown_payment, `Forbidden` other_party and those of `cancel_payment`.
    """
    deal, payment = await lock_visible_payment(session, actor, payment_id)
    only_party(actor, deal.buyer_id)
    await steps.cancel_payment(session, payment)
    return Outcome(payment, payment, (Signal(payment, deal),))


async def name_payout_account(
    session: AsyncSession, actor: Actor, payment_id: UUID, account_id: UUID
) -> Outcome[Payment]:
    """Names another account of the seller for a payable: a payment whose credit the seller's bank refused.

    Raises `NotFound` unknown_payment, unknown_account, `Forbidden` other_party, `Conflict` wrong_currency, and those of
    `usable` and `store.payments.payables.name_payout_account`.
    """
    deal, payment = await lock_visible_payment(session, actor, payment_id)
    only_party(actor, deal.seller_id)
    account = await account_of(session, deal.seller_id, account_id)
    usable(account)
    if account.currency != payment.currency:
        raise Conflict("wrong_currency", "The payment is in another currency.", "account_id")
    await payables.name_payout_account(session, payment, account.number)
    return Outcome(payment, payment, (Signal(payment, deal),))


async def name_refund_account(
    session: AsyncSession, actor: Actor, payment_id: UUID, source: Source, events: int | None = None
) -> Outcome[Payment]:
    """Names another account or wallet of the payer for refunds of a payment whose own account is closed.

    `events` is how many events the deal had when a page was shown. Raises `NotFound` unknown_payment, unknown_account,
    unknown_wallet, `Forbidden` other_party, `Conflict` page_outdated, refund_not_waiting.
    """
    deal, payment = await lock_visible_payment(session, actor, payment_id)
    only_party(actor, deal.buyer_id)
    as_shown(deal, events)
    to = await source_of(session, deal, source)
    refunds = await refund_accounts.name_refund_account(session, deal, payment, to)
    return Outcome(payment, payment, tuple(Signal(refund, deal) for refund in refunds))


async def record_operation(session: AsyncSession, payment_id: UUID, answer: BankAnswer) -> Outcome[PaymentView]:
    """Stores that the operation is open, or ends the payment because the rail refuses it."""
    deal, payment = await lock_with_deal(session, payment_id)
    if payment.operation is not None or payment.state in FINAL:
        return Outcome(await view_of(session, deal, payment), payment)
    if answer.done:
        payment.operation = answer.operation
        payment.clear_delay()
        record_event(session, payment, "payment.operation_opened", operation=payment.operation)
        return await finish_step(session, deal, payment)
    payment.refused_code = answer.refused_code
    if payment.state == PaymentState.RETURNING:  # ended by the deal meanwhile; there is nothing to void
        void = await steps.step_of(session, payment.id, Step.VOID, 1)
        steps.resolve_step(void, operation=None, refused_code=None)
    else:
        payment.end_reason = EndReason.REFUSED
    move(session, payment, PaymentState.FAILED, code=payment.refused_code)
    return await finish_step(session, deal, payment)


async def request_cancellation(session: AsyncSession, payment_id: UUID) -> Outcome[PaymentView]:
    """Stores that the payment should be cancelled: an idle one ends at once, otherwise the deal decides."""
    deal, payment = await lock_with_deal(session, payment_id)
    if payment.state in FINAL or payment.decision is not None or payment.cancel_requested_at is not None:
        return Outcome(await view_of(session, deal, payment), payment)
    payment.cancel_requested_at = func.clock_timestamp()
    if payment.state in (PaymentState.OPENING, PaymentState.AWAITING_CODE):
        await steps.cancel_payment(session, payment)
    return await finish_step(session, deal, payment, deal_decides=True)


async def source_of(session: AsyncSession, deal: Deal, source: Source) -> Account | Wallet:
    """The buyer's account or wallet. Raises `NotFound` unknown_account, unknown_wallet."""
    if source.account_id is not None:
        return await account_of(session, deal.buyer_id, source.account_id)
    assert source.wallet_id is not None
    return await wallet_of_user(session, deal.buyer_id, source.wallet_id)


def start(namespace: str, deal: Deal | None, payment: Payment) -> Start:
    """How a payment's workflow starts (`market/nouns.py`)."""
    deal = deal_given(deal)
    order = PaymentOrder(
        payment_id=str(payment.id),
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=payment.currency,
        amount=str(payment.amount),
        fee=str(payment.fee),
        rail="wallet" if payment.from_wallet else "bank",
        payer_bank=payment.payer_bank,
        payee_bank=PLATFORM if payment.from_wallet else deal.payee_bank,
        authorised=payment.authorised_at is not None,
    )
    summary = f"{order.amount} and a fee of {order.fee}, for deal/{order.deal_id}"
    attributes = {
        **part_of_deal(order),
        **of_money(payment.amount, order.payer_bank, order.payee_bank, flagged=payment.flagged_at is not None),
        "PaymentState": payment.state,
    }
    return Start(order, summary, details(namespace, order), attributes)


def details(namespace: str, order: PaymentOrder) -> str:
    """Markdown for the static details of a payment's workflow: source and target, and a link to its deal."""
    return "\n".join(
        [
            f"- {link_to_deal(namespace, order.deal_id)}",
            f"- from the buyer's {where(order.payer_bank)} to the seller's {where(order.payee_bank)}",
            f"- buyer `{order.buyer_id}`",
            f"- seller `{order.seller_id}`",
        ]
    )
