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
           EXISTS (SELECT FROM chain_accounts WHERE low_since IS NOT NULL AND name = 'gas'),
           EXISTS (SELECT FROM chain_accounts WHERE low_since IS NOT NULL AND name = 'main'),
           EXISTS (SELECT FROM chain_accounts WHERE missing_since IS NOT NULL)
    """
)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Live transactions that are flagged; addresses whose last sweep has failed; TRX that is low, or missing."""

    flagged: int
    failing: int
    gas_low: bool
    main_low: bool
    missing: bool

    @property
    def words(self) -> list[str]:
        """One sentence for each; none when all is well."""
        said = {
            f"addresses that could not be swept: {self.failing}": self.failing,
            f"outgoing transactions to look at: {self.flagged}": self.flagged,
            "the gas account has too little TRX": self.gas_low,
            "the main wallet has too little TRX": self.main_low,
            "the chain has less TRX on our accounts than the books": self.missing,
        }
        return [sentence for sentence, applies in said.items() if applies]


async def alarms(session: AsyncSession) -> Alarms:
    return Alarms(*(await session.execute(_ALARMS)).one())
