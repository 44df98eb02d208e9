from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base


class Book(Base):
    """One of a bank's own ledger accounts, spread over `shards` because every payment touches it.

    `role`: fees (earned), transit (captured, not yet credited, both accounts here), settlement (owed to
    `other_bank`, negative: owed by it), outside (where deposits come from), receivables (negative: what the bank's
    accounts owe the guarantee account, each of them with a ledger account of its own that says how much).
    """

    __tablename__ = "books"

    code: Mapped[str] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"))
    role: Mapped[str]
    other_bank: Mapped[int | None] = mapped_column(Integer, ForeignKey("banks.id"))
    currency: Mapped[str]
    shards: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
