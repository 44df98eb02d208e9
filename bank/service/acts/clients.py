"""Clients of the banks."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import Client


async def open_client(session: AsyncSession, name: str, email: str, phone: str | None) -> Client:
    client = Client(name=name, email=email, phone=phone)
    session.add(client)
    await session.flush()
    return client
