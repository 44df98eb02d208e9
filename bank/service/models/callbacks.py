from __future__ import annotations

from datetime import datetime

from sqlalchemy import Computed, ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId


class CallbackAddress(Base):
    """Where a marketplace wants to be told; `sealed` is its signing secret, encrypted. Gone: it answered 410."""

    __tablename__ = "callback_addresses"

    caller: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    registered_at: Mapped[CreatedAt]
    gone_at: Mapped[datetime | None]


class Callback(Base):
    """One delivery to be made: the answer to `key` is there. Ends delivered or given up.

    `swapped`: it waits until the bank's next callback is delivered, at the latest until `due_at`.
    """

    __tablename__ = "callbacks"

    id: Mapped[NumberedId]
    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"))
    caller: Mapped[str]
    key: Mapped[str]
    operation: Mapped[str | None]
    status: Mapped[str]
    answered: Mapped[str | None] = mapped_column(Computed("CASE WHEN status <> 'funded' THEN key END", persisted=True))
    """The key, where there is an answer to it."""
    swapped: Mapped[bool] = mapped_column(server_default="false", default=False)
    created_at: Mapped[CreatedAt]
    due_at: Mapped[CreatedAt]
    tries: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]
