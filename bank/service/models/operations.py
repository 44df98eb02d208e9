"""Operations with the parts of refunds, and payouts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class OperationRow(Base):
    """One money movement requested by `caller`; amounts in minor units of `currency`.

    `status`: created, confirmed (the code was redeemed, nothing is held), pause (held), success, void. Credits and
    refunds name their debit in `source`. Of a captured debit, `credited_minor` was paid out by credits,
    `refunded_minor` went back to the payer; `uncredited_refunded_minor` of that was never paid out, and
    `fee_refunded_minor` went back in addition. Of a credit, `refunded_minor` was clawed back. A refund's `amount_minor`
    is principal, its `fee_minor` the part of the fee that went back with it.
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


class RefundPart(Base):
    """Source of a part of a refund; amounts in minor units of the refund's currency.

    `origin`: uncredited (captured and not yet paid out), payee, guarantee. The last two name the credit that is clawed
    back, from its payee or, in the payee's place, from the platform's guarantee account at the payee's bank.
    """

    __tablename__ = "refund_parts"

    refund_key: Mapped[str] = mapped_column(ForeignKey("operations.key"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    origin: Mapped[str]
    credit_key: Mapped[str | None] = mapped_column(ForeignKey("operations.key"))
    amount_minor: Mapped[int]


class Payout(Base):
    """The marketplace's own money, paid from its guarantee account to an account at the same bank; minor units.

    `request_key` is the Idempotency-Key of the request. `returned_at`: the payee's bank returned it.
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


class Remittance(Base):
    """Money that a client sent to another account, with `details` for the payee; minor units.

    `number` counts what came to `payee_account`, without a gap, in the order of the commits. `returned_at`: the payee
    has sent all of it back.
    """

    __tablename__ = "remittances"
    __table_args__ = (UniqueConstraint("payee_account", "number", name="remittances_number_once"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    payee_account: Mapped[str] = mapped_column(ForeignKey("accounts.number"))
    number: Mapped[int]
    payer_account: Mapped[str] = mapped_column(ForeignKey("accounts.number"))
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str]
    details: Mapped[str]
    booked_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
