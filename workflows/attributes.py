"""The search attributes of deals, payments and top-ups in the Temporal UI, for operators. Ids, no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

DEAL_STATE = SearchAttributeKey.for_keyword("DealState")
PAYMENT_STATE = SearchAttributeKey.for_keyword("PaymentState")
TOP_UP_STATE = SearchAttributeKey.for_keyword("TopUpState")
PAY_BY = SearchAttributeKey.for_datetime("PayBy")


def typed(attributes: Mapping[str, str | datetime]) -> TypedSearchAttributes:
    """The values that a workflow is started with: texts are keywords, times are datetimes."""
    pairs: list[SearchAttributePair[str] | SearchAttributePair[datetime]] = [
        SearchAttributePair(SearchAttributeKey.for_datetime(name), value)
        if isinstance(value, datetime)
        else SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
        for name, value in attributes.items()
    ]
    return TypedSearchAttributes(pairs)
