"""Withdrawals to an address, on a real node by a real signer: paid once, freed only when nothing is under way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from domain.sweeps import SUN
from domain.withdrawals import FUNDS_AGAIN_AFTER
from ledger.accounts import balance_of
from market.actor import Actor
from market.withdrawal_steps import order_transfer
from market.withdrawals import cancel
from payloads.withdrawal import WithdrawalRef
from tests.fixtures.databases import Databases
from tests.fixtures.outgoing import TOKEN, ChainWorld, world
from tests.fixtures.party_wallets import notices
from tests.fixtures.payers import Payer, payer_of
from tests.fixtures.sagas import Market, eventually


@pytest_asyncio.fixture(loop_scope="session")
async def payer(chain_world: ChainWorld) -> Payer:
    return await payer_of(chain_world)


async def test_the_chain_pays_once_and_the_fee_is_the_platforms(payer: Payer) -> None:
    async with payer.working():
        row = await payer.withdraw()
        assert await payer.state() == (1000, 102)
        done = await payer.until(row, "done")
    assert (await payer.state(), await payer.received()) == ((898, 0), 100)
    [sent] = await payer.world.transactions()
    assert (sent.state, sent.txid, sent.to_address) == ("done", done.operation, payer.address)
    assert (await payer.world.booked())[0] == 4_900 * TOKEN == await payer.world.on_chain(payer.world.main)
    async with payer.market.database.transaction() as session:
        connection = await session.connection()
        assert (await balance_of(connection, "withdrawal-fees/USDT")).balance_minor == 2 * TOKEN
        assert (await balance_of(connection, "outside/tron/USDT")).balance_minor == 100 * TOKEN
    assert await notices(payer.market, payer.wallet.id) == ["withdrawal_code", "withdrawal_paid"]
    assert await payer.alarms() == {}


async def test_a_dropped_transaction_is_sent_again_under_a_new_number_and_pays_once(payer: Payer) -> None:
    payer.world.node.fail(drop_broadcasts=True)
    async with payer.working():
        row = await payer.withdraw()
        await eventually(payer.numbers, lambda found: found == [(1, "sent")], "a transaction that the node forgets")
        payer.world.expire()
        await eventually(payer.numbers, lambda found: (1, "dropped") in found, "its end")
        assert await payer.state() == (1000, 102)
        payer.world.node.recover()
        await payer.until(row, "done")
    assert await payer.numbers() == [(1, "dropped"), (2, "done")]
    assert (await payer.state(), await payer.received()) == ((898, 0), 100)


async def test_after_a_failed_transaction_the_money_stays_held_and_is_sent_again(payer: Payer) -> None:
    row = await payer.withdraw()
    async with payer.market.database.transaction() as session:
        await order_transfer(session, row.id, fee_limit_sun=1 * SUN)  # too little for its energy
    async with payer.working():
        waits = await payer.until(row, "awaiting_funds")
        assert waits.flagged_at is not None
        assert (await payer.numbers(), await payer.state()) == ([(1, "failed")], (1000, 102))
        await payer.market.pass_time(row, FUNDS_AGAIN_AFTER + timedelta(seconds=1))
        await payer.until(row, "done")
    assert await payer.numbers() == [(1, "failed"), (2, "done")]
    assert (await payer.state(), await payer.received()) == ((898, 0), 100)


async def test_steps_whose_answers_are_lost_are_taken_again_and_pay_once(payer: Payer) -> None:
    """Each step is committed before it is answered; without its answer the next worker takes it again."""
    row = await payer.withdraw()
    ordering, ref = ActivityEnvironment(), WithdrawalRef(str(row.id))
    await asyncio.gather(*(ordering.run(payer.ordering.order_transfer, ref) for _ in range(3)))
    assert await payer.numbers() == [(1, "ordered")]
    for _ in range(2):
        async with payer.working():  # a worker that is gone while the transaction is on its way
            await eventually(payer.numbers, lambda found: found == [(1, "sent")], "a transaction on its way")
    async with payer.working():
        await payer.until(row, "done")
    await ordering.run(payer.ordering.order_transfer, ref)
    assert await payer.numbers() == [(1, "done")]
    assert (await payer.state(), await payer.received()) == ((898, 0), 100)


async def test_with_too_little_on_the_main_wallet_nothing_is_sent_and_the_owner_may_cancel(
    databases: Databases, idle_market: Market
) -> None:
    async with world(databases, idle_market) as chain:
        poor = await payer_of(chain, main=99)
        async with poor.working():
            row = await poor.withdraw()
            await poor.until(row, "awaiting_funds")
            assert (await poor.numbers(), await poor.state()) == ([], (1000, 102))
            async with idle_market.database.transaction() as session:
                await cancel(session, Actor(idle_market.marketplace_id), row.id)
        assert await poor.state() == (1000, 0)


async def test_it_is_paid_as_soon_as_a_sweep_brings_enough_and_one_that_has_failed_is_not_tried_for_it(
    databases: Databases, idle_market: Market
) -> None:
    async with world(databases, idle_market) as chain:
        poor = await payer_of(chain, main=99)
        failing = await poor.withdraw("20")
        async with poor.market.database.transaction() as session:
            await order_transfer(session, failing.id, fee_limit_sun=1 * SUN)  # too little for its energy
        async with poor.working():
            await poor.until(failing, "awaiting_funds")
            waiting = await poor.withdraw()
            await poor.until(waiting, "awaiting_funds")
            await chain.funded(150)
            await chain.begin()
            await poor.until(waiting, "done")
        assert (await poor.market.now(failing)).state == "awaiting_funds"
        assert await poor.received() == 100
        assert (await chain.booked())[0] == 149 * TOKEN == await chain.on_chain(chain.main)


async def test_what_the_signer_refuses_is_freed(databases: Databases, idle_market: Market) -> None:
    async with world(databases, idle_market, withdrawal_most=50) as chain:
        payer = await payer_of(chain)
        async with payer.working():
            refused = await payer.until(await payer.withdraw(), "refused")
        assert refused.refused_code == "amount_over_limit"
        assert (await payer.state(), await payer.received()) == ((1000, 0), 0)


@pytest.mark.parametrize("approve", [True, False])
async def test_a_large_amount_waits_for_an_approver(payer: Payer, approve: bool) -> None:
    async with payer.working():
        row = await payer.withdraw("600")
        await payer.until(row, "awaiting_approval")
        assert (await payer.numbers(), await payer.state()) == ([], (1000, 602))
        anna = await payer.decide(row, approve=approve)
        ended = await payer.until(row, "done", "refused")
    assert (ended.state, ended.decided_by) == ("done" if approve else "refused", anna.id)
    assert (await payer.state(), await payer.received()) == (((398, 0), 600) if approve else ((1000, 0), 0))
    assert await payer.alarms() == {}
