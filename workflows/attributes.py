"""The search attributes by which operators find deals and payments in the Temporal UI. Ids only, no personal data."""

from __future__ import annotations

from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from payloads.deal import DealOrder
from payloads.override import OverrideOrder
from payloads.payment import PaymentOrder
from payloads.payment_request import PaymentRequestOrder
from payloads.refund import RefundOrder
from payloads.withdrawal import WithdrawalOrder

DEAL_ID = SearchAttributeKey.for_keyword("DealId")
BUYER_ID = SearchAttributeKey.for_keyword("BuyerId")
SELLER_ID = SearchAttributeKey.for_keyword("SellerId")
DEAL_STATE = SearchAttributeKey.for_keyword("DealState")
PAYMENT_STATE = SearchAttributeKey.for_keyword("PaymentState")
CURRENCY = SearchAttributeKey.for_keyword("Currency")
PAY_BY = SearchAttributeKey.for_datetime("PayBy")


def of_deal(order: DealOrder) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(DEAL_ID, order.deal_id),
            SearchAttributePair(BUYER_ID, order.buyer_id),
            SearchAttributePair(SELLER_ID, order.seller_id),
            SearchAttributePair(CURRENCY, order.currency),
            SearchAttributePair(PAY_BY, datetime.fromisoformat(order.pay_by)),
        ]
    )


def of_payment(order: PaymentOrder) -> TypedSearchAttributes:
    return _of_part(order)


def of_refund(order: RefundOrder) -> TypedSearchAttributes:
    return _of_part(order)


def _of_part(order: PaymentOrder | RefundOrder) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(DEAL_ID, order.deal_id),
            SearchAttributePair(BUYER_ID, order.buyer_id),
            SearchAttributePair(SELLER_ID, order.seller_id),
            SearchAttributePair(CURRENCY, order.currency),
        ]
    )


def of_override(order: OverrideOrder, currency: str) -> TypedSearchAttributes:
    return TypedSearchAttributes([SearchAttributePair(DEAL_ID, order.deal_id), SearchAttributePair(CURRENCY, currency)])


def of_wallet(order: PaymentRequestOrder | WithdrawalOrder) -> TypedSearchAttributes:
    return TypedSearchAttributes([SearchAttributePair(CURRENCY, order.currency)])
