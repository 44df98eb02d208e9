"""The bank's figures for its operators' alarms: what waits to be delivered, and what sellers owe guarantee accounts."""

from __future__ import annotations

from typing import Final

from edge.database import Database
from edge.figures import Figure, Reading, read

_READ: Final = (
    (
        Figure("holdfast_bank_oldest_waiting_code_seconds", "Age of the oldest code whose message was not delivered."),
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - min(c.created_at)), 0)
        FROM code_messages m JOIN codes c ON c.id = m.code_id WHERE m.sealed IS NOT NULL
        """,
    ),
    (
        Figure("holdfast_bank_oldest_waiting_webhook_seconds", "Age of the oldest webhook that was not delivered."),
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)
        FROM webhooks WHERE delivered_at IS NULL AND given_up_at IS NULL
        """,
    ),
    (
        Figure("holdfast_bank_refund_debt_minor", "What sellers owe the guarantee account.", ("bank", "currency")),
        """
        SELECT b.bank_id, b.currency, -sum(a.balance_minor)
        FROM books b JOIN ledger.accounts a ON a.id = ANY (b.shards) WHERE b.role = 'receivables' GROUP BY 1, 2
        """,
    ),
    (
        Figure("holdfast_bank_guarantee_minor", "What the guarantee account can pay.", ("bank", "currency")),
        """
        SELECT b.id, g.currency, a.balance_minor - a.held_minor
        FROM banks b JOIN accounts g ON g.number = b.guarantee_account JOIN ledger.accounts a ON a.id = g.ledger_id
        """,
    ),
)


async def bank_figures(database: Database) -> list[Reading]:
    async with database.reading() as session:
        return [await read(session, figure, statement) for figure, statement in _READ]
