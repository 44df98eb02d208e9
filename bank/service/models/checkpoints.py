from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base


class Checkpoint(Base):
    """How far the books `books` of a marketplace had come when it last said so.

    The number only rises; `nonce` tells two equal ones apart.
    """

    __tablename__ = "checkpoints"

    caller: Mapped[str] = mapped_column(primary_key=True)
    books: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    nonce: Mapped[UUID]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
