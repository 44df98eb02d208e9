"""Webhook endpoints that operators should know of."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Endpoints are few: their table is read whole.
_ALARMS: Final = text(
    """
    SELECT count(*) FILTER (WHERE failing_since < clock_timestamp() - interval '1 hour') AS down,
           count(*) FILTER (WHERE parked_at > clock_timestamp() - interval '1 day') AS parked
    FROM webhook_endpoints WHERE state = 'enabled'
    """
)


async def webhook_alarms(session: AsyncSession) -> list[str]:
    """In words; none while every endpoint has answered within the last hour that it was sent anything."""
    down, parked = (await session.execute(_ALARMS)).one()
    found = [f"{down} webhook endpoints have failed for an hour"] if down else []
    return found + ([f"events for {parked} webhook endpoints were given up within a day"] if parked else [])
