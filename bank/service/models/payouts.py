from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class Payout(Base):
    """The marketplace's own money, paid from its guarantee account to an account at the same bank; minor units.

    `request_key` is the Idempotency-Key that it was asked for with. `returned_at`: the payee's bank sent it back.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("caller", "request_key", name="payouts_request_once"),
        Index("payouts_by_payee", "payee_account"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str]
    request_key: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str]
    payer_account: Mapped[str] = mapped_column(ForeignKey("accounts.number"))
    payee_account: Mapped[str] = mapped_column(ForeignKey("accounts.number"))
    reference: Mapped[str]
    created_at: Mapped[CreatedAt]
    returned_at: Mapped[datetime | None]
