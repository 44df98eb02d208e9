"""What a withdrawal books: a hold in the wallet, and its end. The other side is what has left, by bank or by chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import withdrawal_leg
from ledger.accounts import Named, open_named, open_shards, shard, shard_for
from ledger.commands import Capture, Hold, Post, Void
from store.payments.books import SHARDS
from store.wallets.posting import post_checked
from store.wallets.wallets import Wallet

if TYPE_CHECKING:
    from store.wallets.withdrawals import Withdrawal


async def hold(session: AsyncSession, withdrawal: Withdrawal, wallet: Wallet) -> None:
    """Amount and fee. Raises `Conflict` insufficient_funds, wallet_closed."""
    total, outside = withdrawal.total, await _outside(session, withdrawal)
    leg = _leg(withdrawal, "hold")
    await post_checked(session, Hold(leg, wallet.account_id, outside, total.minor, total.currency, withdrawal.account))


async def capture(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """All of it is outside. A bank keeps its fee itself; of what the chain holds for us, the fee is the platform's."""
    await post_checked(session, Capture(_leg(withdrawal, "capture"), _leg(withdrawal, "hold")))
    fee = withdrawal.fee
    if withdrawal.gateway is None or fee.minor == 0:
        return
    earned = shard(f"withdrawal-fees/{fee.currency}", SHARDS, str(withdrawal.id))
    [platform] = await open_named(await session.connection(), [Named(earned.code)], fee.currency)
    outside = await _outside(session, withdrawal)
    await post_checked(session, Post(_leg(withdrawal, "fee"), outside, platform, fee.minor, fee.currency))


async def void(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """Nothing has left: all of it is free in the wallet."""
    await post_checked(session, Void(_leg(withdrawal, "void"), _leg(withdrawal, "hold")))


async def give_back(session: AsyncSession, withdrawal: Withdrawal, wallet: Wallet) -> None:
    """The bank keeps a fee that it has earned, and returns the amount."""
    amount, outside = withdrawal.amount, await _outside(session, withdrawal)
    leg = _leg(withdrawal, "return")
    await post_checked(
        session, Post(leg, outside, wallet.account_id, amount.minor, amount.currency, withdrawal.account)
    )


async def _outside(session: AsyncSession, withdrawal: Withdrawal) -> int:
    code = f"outside/withdrawal/{withdrawal.bank_id}/{withdrawal.currency}"
    if withdrawal.gateway is not None:
        code = f"outside/tron/{withdrawal.currency}"  # what came by the chain, and what left by it
    shards = await open_shards(await session.connection(), code, withdrawal.currency, SHARDS)
    return shard_for(shards, str(withdrawal.id))


def _leg(withdrawal: Withdrawal, leg: str) -> str:
    return withdrawal_leg(str(withdrawal.id), leg)
