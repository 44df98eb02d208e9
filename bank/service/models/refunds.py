from __future__ import annotations

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base


class RefundPart(Base):
    """Where a part of a refund came from; amounts in minor units of the refund's currency.

    `origin`: uncredited (captured and not yet paid out), payee, guarantee. The last two name the credit that is
    taken back, from its payee or, in his place, from the operator's guarantee account at his bank.
    """

    __tablename__ = "refund_parts"

    refund_key: Mapped[str] = mapped_column(ForeignKey("operations.key"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    origin: Mapped[str]
    credit_key: Mapped[str | None] = mapped_column(ForeignKey("operations.key"))
    amount_minor: Mapped[int]
