from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class Account(Base):
    """An account at a bank. `ledger_id` is its account in the ledger, which alone knows the balance.

    `kind`: client, commission or guarantee; only a client's account has an owner who can confirm a code.
    `debt_ledger_id` is the ledger account of what it owes the guarantee account, opened with the first debt.
    """

    __tablename__ = "accounts"

    number: Mapped[str] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    kind: Mapped[str]
    currency: Mapped[str]
    ledger_id: Mapped[int]
    debt_ledger_id: Mapped[int | None]
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]
