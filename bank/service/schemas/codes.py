from __future__ import annotations

from bank.service.models import Code
from bank.service.schemas.common import Moment
from edge.wire import Wire, utc


class CodeOut(Wire):
    number: int
    expires_at: Moment

    @classmethod
    def of(cls, row: Code) -> CodeOut:
        return cls(number=row.number, expires_at=utc(row.expires_at))
