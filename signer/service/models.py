"""The signer's tables. Nothing is ever deleted, and no row changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, SmallInteger, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
    }


class Seed(Base):
    """The one seed. `cost` is scrypt's N; `main_address` is what it derives for the main wallet."""

    __tablename__ = "seeds"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    salt: Mapped[bytes]
    cost: Mapped[int]
    sealed: Mapped[bytes]
    main_address: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Limit(Base):
    """One row per purpose, locked while a signature for it is decided: its day is summed up by one at a time."""

    __tablename__ = "limits"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    touched_at: Mapped[datetime | None]
    """Never set: a row can only be locked by a role that may change it."""


class Address(Base):
    """An address that was derived and given out."""

    __tablename__ = "addresses"

    index: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Signature(Base):
    """The answer to a key, for ever: a signature, or `refusal` with its `detail`.

    `most_minor` and `day_minor` are the limits under which it was signed; None: there is none.
    """

    __tablename__ = "signatures"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    purpose: Mapped[str]
    source: Mapped[str]
    raw: Mapped[bytes]
    refusal: Mapped[str | None]
    detail: Mapped[str | None]
    txid: Mapped[str | None]
    signature: Mapped[bytes | None]
    recipient: Mapped[str | None]
    amount_minor: Mapped[int | None]
    most_minor: Mapped[int | None]
    day_minor: Mapped[int | None]
    decided_at: Mapped[datetime]
