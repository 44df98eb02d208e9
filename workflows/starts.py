"""How each workflow is started: its name and id, and what operators find it by and read of it in the Temporal UI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from temporalio.common import TypedSearchAttributes

from domain import keys
from payloads.deal import DealOrder
from payloads.override import OverrideOrder
from payloads.payment import PaymentOrder
from payloads.payment_request import PaymentRequestOrder
from payloads.refund import RefundOrder
from payloads.withdrawal import WithdrawalOrder
from workflows import attributes
from workflows.details import deal_details, payment_details, readable, refund_details

Order = DealOrder | PaymentOrder | RefundOrder | OverrideOrder | PaymentRequestOrder | WithdrawalOrder


@dataclass(frozen=True, slots=True)
class Start:
    workflow: str
    order: Order
    id: str
    summary: str
    details: str
    attributes: TypedSearchAttributes


def of_deal(namespace: str, order: DealOrder, offer_id: str, pay_by: datetime) -> Start:
    return Start(
        "Deal",
        order,
        keys.deal_workflow(order.deal_id),
        f"Purchase for {order.price}, to be paid by {readable(pay_by)}",
        deal_details(namespace, order, offer_id),
        attributes.of_deal(order),
    )


def of_payment(namespace: str, order: PaymentOrder, payer_bank: int, payee_bank: int) -> Start:
    return Start(
        "Payment",
        order,
        keys.payment_workflow(order.payment_id),
        f"{order.amount} and a fee of {order.fee}, for deal/{order.deal_id}",
        payment_details(namespace, order, payer_bank, payee_bank),
        attributes.of_payment(order),
    )


def of_refund(namespace: str, order: RefundOrder) -> Start:
    return Start(
        "Refund",
        order,
        keys.refund_workflow(order.refund_id),
        f"Refund of {order.amount} ({order.cause}), for deal/{order.deal_id}",
        refund_details(namespace, order),
        attributes.of_refund(order),
    )


def of_override(order: OverrideOrder, target: str, currency: str) -> Start:
    return Start(
        "Override",
        order,
        keys.override_workflow(order.override_id),
        f"{order.kind}: {order.amount} at stake, for {target}",
        f"- reason: {order.reason}\n- evidence: {order.evidence or 'none'}",
        attributes.of_override(order, currency),
    )


def of_payment_request(order: PaymentRequestOrder, expires_at: datetime) -> Start:
    return Start(
        "PaymentRequest",
        order,
        keys.payment_request_workflow(order.request_id),
        f"{order.amount} asked for, to be answered by {readable(expires_at)}",
        f"- payee's wallet `{order.payee_wallet_id}`\n- payer's wallet `{order.payer_wallet_id}`",
        attributes.of_wallet(order),
    )


def of_withdrawal(order: WithdrawalOrder) -> Start:
    return Start(
        "Withdrawal",
        order,
        keys.withdrawal_workflow(order.withdrawal_id),
        f"{order.amount} and a fee of {order.fee}, to an account at bank {order.bank_id}",
        f"- wallet `{order.wallet_id}`",
        attributes.of_wallet(order),
    )
