"""Asking a registered client program for its banks, before an act decides what becomes of it."""

from __future__ import annotations

from contextlib import aclosing
from uuid import UUID

from bank.client import BankUnavailable
from fronts.services import Services
from market.bank_clients import Connection, Directory, connection, directory_of
from store.banks.bank_clients import bank_client_of


async def said_by(services: Services, client_id: UUID) -> Directory | str:
    """Its banks and fees, or why it does not say. Raises `NotFound` unknown_bank_client."""
    async with services.database.transaction() as session:
        row = await bank_client_of(session, client_id)
    async with aclosing(services.banks.once(row)) as client:
        try:
            return await directory_of(client)
        except BankUnavailable as error:
            return str(error)


async def tested(services: Services, client_id: UUID) -> Connection:
    """What a test of the connection shows. Raises `NotFound` unknown_bank_client."""
    said = await said_by(services, client_id)
    async with services.database.transaction() as session:
        return await connection(session, client_id, said)
