from __future__ import annotations

from typing import Final

from sqlalchemy import Table

from bank.service.models.base import Base
from edge.idempotency import answers_table

ANSWERS: Final[Table] = answers_table(Base.metadata, "answers")
