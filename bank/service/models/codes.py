from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId


class Code(Base):
    """A confirmation code as a keyed hash. Live until it is used or killed; `judged_at` is the submission time."""

    __tablename__ = "codes"

    id: Mapped[NumberedId]
    operation_key: Mapped[str] = mapped_column(ForeignKey("operations.key"))
    number: Mapped[int] = mapped_column(SmallInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    killed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]


class CodeTry(Base):
    """One counted try, committed before anything is compared; the request's key counts once."""

    __tablename__ = "code_tries"

    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    caller: Mapped[str]
    key: Mapped[str]
    at: Mapped[CreatedAt]


class CodeMail(Base):
    """The mail that brings a code. `sealed` is the encrypted code until the mail is delivered or given up."""

    __tablename__ = "code_mails"

    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]
