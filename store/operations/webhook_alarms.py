"""Webhook endpoints that operators should know of."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# A lost signal is repeated within five minutes, and a run that was cut off ends and is repeated within three.
LATE_AFTER_S: Final = 600

# Each enabled endpoint with `since`: from when on it should have been tried, its last try if that was later. NULL while
# nothing waits, and in the future while it is left alone. An endpoint that is down is asked by its first delivery, due
# or not; of any other the first delivery of each lane has its own time.
AWAITED: Final = """
SELECT e.id, e.marketplace_id, market_now(e.id) AS now,
       CASE WHEN n.due IS NOT NULL THEN greatest(n.due, e.tried_at) END AS since
FROM webhook_endpoints e
CROSS JOIN LATERAL (
    SELECT CASE WHEN e.paused_until IS NULL THEN (
        SELECT min(d.due_at) FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'waiting' AND NOT EXISTS (
            SELECT FROM webhook_deliveries f
            WHERE f.endpoint_id = d.endpoint_id AND f.lane = d.lane AND f.state = 'waiting' AND f.number < d.number
        )
    ) ELSE (
        SELECT greatest(d.since, e.paused_until) FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'waiting' ORDER BY d.number LIMIT 1
    ) END AS due
) n
WHERE e.state = 'enabled'
"""
_LATE: Final = text(
    f"SELECT id FROM ({AWAITED}) a WHERE since + interval '{LATE_AFTER_S} seconds' < now ORDER BY id"  # noqa: S608  # no input
)
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
    found += [f"events for {parked} webhook endpoints were given up within a day"] if parked else []
    return found + [f"webhook endpoint {id_} is not sent what is due" for id_ in await session.scalars(_LATE)]
