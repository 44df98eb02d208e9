"""Client programs of banks that an administrator has registered; their API keys and webhook secrets are sealed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    UniqueConstraint,
    and_,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.bank_clients import MACHINE, BankClientState, must_serve
from domain.errors import Conflict, NotFound
from domain.wallets import PLATFORM
from store.banks.banks import Bank, banks
from store.base import Base, Created, Id


class BankClientRow(Base):
    __tablename__ = "bank_clients"
    machine = MACHINE
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("timeout_ms > 0 AND max_calls > 0", "limits"),
        CheckConstraint("(failing_since IS NULL) = (failure IS NULL)", "failing"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    url: Mapped[str]
    state: Mapped[str]
    sealed_key: Mapped[bytes]
    sealed_secret: Mapped[bytes | None]
    """What it signs its webhooks with; without it none of them is accepted."""
    timeout_ms: Mapped[int]
    max_calls: Mapped[int]
    """How many calls each program of the market makes to it at once."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    """Counts the changes of what it is called with."""
    registered_by: Mapped[UUID] = mapped_column(ForeignKey("operators.id"))
    answered_at: Mapped[datetime | None]
    """When its banks were last copied."""
    failing_since: Mapped[datetime | None]
    failure: Mapped[str | None]
    created_at: Mapped[Created]


async def bank_clients(session: AsyncSession) -> list[BankClientRow]:
    """All of them, the first one first."""
    return list(await session.scalars(select(BankClientRow).order_by(BankClientRow.id)))


async def bank_client_of(session: AsyncSession, id_: UUID, *, lock: bool = False) -> BankClientRow:
    """Raises `NotFound` unknown_bank_client."""
    query = select(BankClientRow).where(BankClientRow.id == id_)
    row = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise NotFound("unknown_bank_client", "There is no such bank client.")
    return row


async def name_is_taken(session: AsyncSession, name: str, but: UUID | None = None) -> bool:
    found = select(BankClientRow.id).where(BankClientRow.name == name, BankClientRow.id.is_distinct_from(but))
    return await session.scalar(found) is not None


async def serving(session: AsyncSession) -> dict[int, UUID | None]:
    """By bank, the registered client that serves it; None: the one of the settings."""
    return {row.id: row.client_id for row in await session.execute(select(Bank.id, Bank.client_id))}


async def serves(session: AsyncSession, client_id: UUID | None, bank_id: int | None) -> bool:
    """Whether this client serves the bank; None: the one of the settings, to which what is not known belongs too."""
    bank = None if bank_id is None else await session.get(Bank, bank_id)
    return (None if bank is None else bank.client_id) == client_id


async def must_take_money(session: AsyncSession, banks: Collection[int]) -> None:
    """Whether new money may move between these banks; while it is decided the state of their client stays.

    Raises `Conflict` bank_not_served, banks_not_connected.
    """
    client_id = await must_be_connected(session, banks)
    if client_id is not None:
        of_client = select(BankClientRow.state).where(BankClientRow.id == client_id)
        state = await session.scalar(of_client.with_for_update(read=True))
        must_serve(None if state is None else BankClientState(state))


async def must_be_connected(session: AsyncSession, banks: Collection[int]) -> UUID | None:
    """The registered client of these banks, which must be one. Raises `Conflict` banks_not_connected."""
    clients = set(await session.scalars(select(Bank.client_id).where(Bank.id.in_(set(banks) - {PLATFORM}))))
    if len(clients) > 1:
        detail = "Payments between these two banks are not possible: choose another account, or a wallet."
        raise Conflict("banks_not_connected", detail, "account_id")
    return next(iter(clients), None)


async def note_answer(session: AsyncSession, id_: UUID, failure: str | None) -> None:
    """What became of the last copy of its banks; `failure` None: it is well."""
    now = func.clock_timestamp()
    values: dict[str, object] = {"answered_at": now, "failing_since": None, "failure": None}
    if failure is not None:
        values = {"failing_since": func.coalesce(BankClientRow.failing_since, now), "failure": failure}
    await session.execute(update(BankClientRow).where(BankClientRow.id == id_).values(values))


async def failing_clients(session: AsyncSession) -> list[BankClientRow]:
    """Those in use that have not answered since some time."""
    query = select(BankClientRow).where(BankClientRow.failing_since.is_not(None), BankClientRow.state != "disabled")
    return list(await session.scalars(query.order_by(BankClientRow.failing_since)))


async def banks_with_states(session: AsyncSession) -> list[tuple[Bank, BankClientState | None]]:
    """Every bank, by id, with the state of its registered client; None: the client of the settings serves it."""
    clients = await bank_clients(session)
    states: dict[UUID | None, BankClientState] = {client.id: BankClientState(client.state) for client in clients}
    return [(bank, states.get(bank.client_id)) for bank in await banks(session)]


async def banks_in_use(session: AsyncSession) -> list[Bank]:
    """Those at which an account can be named: the client of a disabled one is not asked for anything."""
    query = select(Bank).where(~exists().where(in_state(BankClientState.DISABLED)))
    return list(await session.scalars(query.order_by(Bank.id)))


def in_state(*states: BankClientState) -> ColumnElement[bool]:
    """Of a query of banks, within EXISTS: the client of the bank is in one of these states."""
    return and_(BankClientRow.id == Bank.client_id, BankClientRow.state.in_(states))
