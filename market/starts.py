"""How each workflow is started: its order, its search attributes, and its texts in the Temporal UI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from market.details import deal_details, payment_details, readable, refund_details
from market.orders import (
    deal_order,
    override_order,
    override_target,
    payment_order,
    payment_request_order,
    refund_order,
    withdrawal_order,
)
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

Order = DealOrder | PaymentOrder | RefundOrder | OverrideOrder | PaymentRequestOrder | WithdrawalOrder


@dataclass(frozen=True, slots=True)
class Start:
    """`attributes` are the search attributes: ids, no personal data. `details` is Markdown with links into the UI."""

    order: Order
    summary: str
    details: str
    attributes: Mapping[str, str | datetime]


def of_deal(namespace: str, _: Deal | None, deal: Deal) -> Start:
    order = deal_order(deal)
    return Start(
        order,
        f"Purchase for {order.price}, to be paid by {readable(deal.pay_by)}",
        deal_details(namespace, order, str(deal.offer_id)),
        {
            "DealId": order.deal_id,
            "BuyerId": order.buyer_id,
            "SellerId": order.seller_id,
            "Currency": order.currency,
            "PayBy": deal.pay_by,
        },
    )


def of_payment(namespace: str, deal: Deal | None, payment: Payment) -> Start:
    order = payment_order(_its(deal), payment)
    summary = f"{order.amount} and a fee of {order.fee}, for deal/{order.deal_id}"
    return Start(order, summary, payment_details(namespace, order), _of_part(order))


def of_refund(namespace: str, deal: Deal | None, refund: Refund) -> Start:
    order = refund_order(_its(deal), refund)
    summary = f"Refund of {order.amount} ({order.cause}), for deal/{order.deal_id}"
    return Start(order, summary, refund_details(namespace, order), _of_part(order))


def of_override(_: str, deal: Deal | None, override: Override) -> Start:
    order = override_order(_its(deal), override)
    return Start(
        order,
        f"{order.kind}: {order.amount} at stake, for {override_target(override)}",
        f"- reason: {order.reason}\n- evidence: {order.evidence or 'none'}",
        {"DealId": order.deal_id, "Currency": _its(deal).currency},
    )


def of_payment_request(_: str, deal: Deal | None, request: PaymentRequest) -> Start:
    order = payment_request_order(request)
    return Start(
        order,
        f"{order.amount} asked for, to be answered by {readable(request.expires_at)}",
        f"- payee's wallet `{order.payee_wallet_id}`\n- payer's wallet `{order.payer_wallet_id}`",
        {"Currency": order.currency},
    )


def of_withdrawal(_: str, deal: Deal | None, withdrawal: Withdrawal) -> Start:
    order = withdrawal_order(withdrawal)
    return Start(
        order,
        f"{order.amount} and a fee of {order.fee}, to an account at bank {order.bank_id}",
        f"- wallet `{order.wallet_id}`",
        {"Currency": order.currency},
    )


def _of_part(order: PaymentOrder | RefundOrder) -> dict[str, str | datetime]:
    return {
        "DealId": order.deal_id,
        "BuyerId": order.buyer_id,
        "SellerId": order.seller_id,
        "Currency": order.currency,
    }


def _its(deal: Deal | None) -> Deal:
    assert deal is not None, "this row belongs to a deal"
    return deal
