"""Clients of the banks."""

from __future__ import annotations

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import Account, AccountAccess, Client, ClientMove, Code, OperationRow
from domain.errors import NotFound


async def open_client(session: AsyncSession, name: str, email: str, phone: str | None, language: str) -> Client:
    client = Client(name=name, email=email, phone=phone, language=language)
    session.add(client)
    await session.flush()
    return client


async def client_of(session: AsyncSession, client_id: int, *, lock: bool = False) -> Client:
    """Raises `NotFound` `unknown_client`."""
    client = await session.get(Client, client_id, with_for_update={"key_share": True} if lock else None)
    if client is None:
        raise NotFound("unknown_client", "There is no such client.")
    return client


async def move_client(
    session: AsyncSession, client_id: int, email: str, phone: str | None, language: str, caller: str
) -> Client:
    """From now on codes of the client go to `email`, or to `phone`, in `language`. Raises `NotFound` `unknown_client`.

    Codes sent to the old address or number become invalid: it may now belong to another person. A code made meanwhile
    waits for this change and goes to the new address. That `caller` made the change is recorded.
    """
    client = await client_of(session, client_id, lock=True)
    client.language = language
    if (client.email, client.phone) == (email, phone):
        await session.flush()
        return client
    client.email, client.phone = email, phone
    session.add(ClientMove(client_id=client_id, moved_by=caller))
    mine = select(Account.number).where(Account.client_id == client_id)
    operations = select(OperationRow.key).where(OperationRow.payer_account.in_(mine), OperationRow.status == "created")
    accesses = select(AccountAccess.key).where(AccountAccess.number.in_(mine))
    await session.execute(
        update(Code)
        .where(or_(Code.operation_key.in_(operations), Code.access_key.in_(accesses)))
        .where(Code.used_at.is_(None), Code.killed_at.is_(None))
        .values(killed_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
    await session.flush()
    return client
