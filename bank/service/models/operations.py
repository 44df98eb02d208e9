from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class OperationRow(Base):
    """One money movement that `caller` asked for; amounts in minor units of `currency`.

    `status`: created, pause (held), success, void. `credited_minor` is how much of a captured debit has been
    paid out by credits, which name it in `source`.
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
    created_at: Mapped[CreatedAt]
    held_at: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
