from __future__ import annotations

from typing import Any

from bank.service.models import RequestRow
from bank.service.schemas.common import Moment
from edge.wire import Wire, utc, utc_or_none


class RequestOut(Wire):
    """`answered_at` and `status` are null while the work is under way, and for ever when the answer was lost."""

    key: str
    step: str
    received_at: Moment
    answered_at: Moment | None
    status: int | None

    @classmethod
    def of(cls, row: RequestRow) -> RequestOut:
        return cls(
            key=row.key,
            step=row.step,
            received_at=utc(row.received_at),
            answered_at=utc_or_none(row.answered_at),
            status=row.status,
        )


class RequestsOut(Wire):
    items: list[RequestOut]


class AnswerOut(Wire):
    """What was answered to a key: the HTTP status and body, refusals included."""

    status: int
    body: dict[str, Any]
    recorded_at: Moment
