"""The inputs of workflows, built from rows."""

from __future__ import annotations

from domain import keys
from domain.money import Money
from domain.wallets import PLATFORM
from payloads.deal import DealOrder
from payloads.override import OverrideOrder
from payloads.payment import PaymentOrder
from payloads.payment_request import PaymentRequestOrder
from payloads.refund import RefundOrder
from payloads.withdrawal import WithdrawalOrder
from store.deals.deals import Deal
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.wallets.payment_requests import PaymentRequest
from store.wallets.withdrawals import Withdrawal


def deal_order(deal: Deal) -> DealOrder:
    return DealOrder(
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=deal.currency,
        price=str(deal.price),
        pay_by=deal.pay_by.isoformat(timespec="milliseconds"),
        fresh=deal.events == 1 and deal.redriven_at is None,
    )


def payment_order(deal: Deal, payment: Payment) -> PaymentOrder:
    return PaymentOrder(
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
    )


def refund_order(deal: Deal, refund: Refund) -> RefundOrder:
    return RefundOrder(
        refund_id=str(refund.id),
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=deal.currency,
        amount=str(refund.amount(deal.currency)),
        cause=refund.cause,
    )


def override_order(deal: Deal, override: Override) -> OverrideOrder:
    return OverrideOrder(
        override_id=str(override.id),
        deal_id=str(override.deal_id),
        payment_id=None if override.payment_id is None else str(override.payment_id),
        kind=override.kind,
        reason=override.reason,
        amount=str(Money(override.amount_minor, deal.currency)),
        requested_by=str(override.requested_by),
        approved_by=None if override.approved_by is None else str(override.approved_by),
        evidence=override.evidence,
        key=override.key,
        result=override.result,
        pay_by=None if override.pay_by is None else override.pay_by.isoformat(timespec="milliseconds"),
    )


def payment_request_order(request: PaymentRequest) -> PaymentRequestOrder:
    return PaymentRequestOrder(
        request_id=str(request.id),
        payee_wallet_id=str(request.payee_wallet_id),
        payer_wallet_id=str(request.payer_wallet_id),
        currency=request.currency,
        amount=str(request.amount),
    )


def withdrawal_order(withdrawal: Withdrawal) -> WithdrawalOrder:
    return WithdrawalOrder(
        withdrawal_id=str(withdrawal.id),
        wallet_id=str(withdrawal.wallet_id),
        bank_id=withdrawal.bank_id,
        currency=withdrawal.currency,
        amount=str(withdrawal.amount),
        fee=str(withdrawal.fee),
    )


def override_target(override: Override) -> str:
    """The id of the workflow that an override concerns."""
    if override.payment_id is None:
        return keys.deal_workflow(str(override.deal_id))
    return keys.payment_workflow(str(override.payment_id))
