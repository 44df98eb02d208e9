from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bank.service.models import Client
from bank.service.schemas.common import Name
from edge.wire import Email, Wire

Phone = Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$", examples=["+79161234567"], description="E.164.")]


class ContactIn(Wire):
    email: Email
    phone: Phone | None = None
    """Where codes go when the bank has an SMS gateway; to `email` without either."""


class ClientIn(ContactIn):
    name: Name


class ClientOut(Wire):
    id: int
    name: str
    email: str
    phone: str | None

    @classmethod
    def of(cls, row: Client) -> ClientOut:
        return cls(id=row.id, name=row.name, email=row.email, phone=row.phone)
