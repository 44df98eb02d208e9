"""Our TRX on the chain: what comes to the main wallet and the gas account is noticed, and what runs low or lacks.

The account `gas/TRX` has all of it, also what lies on addresses of top-ups; what the chain burns goes to
`network_fees/TRX` (`market/outgoing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import gas_funding_key
from edge.idempotency import Names
from ledger.accounts import Named, open_named
from ledger.commands import Post
from market.acts import Outcome
from market.outgoing import GAS_ACCOUNT, TRX
from store.chain.accounts import AccountName, ChainAccount, lock_account
from store.chain.outgoing import is_any_live
from store.wallets.posting import post_checked

OUTSIDE_GAS = "outside/gas/TRX"


@dataclass(frozen=True, slots=True)
class Noticed:
    """What one look at an account has shown; `came_sun` is booked."""

    account: str
    came_sun: int = 0
    low: bool = False
    missing: bool = False


async def note_balance(session: AsyncSession, name: AccountName, sun: int, low_sun: int) -> Outcome[Noticed]:
    """The chain says that this account has `sun`: books what has come, and marks what is too little.

    Nothing is booked while a transaction of the account is under way, nor before two looks in a row agree: the newest
    block may vanish, and one of several nodes may be behind.
    """
    row = await lock_account(session, name)
    agreed, row.seen_sun = row.seen_sun == sun, sun
    now = await session.scalar(select(func.clock_timestamp()))
    row.low_since = (row.low_since or now) if sun < low_sun else None
    came = 0
    if agreed and not await is_any_live(session, row.address):
        came = max(0, sun - row.sun)
        row.missing_since = (row.missing_since or now) if sun < row.sun else None
    if came > 0:
        await _book(session, row, came)
    await session.flush()
    noticed = Noticed(str(name), came, row.low_since is not None, row.missing_since is not None)
    return Outcome(noticed, Names(ChainAccount.__tablename__, row.name))


async def _book(session: AsyncSession, row: ChainAccount, came_sun: int) -> None:
    row.sun += came_sun
    row.fundings += 1
    gas, outside = await open_named(await session.connection(), [Named(GAS_ACCOUNT), Named(OUTSIDE_GAS)], TRX)
    key = gas_funding_key(row.name, row.fundings)
    await post_checked(session, Post(key, outside, gas, came_sun, TRX, row.address))
