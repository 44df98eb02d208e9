"""Callers of the bank, their requests and answers, and callbacks to them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Integer, LargeBinary, SmallInteger, Table, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId
from edge.idempotency import answers_table


class ApiKeyRow(Base):
    """A key of the marketplace or administrator `name`, who owns everything done with any of their keys."""

    __tablename__ = "api_keys"

    id: Mapped[NumberedId]
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RequestRow(Base):
    """One write request that arrived, repeats included. `answered_at` stays null when the answer was lost."""

    __tablename__ = "requests"

    id: Mapped[NumberedId]
    caller: Mapped[str]
    key: Mapped[str]
    step: Mapped[str]
    bank_id: Mapped[int | None] = mapped_column(Integer)
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)


ANSWERS: Final[Table] = answers_table(Base.metadata, "answers")


class Checkpoint(Base):
    """The latest reported checkpoint of the books `books` of a marketplace.

    The number only rises; `nonce` distinguishes two equal ones.
    """

    __tablename__ = "checkpoints"

    caller: Mapped[str] = mapped_column(primary_key=True)
    books: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    nonce: Mapped[UUID]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class WebhookEndpoint(Base):
    """A marketplace's address for callbacks; `sealed` is its signing secret, encrypted. Gone: it answered 410."""

    __tablename__ = "webhook_endpoints"

    caller: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    registered_at: Mapped[CreatedAt]
    gone_at: Mapped[datetime | None]


class Webhook(Base):
    """One delivery: the answer to `key` is ready. Ends delivered or given up.

    `swapped`: it waits until the bank's next webhook is delivered, at the latest until `due_at`.
    """

    __tablename__ = "webhooks"

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
