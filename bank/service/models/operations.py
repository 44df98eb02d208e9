from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class OperationRow(Base):
    """One money movement that `caller` asked for; amounts in minor units of `currency`.

    `status`: created, confirmed (the code was redeemed, nothing is held), pause (held), success, void.
    Credits and refunds name their debit in `source`. Of a captured debit `credited_minor` was paid out by
    credits, `refunded_minor` went back to the payer; `uncredited_refunded_minor` of that was never paid out, and
    `fee_refunded_minor` went back beside it. Of a credit `refunded_minor` was taken back. A refund's
    `amount_minor` is principal, its `fee_minor` the part of the fee that went back with it.
    """

    __tablename__ = "operations"

    id: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str]
    payer_account: Mapped[str] = mapped_column(ForeignKey("accounts.number"))
    payee_account: Mapped[str] = mapped_column(ForeignKey("accounts.number"))
    reference: Mapped[str]
    source: Mapped[str | None] = mapped_column(ForeignKey("operations.key"))
    credited_minor: Mapped[int] = mapped_column(server_default="0", default=0)
    refunded_minor: Mapped[int] = mapped_column(server_default="0", default=0)
    fee_refunded_minor: Mapped[int] = mapped_column(server_default="0", default=0)
    uncredited_refunded_minor: Mapped[int] = mapped_column(server_default="0", default=0)
    created_at: Mapped[CreatedAt]
    confirmed_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
