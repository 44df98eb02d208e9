from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt


class AccountAccess(Base):
    """`caller` asks the owner of the account `number` for something: one to three codes, confirmed by one at most.

    By `purpose` to let him see it (`view`), which gives a token, or to say that it is his (`ownership`), for the
    caller's record `reference`. Open until confirmed or ended by time. To be seen there need not be such an account.
    """

    __tablename__ = "account_accesses"

    key: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str]
    number: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="view")
    reference: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class AccessToken(Base):
    """What the owner's code was exchanged for, as a keyed hash. The token is made of `nonce`, code and pepper."""

    __tablename__ = "access_tokens"

    access_key: Mapped[str] = mapped_column(ForeignKey("account_accesses.key"), primary_key=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
