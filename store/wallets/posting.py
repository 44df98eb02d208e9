"""Posts one checked command: done, or refused for a reason that only the ledger knows."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from ledger.commands import Command
from ledger.kernel import post
from ledger.outcomes import Posted, RefusalReason, Refused


async def post_checked(session: AsyncSession, command: Command) -> Posted:
    """Raises `Conflict` insufficient_funds, balance_limit, wallet_closed; any other refusal is a bug."""
    # Linked, so that a refusal leaves no trace: the same can be requested again when there is money.
    [outcome] = await post(await session.connection(), [command], linked=True, keep_refusals=False)
    if isinstance(outcome, Posted):
        return outcome
    raise refusal_of(outcome)


def refusal_of(outcome: Refused) -> Conflict:
    """The refusal for the wallet's owner. Raises RuntimeError for what was checked before."""
    if outcome.reason is RefusalReason.INSUFFICIENT_FUNDS:
        return Conflict("insufficient_funds", "The wallet does not have this amount available.", "amount")
    if outcome.reason is RefusalReason.BAD_AMOUNT:
        return Conflict("balance_limit", "The balance would exceed what can be booked.", "amount")
    if outcome.reason is RefusalReason.ACCOUNT_CLOSED:
        return Conflict("wallet_closed", "One of the wallets is closed.")
    raise RuntimeError(f"the ledger refuses what was checked: {outcome}")
