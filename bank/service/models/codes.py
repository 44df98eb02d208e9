"""Confirmation codes, what they are for, and the limits on them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Integer, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId


class Code(Base):
    """A confirmation code as a keyed hash. Live until it is used or killed; `judged_at` is the submission time.

    It belongs to one `subject`: the key of an operation or of an account access. `used_try` is the number of the try
    that used it.
    """

    __tablename__ = "codes"

    id: Mapped[NumberedId]
    operation_key: Mapped[str | None] = mapped_column(ForeignKey("operations.key"))
    access_key: Mapped[str | None] = mapped_column(ForeignKey("account_accesses.key"))
    subject: Mapped[str] = mapped_column(Computed("coalesce(operation_key, access_key)", persisted=True))
    number: Mapped[int] = mapped_column(SmallInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    killed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]
    used_try: Mapped[int | None] = mapped_column(SmallInteger)


class CodeTry(Base):
    """One counted try, committed before anything is compared; the request's key counts once.

    `window_at` is the window of `CodeLimit` in which it was counted.
    """

    __tablename__ = "code_tries"

    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    caller: Mapped[str]
    key: Mapped[str]
    at: Mapped[CreatedAt]
    window_at: Mapped[datetime | None]


class CodeLimit(Base):
    """How many codes that `caller` submitted in the window beginning at `window_at` were wrong, or are being compared.

    The caller "" is all callers together.
    """

    __tablename__ = "code_limits"

    caller: Mapped[str] = mapped_column(primary_key=True)
    window_at: Mapped[datetime]
    wrong: Mapped[int]


class AccountTurns(Base):
    """The used places of an account's limit (`AccountLimit`) in the window beginning at `window_at`.

    `about`: `wrong/<caller>` and `funds/<caller>` per caller, `sent` for all codes to the owner.
    """

    __tablename__ = "account_limits"

    account: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    window_at: Mapped[datetime]
    used: Mapped[int]


class CodeMessage(Base):
    """The message with a code. `sealed` is the encrypted code until the message was accepted or is given up.

    `channel`: the one to try next, null for the first that reaches the owner; in the end the one that accepted it.
    `message_id` is the same for every repeat.
    """

    __tablename__ = "code_messages"

    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), primary_key=True, autoincrement=False)
    message_id: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    channel: Mapped[str | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]


class AccountAccess(Base):
    """A request by `caller` to the owner of the account `number`: one to three codes, confirmed by one at most.

    By `purpose`: to let the caller see it (`view`), which gives a token, or to confirm ownership (`ownership`) for the
    caller's record `reference`. Open until confirmed or expired. For `view` such an account need not exist.
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
    """What the owner's code was exchanged for, as a keyed hash. The token is made from `nonce`, code and pepper."""

    __tablename__ = "access_tokens"

    access_key: Mapped[str] = mapped_column(ForeignKey("account_accesses.key"), primary_key=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
