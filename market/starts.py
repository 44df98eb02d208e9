"""How a workflow is started: its input, its search attributes, and its texts in the Temporal UI.

How the workflow of one kind of row starts is `start` beside its acts; the registry has them all (`market/nouns.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from domain import keys
from domain.money import Money
from domain.wallets import PLATFORM
from payloads.payment import PaymentOrder
from payloads.refund import RefundOrder
from store.deals.deals import Deal

Attribute = str | datetime | bool | float | Sequence[str]


@dataclass(frozen=True, slots=True)
class Start:
    """`order` is the workflow's input, of `payloads/`. `attributes` are the search attributes: ids, no personal data.

    `details` is Markdown. Its links are relative to the Temporal UI's root, wherever that is; the UI opens them in a
    new tab.
    """

    order: object
    summary: str
    details: str
    attributes: Mapping[str, Attribute]


def of_money(amount: Money, *banks: int | None, flagged: bool = False) -> dict[str, Attribute]:
    """The search attributes of everything that moves money. `Amount` is in whole units, for filters only.

    `Bank` has the numbers of the banks between which it was begun, none for wallets.
    """
    numbers = sorted({str(bank) for bank in banks if bank not in (None, PLATFORM)})
    return {
        "Amount": float(amount.amount),
        "Currency": amount.currency,
        "Flagged": flagged,
        **({"Bank": numbers} if numbers else {}),
    }


def part_of_deal(order: PaymentOrder | RefundOrder) -> dict[str, Attribute]:
    """The search attributes of what belongs to a deal."""
    return {
        "DealId": order.deal_id,
        "BuyerId": order.buyer_id,
        "SellerId": order.seller_id,
    }


def link_to_deal(namespace: str, deal_id: str) -> str:
    """Markdown: a link to the deal's workflow."""
    deal = quote(keys.deal_workflow(deal_id), safe="")
    return f"[The deal](namespaces/{quote(namespace, safe='')}/workflows/{deal})"


def deal_given(deal: Deal | None) -> Deal:
    """The deal of a row that always has one."""
    assert deal is not None, "this row belongs to a deal"
    return deal


def readable(at: datetime) -> str:
    """`2026-01-31 09:05:00.250 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
