"""Asking a registered client program for its banks, before an act decides what becomes of it."""

from __future__ import annotations

from contextlib import aclosing
from uuid import UUID

from bank.client import BankClient, BankUnavailable
from fronts.services import Services
from market.bank_clients import Connection, Directory, Wanted, connection, directory_of
from store.banks.bank_clients import bank_client_of


async def said_by(services: Services, client_id: UUID) -> Directory | str:
    """Its banks and fees, or why it does not say. Raises `NotFound` unknown_bank_client."""
    async with services.database.transaction() as session:
        row = await bank_client_of(session, client_id)
    return await _answer_of(services.banks.once(row))


async def said_at(services: Services, client_id: UUID, wanted: Wanted) -> Directory | str | None:
    """What the program at the new address of a client says, or why it does not; None when it has this address already.

    Raises `NotFound` unknown_bank_client.
    """
    async with services.database.transaction() as session:
        row = await bank_client_of(session, client_id)
    if row.url == wanted.url:
        return None
    return await _answer_of(services.banks.once(row, url=wanted.url, api_key=wanted.api_key))


async def tested(services: Services, client_id: UUID) -> Connection:
    """What a test of the connection shows. Raises `NotFound` unknown_bank_client."""
    said = await said_by(services, client_id)
    async with services.database.transaction() as session:
        return await connection(session, client_id, said)


async def _answer_of(client: BankClient) -> Directory | str:
    async with aclosing(client):
        try:
            return await directory_of(client)
        except BankUnavailable as error:
            return str(error)
