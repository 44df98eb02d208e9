"""Holds, requests, withdrawals and corrections of the world, in each state that needs no workflow's help."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import withdrawal_transfer
from domain.money import Money
from domain.sweeps import SUN
from domain.withdrawals import AddressTerms
from edge.codes import normalise
from edge.sealing import Sealer
from market.actor import Actor
from market.top_ups import begin
from market.withdrawal_steps import order_transfer, resume
from market.withdrawals import Try, confirm, count_try, mail_code
from rails.gateways.tron import TronGateway
from store.banks.accounts import account_of
from store.chain.providers import FIRST, note_answer
from store.mail.notices import sealing_context
from store.wallets import holds, payment_requests, withdrawal_begins, withdrawals
from store.wallets.wallets import Wallet, wallet_for
from tests.fixtures.chain import CONTRACT, Chain, arrival
from tests.fixtures.corrections import every_correction
from tests.fixtures.market import Api
from tests.fixtures.party_wallets import give, newest_sealed
from tests.fixtures.signer import THEIR_ADDRESS
from tests.fixtures.suspense import every_resolution
from tests.fixtures.sweeps import TOKEN, every_sweep, send

HOUR: Final = timedelta(hours=1)
PEPPER: Final = b"pepper of the audit's tests"


async def fill_wallets(api: Api, sealer: Sealer, payer: str, payee: str, account: str) -> None:
    async with api.database.transaction() as session:
        one, two = await wallet_for(session, UUID(payer), "RUB"), await wallet_for(session, UUID(payee), "RUB")
        await give(session, one.id, "1000.00")
        await _held(session, api.marketplace_id, one.id, two.id)
        await _asked(session, api.marketplace_id, one.id, two.id)
        for number in range(6):
            await _withdraw(session, sealer, one, UUID(account), number)
    await every_correction(api.database, one.id)
    await every_resolution(api.database, one.id)
    await fill_top_ups(api, payer)
    await every_sweep(api.database)
    async with api.database.transaction() as session:
        await _send_to_an_address(session, sealer, await wallet_for(session, UUID(payer), "USDT"))


async def _held(session: AsyncSession, marketplace: UUID, payer: UUID, payee: UUID) -> None:
    """One open, one captured in part, one freed, one expired."""
    made = [
        await holds.hold_money(
            session, marketplace, payer, payee, Money(10_00 + number, "RUB"), details="", expires_in=HOUR
        )
        for number in range(4)
    ]
    await holds.capture(session, made[1], Money(4_00, "RUB"))
    await holds.void(session, made[2])
    made[3].expires_at -= 2 * HOUR
    await session.flush()
    assert await holds.expire_due(session, 10) == 1


async def _asked(session: AsyncSession, marketplace: UUID, payer: UUID, payee: UUID) -> None:
    made = [
        await payment_requests.ask_for_payment(
            session, marketplace, payee, payer, Money(20_00 + number, "RUB"), details="", expires_in=HOUR
        )
        for number in range(4)
    ]
    await payment_requests.confirm(session, made[1])
    await payment_requests.decline(session, made[2])
    await payment_requests.withdraw(session, made[3])


async def _confirm(session: AsyncSession, sealer: Sealer, made: withdrawals.Withdrawal) -> None:
    """By the code that was mailed last."""
    code = normalise(sealer.open(await newest_sealed(session), sealing_context(made.wallet_id)))
    actor, attempt = Actor(None), Try(made.id, "test", str(made.id))
    await count_try(session, actor, attempt)
    await confirm(session, actor, attempt, code, PEPPER)


async def _send_to_an_address(session: AsyncSession, sealer: Sealer, wallet: Wallet) -> None:
    """One that the chain has paid from the main wallet, which sweeps have filled."""
    await give(session, wallet.id, "100", currency="USDT")
    money, none = Money(20 * TOKEN, "USDT"), Money(0, "USDT")
    terms = AddressTerms(
        minimum=none, maximum=money, fee=Money(2 * TOKEN, "USDT"), approve_above=money, contract=CONTRACT
    )
    made = await withdrawal_begins.begin_to_address(session, wallet, "usdt_tron", THEIR_ADDRESS, money, terms)
    await mail_code(session, sealer, PEPPER, made)
    await _confirm(session, sealer, made)
    await order_transfer(session, made.id, 15 * SUN)
    await send(session, withdrawal_transfer(str(made.id)))
    await resume(session, made.id)
    assert made.state == "done"


async def _withdraw(session: AsyncSession, sealer: Sealer, wallet: Wallet, account: UUID, number: int) -> None:
    """The first waits for its code, the second is cancelled, then: being paid, refused, paid, sent back."""
    to = await account_of(session, wallet.user_id, account)
    made = await withdrawal_begins.begin_withdrawal(session, wallet, to, Money(30_00 + number, "RUB"))
    await mail_code(session, sealer, PEPPER, made)
    if number == 1:
        await withdrawals.cancel(session, made)
    if number < 2:
        return
    await _confirm(session, sealer, made)
    if number == 3:
        await withdrawals.refused(session, made, "account_closed")
    if number > 3:
        await withdrawals.paid_out(session, made, f"op_payout_{number}")
    if number > 4:
        await withdrawals.returned(session, made)


async def fill_top_ups(api: Api, owner: str) -> None:
    """Of 100 each: credited, paid late in part, expired, waiting with something held back; and some in suspense."""
    chain, actor = Chain(api.database), Actor(api.marketplace_id)
    await chain.fill_pool()
    begun = await chain.now()
    await chain.block(at=begun)
    money, made = Money(100_000_000, "USDT"), []
    for number in range(4):
        pay_by = None if number == 3 else begun + HOUR
        async with api.database.transaction() as session:
            wallet = await wallet_for(session, UUID(owner), "USDT")
            began = await begin(session, actor, wallet.id, TronGateway(CONTRACT), money, pay_by, None)
        made.append(began.value)
    (_, to), (late, of_late), (expired, _), (_, doubtful) = made
    for one in (late, expired):
        await chain.pass_time(str(one.id), 2 * HOUR)
    await chain.block(
        arrival(to.address, "100", begun, external_id="credited"),
        arrival(of_late.address, "40", begun, external_id="in time"),
        arrival(of_late.address, "60", begun + 2 * HOUR, external_id="late"),
        arrival(doubtful.address, "100", begun, external_id="held back", held_back=True),
        arrival(await chain.free_address(), "7", begun, external_id="nobody's"),
        at=begun + 2 * HOUR,
    )
    await chain.resume(str(expired.id))
    async with api.database.transaction() as session:  # however long the tests take, a scanner reads and asks again
        await note_answer(session, FIRST, 1)
        await session.execute(text("UPDATE chain_cursors SET moved_at = moved_at + interval '1 day'"))
        await session.execute(text("UPDATE incoming_transfers SET seen_at = seen_at + interval '1 day'"))
