"""The static details of workflows in the Temporal UI: parties and amounts, and links to related workflows."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from domain import keys
from domain.wallets import PLATFORM
from payloads.deal import DealOrder
from payloads.payment import PaymentOrder
from payloads.refund import RefundOrder

# Links are relative to the Temporal UI's root, wherever that is; the UI opens them in a new tab.


def deal_details(namespace: str, order: DealOrder, offer_id: str) -> str:
    """Markdown for the static details of a deal's workflow: parties and goods, and a link to its payments."""
    query = quote(f'`DealId`="{order.deal_id}"', safe="")
    return "\n".join(
        [
            f"- [This deal and its payments](namespaces/{quote(namespace, safe='')}/workflows?query={query})",
            f"- offer `{offer_id}`",
            f"- buyer `{order.buyer_id}`",
            f"- seller `{order.seller_id}`",
        ]
    )


def payment_details(namespace: str, order: PaymentOrder) -> str:
    """Markdown for the static details of a payment's workflow: source and target, and a link to its deal."""
    deal = quote(keys.deal_workflow(order.deal_id), safe="")
    return "\n".join(
        [
            f"- [The deal](namespaces/{quote(namespace, safe='')}/workflows/{deal})",
            f"- from the buyer's {where(order.payer_bank)} to the seller's {where(order.payee_bank)}",
            f"- buyer `{order.buyer_id}`",
            f"- seller `{order.seller_id}`",
        ]
    )


def where(bank: int) -> str:
    """The account, for people."""
    return "wallet" if bank == PLATFORM else f"account at bank {bank}"


def refund_details(namespace: str, order: RefundOrder) -> str:
    """Markdown for the static details of a refund's workflow: its deal, payer and payee."""
    deal = quote(keys.deal_workflow(order.deal_id), safe="")
    return "\n".join(
        [
            f"- [The deal](namespaces/{quote(namespace, safe='')}/workflows/{deal})",
            f"- to the buyer `{order.buyer_id}`",
            f"- from the seller `{order.seller_id}`",
        ]
    )


def readable(at: datetime) -> str:
    """`2026-01-31 09:05:00.250 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
