"""Limits on what waits for a person's code: a few payments, withdrawals and accounts at once."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.codes import may_begin_unconfirmed
from store.people.users import lock_person

UNCONFIRMED: Final = "state IN ('opening', 'awaiting_code', 'processing')"
"""Of payments: the predicate of their index."""
UNCONFIRMED_ACCOUNTS: Final = "SELECT count(*) FROM accounts WHERE user_id = :person AND confirmed_at IS NULL"
UNCONFIRMED_WITHDRAWALS: Final = """
    SELECT count(*) FROM withdrawals w JOIN wallets p ON p.id = w.wallet_id
    WHERE p.user_id = :person AND w.state = 'awaiting_code'
"""


async def may_wait_for_a_code(session: AsyncSession, person: UUID, counting: str) -> None:
    """Raises `Conflict` too_many_unconfirmed when there is no room for one more of the kind that `counting` counts.

    The person's row is locked, so that concurrent requests are counted one by one.
    """
    await lock_person(session, person)
    may_begin_unconfirmed(await session.scalar(text(counting), {"person": person}) or 0)
