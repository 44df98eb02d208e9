"""Banks with their clients, accounts, books and fees."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId


class Bank(Base):
    """A bank. The platform has a commission and a guarantee account in each, in `currency`."""

    __tablename__ = "banks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str]
    requisite: Mapped[str]
    currency: Mapped[str]
    commission_account: Mapped[str] = mapped_column(ForeignKey("accounts.number", use_alter=True))
    guarantee_account: Mapped[str] = mapped_column(ForeignKey("accounts.number", use_alter=True))
    created_at: Mapped[CreatedAt]


class Client(Base):
    """A person or a firm with accounts; codes go to `phone`, if there is one and a gateway, else to `email`."""

    __tablename__ = "clients"

    id: Mapped[NumberedId]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default=text("'en'"))
    """Of the messages that bring codes: `en` or `ru`."""
    created_at: Mapped[CreatedAt]


class ClientMove(Base):
    """A change of a client's phone or address by the caller `moved_by`. The values themselves are not kept."""

    __tablename__ = "client_moves"

    id: Mapped[NumberedId]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    moved_by: Mapped[str]
    moved_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Account(Base):
    """An account at a bank. `ledger_id` is its account in the ledger, which alone has the balance.

    `kind`: client, commission or guarantee; only a client's account has an owner who can confirm a code.
    `debt_ledger_id` is the ledger account of its debt to the guarantee account, opened with the first debt.
    """

    __tablename__ = "accounts"

    number: Mapped[str] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    kind: Mapped[str]
    currency: Mapped[str]
    ledger_id: Mapped[int]
    debt_ledger_id: Mapped[int | None]
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]


class Book(Base):
    """One of a bank's own ledger accounts, spread over `shards` because every payment touches it.

    `role`: fees (earned), transit (captured, not yet credited, both accounts here), settlement (owed to `other_bank`,
    negative: owed by it), outside (source of deposits), receivables (negative: what the bank's accounts owe the
    guarantee account, each with a ledger account for its own debt).
    """

    __tablename__ = "books"

    code: Mapped[str] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"))
    role: Mapped[str]
    other_bank: Mapped[int | None] = mapped_column(Integer, ForeignKey("banks.id"))
    currency: Mapped[str]
    shards: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class Fee(Base):
    """The payer's fee for a transfer between two banks: a percentage (in basis points), but at least the minimum."""

    __tablename__ = "fees"

    payer_bank: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"), primary_key=True)
    payee_bank: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    percent_bp: Mapped[int] = mapped_column(Integer)
    minimum_minor: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
