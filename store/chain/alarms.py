"""What operators should look at on the chain, by one statement over what is live: nothing here grows with the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_ALARMS: Final = text(
    """
    SELECT (SELECT count(*) FROM outgoing_transactions WHERE final_at IS NULL AND flagged_at IS NOT NULL),
           (SELECT count(*) FROM chain_addresses WHERE balance_minor > 0 AND sweep_failures > 0),
           EXISTS (SELECT FROM chain_accounts WHERE low_since IS NOT NULL),
           EXISTS (SELECT FROM chain_accounts WHERE missing_since IS NOT NULL)
    """
)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Live transactions that are flagged; addresses whose last sweep has failed; TRX that is low, or missing."""

    flagged: int
    failing: int
    low: bool
    missing: bool

    def __bool__(self) -> bool:
        return bool(self.flagged or self.failing or self.low or self.missing)


async def alarms(session: AsyncSession) -> Alarms:
    return Alarms(*(await session.execute(_ALARMS)).one())
