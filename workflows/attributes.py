"""The search attributes of workflows in the Temporal UI, for operators. Ids, no personal data.

Most are set as a workflow starts. One that changes is written with what else has changed, in the same event
(`Story.publish`), and costs no task of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

DEAL_STATE = SearchAttributeKey.for_keyword("DealState")
PAYMENT_STATE = SearchAttributeKey.for_keyword("PaymentState")
TOP_UP_STATE = SearchAttributeKey.for_keyword("TopUpState")
WITHDRAWAL_STATE = SearchAttributeKey.for_keyword("WithdrawalState")
FLAGGED = SearchAttributeKey.for_bool("Flagged")
PAY_BY = SearchAttributeKey.for_datetime("PayBy")


def typed(attributes: Mapping[str, str | datetime | bool | float | Sequence[str]]) -> TypedSearchAttributes:
    """The values that a workflow is started with: texts are keywords, lists of them match any of their texts."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(_key(name, value), value) for name, value in attributes.items()
    ]
    return TypedSearchAttributes(pairs)


def _key(name: str, value: str | datetime | bool | float | Sequence[str]) -> SearchAttributeKey[Any]:
    match value:
        case datetime():
            return SearchAttributeKey.for_datetime(name)
        case bool():
            return SearchAttributeKey.for_bool(name)
        case float():
            return SearchAttributeKey.for_float(name)
        case str():
            return SearchAttributeKey.for_keyword(name)
        case _:
            return SearchAttributeKey.for_keyword_list(name)
