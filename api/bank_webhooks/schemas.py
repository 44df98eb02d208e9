from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.characters import VISIBLE
from edge.wire import CleanText, Timestamp, Wire

Key = Annotated[str, Field(min_length=1, max_length=255, pattern=VISIBLE)]


class WebhookData(Wire):
    key: Key
    """The Idempotency-Key of the market's request; `funding/…` names a platform account that was funded."""
    operation: Annotated[CleanText, Field(max_length=64)] | None
    status: Literal["done", "refused", "returned", "funded"]


class WebhookIn(Wire):
    """The bank has an answer. It contains no amount: the market asks the bank, and only that answer counts."""

    type: Literal["answer.ready"]
    timestamp: Timestamp
    data: WebhookData


class WebhookOut(Wire):
    status: Literal["noted", "not_ours"]
