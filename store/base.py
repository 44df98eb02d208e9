"""Shared by all market tables: one metadata, typed columns, ids and times made by the database, and state machines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, MetaData, Select, Text, literal_column, text
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from domain.states import Machine


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012 — SQLAlchemy's own protocol
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 — the same; what the database stamps is known after a flush

    machine: ClassVar[Machine | None] = None
    """The rules for its `state`, if the database refuses every other move (`store/migrate.py`)."""


# Ids are UUIDv7 made by PostgreSQL 18: sortable by creation, hard to guess, without coordination.
Id = Annotated[UUID, mapped_column(primary_key=True, server_default=text("uuidv7()"))]
Minor = Annotated[int, mapped_column(BigInteger)]
# The time of the statement, not of the transaction's start: a row may wait for locks before it is written.
Created = Annotated[datetime, mapped_column(server_default=text("clock_timestamp()"))]


class WorkflowRow(Base):
    """A row that has a workflow until it is final. The redriver signals it until then."""

    __abstract__ = True

    id: Mapped[Id]
    state: Mapped[str]
    final_at: Mapped[datetime | None]
    redrives: Mapped[int] = mapped_column(server_default=text("0"))
    """How often it was signalled since its last news."""
    redriven_at: Mapped[datetime | None]
    created_at: Mapped[Created]


def machines() -> dict[str, Machine]:
    """The state machines of all tables that have one, by table."""
    tables = (mapper.class_ for mapper in Base.registry.mappers)
    return {table.__tablename__: table.machine for table in tables if table.machine is not None}


def inline(state: StrEnum) -> ColumnElement[str]:
    """A state as part of the statement's text: a parameter would hide from PostgreSQL that a partial index fits."""
    return literal_column(f"'{state}'", Text)


_Row = TypeVar("_Row")


def in_pages(
    query: Select[_Row],
    id_: InstrumentedAttribute[UUID],
    created_at: InstrumentedAttribute[datetime],
    after: UUID | None,
    until: datetime | None,
) -> Select[_Row]:
    """In order of ids, which is order of creation, rows made before `until` (`store.operations.settled`).

    Newest first without `until`. `after` is the last id of the previous page.
    """
    if after is not None:
        query = query.where(id_ < after if until is None else id_ > after)
    if until is None:
        return query.order_by(id_.desc())
    return query.where(created_at < until).order_by(id_)
