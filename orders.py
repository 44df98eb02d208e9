"""What workflows are started with: orders made of rows, and the words that stand beside them in the Temporal UI."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from domain import keys
from domain.money import Money
from payloads.deal import DealOrder
from payloads.payment import PaymentOrder
from payloads.refund import RefundOrder
from payloads.repair import RepairOrder
from store.deals import Deal
from store.payments import Payment
from store.refunds import Refund
from store.repairs import Repair


def deal_order(deal: Deal) -> DealOrder:
    return DealOrder(
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=deal.currency,
        price=str(deal.price),
        pay_by=deal.pay_by.isoformat(timespec="milliseconds"),
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


def repair_order(deal: Deal, repair: Repair) -> RepairOrder:
    return RepairOrder(
        repair_id=str(repair.id),
        deal_id=str(repair.deal_id),
        payment_id=None if repair.payment_id is None else str(repair.payment_id),
        kind=repair.kind,
        reason=repair.reason,
        amount=str(Money(repair.amount_minor, deal.currency)),
        requested_by=str(repair.requested_by),
        approved_by=None if repair.approved_by is None else str(repair.approved_by),
        evidence=repair.evidence,
        key=repair.key,
        result=repair.result,
        pay_by=None if repair.pay_by is None else repair.pay_by.isoformat(timespec="milliseconds"),
    )


def repair_target(repair: Repair) -> str:
    """The id of the workflow that a repair is about."""
    if repair.payment_id is None:
        return keys.deal_workflow(str(repair.deal_id))
    return keys.payment_workflow(str(repair.payment_id))


# Links are relative to the Temporal UI's root, wherever that is; the UI opens them in a new tab.


def deal_details(namespace: str, order: DealOrder, offer_id: str) -> str:
    """Markdown for the static details of a deal's workflow: who and what, and a link to its payments."""
    query = quote(f'`DealId`="{order.deal_id}"', safe="")
    return "\n".join(
        [
            f"- [This deal and its payments](namespaces/{quote(namespace, safe='')}/workflows?query={query})",
            f"- offer `{offer_id}`",
            f"- buyer `{order.buyer_id}`",
            f"- seller `{order.seller_id}`",
        ]
    )


def payment_details(namespace: str, order: PaymentOrder, payer_bank: int, payee_bank: int) -> str:
    """Markdown for the static details of a payment's workflow: from where to where, and a link to its deal."""
    deal = quote(keys.deal_workflow(order.deal_id), safe="")
    return "\n".join(
        [
            f"- [The deal](namespaces/{quote(namespace, safe='')}/workflows/{deal})",
            f"- from the buyer's account at bank {payer_bank} to the seller's at bank {payee_bank}",
            f"- buyer `{order.buyer_id}`",
            f"- seller `{order.seller_id}`",
        ]
    )


def refund_details(namespace: str, order: RefundOrder) -> str:
    """Markdown for the static details of a refund's workflow: its deal, and who gets from whom."""
    deal = quote(keys.deal_workflow(order.deal_id), safe="")
    return "\n".join(
        [
            f"- [The deal](namespaces/{quote(namespace, safe='')}/workflows/{deal})",
            f"- to the buyer `{order.buyer_id}`",
            f"- from the seller `{order.seller_id}`",
        ]
    )


def readable(at: datetime) -> str:
    """A time as people read it, in UTC, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
