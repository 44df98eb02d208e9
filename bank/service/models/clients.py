from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId


class Client(Base):
    """A person or a firm with accounts; codes go to `phone`, if there is one and a gateway, else to `email`."""

    __tablename__ = "clients"

    id: Mapped[NumberedId]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class ClientMove(Base):
    """That the caller `moved_by` changed where a client is reached. The addresses themselves are not kept."""

    __tablename__ = "client_moves"

    id: Mapped[NumberedId]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    moved_by: Mapped[str]
    moved_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
