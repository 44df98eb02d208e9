"""Every way in which money comes into a wallet pays a service deal that waits for it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import parse_money
from store.wallets.holds import capture, hold_money, hold_of, void
from store.wallets.movements import Deposit, Moved, Movement, Transfer, carry_out
from store.wallets.wallets import Wallet
from tests.fixtures.funding import A_DAY, looking
from tests.fixtures.party_wallets import fill, in_wallet, paid_from_wallet, wallet_of, wallet_state
from tests.fixtures.sagas import Market

Credit = Callable[[AsyncSession], Awaitable[object]]
Way = Callable[[Market, Wallet, Wallet], Awaitable[Credit]]


async def _deposited(market: Market, wallet: Wallet, other: Wallet) -> Credit:
    return partial(_carry_out, movements=[_gift(wallet, "500.00")])


async def _transferred(market: Market, wallet: Wallet, other: Wallet) -> Credit:
    money, key = parse_money("500.00", "RUB"), secrets.token_hex(8)
    sent = Transfer("test", key, market.marketplace_id, other.id, wallet.id, money, "")
    return partial(_carry_out, movements=[sent])


async def _in_a_group(market: Market, wallet: Wallet, other: Wallet) -> Credit:
    """One statement for the credits of many, in two parts that are enough only together."""
    parts = [_gift(wallet, "200.00"), *(_gift(other, "1.00") for _ in range(50)), _gift(wallet, "300.00")]
    return partial(_carry_out, movements=parts)


async def _captured(market: Market, wallet: Wallet, other: Wallet) -> Credit:
    hold_id = await _held(market, other, wallet, "500.00")

    async def credit(session: AsyncSession) -> None:
        await capture(session, await hold_of(session, None, hold_id, lock=True), None)

    return credit


async def _freed(market: Market, wallet: Wallet, other: Wallet) -> Credit:
    """The money was there all the time, and held for somebody else."""
    await market.database.run(partial(_carry_out, movements=[_gift(wallet, "500.00")]))
    hold_id = await _held(market, wallet, other, "500.00")

    async def credit(session: AsyncSession) -> None:
        await void(session, await hold_of(session, None, hold_id, lock=True))

    return credit


async def _freed_in_part(market: Market, wallet: Wallet, other: Wallet) -> Credit:
    await market.database.run(partial(_carry_out, movements=[_gift(wallet, "600.00")]))
    hold_id = await _held(market, wallet, other, "600.00")

    async def credit(session: AsyncSession) -> None:
        await capture(session, await hold_of(session, None, hold_id, lock=True), parse_money("100.00", "RUB"))

    return credit


async def _held(market: Market, payer: Wallet, payee: Wallet, amount: str) -> UUID:
    async with market.database.transaction() as session:
        hour, money = timedelta(hours=1), parse_money(amount, "RUB")
        made = await hold_money(session, market.marketplace_id, payer.id, payee.id, money, details="", expires_in=hour)
    return made.id


def _gift(wallet: Wallet, amount: str) -> Deposit:
    return Deposit("test", secrets.token_hex(8), "test", wallet.id, parse_money(amount, "RUB"), "")


async def _carry_out(session: AsyncSession, movements: Sequence[Movement]) -> None:
    moved = await carry_out(await session.connection(), movements)
    assert all(isinstance(one, Moved) for one in moved), moved


@pytest.mark.source("escrow deals:21-22")
async def test_any_money_that_makes_the_wallets_enough_pays_a_deal_that_waits(market: Market) -> None:
    ways: list[Way] = [_deposited, _transferred, _in_a_group, _captured, _freed, _freed_in_part]
    async with looking(market):
        for way in ways:
            seller, buyer, payer = [await market.party(bank_id, None) for bank_id in (2, 1, 1)]
            wallet, other = await wallet_of(market, buyer), await wallet_of(market, payer, "1000.00")
            credit = await way(market, wallet, other)
            deal = await market.proposed(seller, buyer, terms=A_DAY, from_wallet=True)
            await market.confirm(deal)
            assert (await market.now(deal)).waits_on == wallet.account_id, way
            await market.database.run(credit)
            await market.until(deal, "funded")
            assert await wallet_state(market, wallet) == "500.00, 500.00 held", way
            assert (await market.now(deal)).waits_on is None, way
    assert await market.alarms() == {}


async def test_a_refund_into_the_wallet_pays_a_deal_that_waits(market: Market) -> None:
    seller, buyer, bought = await market.sale()
    await fill(market, buyer, "500.00")
    await paid_from_wallet(market, bought, buyer)
    await market.until(bought, "completed")
    deal = await market.proposed(seller, buyer, terms=A_DAY, from_wallet=True)
    await market.confirm(deal)
    async with looking(market):
        await market.refund(bought)
        await market.until(deal, "funded")
    assert await in_wallet(market, buyer) == "500.00, 500.00 held"
