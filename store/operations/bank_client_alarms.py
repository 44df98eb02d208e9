"""Bank clients that operators should know of."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from store.banks.bank_clients import failing_clients


async def bank_client_alarms(session: AsyncSession) -> list[str]:
    """In words; none while the banks of each client that is in use could be copied."""
    return [f"bank client {row.name}: {row.failure}" for row in await failing_clients(session)]
