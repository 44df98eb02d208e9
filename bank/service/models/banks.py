from __future__ import annotations

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class Bank(Base):
    """A bank. The operator of the marketplace has a commission and a guarantee account in each, in `currency`."""

    __tablename__ = "banks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str]
    requisite: Mapped[str]
    currency: Mapped[str]
    commission_account: Mapped[str] = mapped_column(ForeignKey("accounts.number", use_alter=True))
    guarantee_account: Mapped[str] = mapped_column(ForeignKey("accounts.number", use_alter=True))
    created_at: Mapped[CreatedAt]
