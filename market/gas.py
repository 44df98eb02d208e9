"""Our TRX on the chain: what comes to the main wallet and the gas account is booked, what runs low is reported.

The account `gas/TRX` has all of it, also what lies on addresses of top-ups; what the chain burns goes to
`network_fees/TRX` (`market/outgoing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import gas_funding_key
from domain.money import Money
from edge.idempotency import Names
from ledger.accounts import Named, open_named
from ledger.commands import Post
from market.acts import Outcome
from market.outgoing import GAS_ACCOUNT, TRX
from store.chain.accounts import AccountName, ChainAccount, lock_account
from store.chain.outgoing import is_any_live
from store.mail.notices import put_staff_notice
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
    was_low = row.low_since is not None
    row.low_since = (row.low_since or now) if sun < low_sun else None
    came = 0
    if agreed and not await is_any_live(session, row.address):
        came = max(0, sun - row.sun)
        row.missing_since = (row.missing_since or now) if sun < row.sun else None
    if came > 0:
        await _book(session, row, came)
    await session.flush()
    if row.low_since is not None and not was_low:
        await _mail(session, row, f"{row.name}_low", {"amount": _trx(sun), "least": _trx(low_sun)})
    noticed = Noticed(str(name), came, row.low_since is not None, row.missing_since is not None)
    return Outcome(noticed, Names(ChainAccount.__tablename__, row.name))


async def note_sweep_without_gas(session: AsyncSession) -> None:
    """A sweep has left an address where it is, because the gas account has too little: mailed once until TRX comes."""
    row = await lock_account(session, AccountName.GAS)
    await _mail(session, row, "sweep_waits", {"amount": _trx(row.sun if row.seen_sun is None else row.seen_sun)})


async def _mail(session: AsyncSession, row: ChainAccount, news: str, facts: Mapping[str, str]) -> None:
    """Once for each time that TRX has come: what falls below a bound again and again is one piece of news."""
    key = f"chain/{row.name}/{news}/{row.fundings}"
    await put_staff_notice(session, f"chain.{news}", key, {**facts, "address": row.address})


def _trx(sun: int) -> str:
    return str(Money(sun, TRX))


async def _book(session: AsyncSession, row: ChainAccount, came_sun: int) -> None:
    row.sun += came_sun
    row.fundings += 1
    gas, outside = await open_named(await session.connection(), [Named(GAS_ACCOUNT), Named(OUTSIDE_GAS)], TRX)
    key = gas_funding_key(row.name, row.fundings)
    await post_checked(session, Post(key, outside, gas, came_sun, TRX, row.address))
