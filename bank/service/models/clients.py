from __future__ import annotations

from sqlalchemy.orm import Mapped

from bank.service.models.base import Base, CreatedAt, NumberedId


class Client(Base):
    """A person or a firm with accounts; codes go to `phone`, if there is one and a gateway, else to `email`."""

    __tablename__ = "clients"

    id: Mapped[NumberedId]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str | None]
    created_at: Mapped[CreatedAt]
