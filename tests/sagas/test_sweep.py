"""Sweeps on a real node, by a real signer: gas, transfer, status, wallet, next, and what failed is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from domain.sweeps import SUN, Need
from market import sweeps
from payloads.poller import PollOrder
from store.chain.accounts import AccountName, ChainAccount, lock_account
from store.chain.addresses import ChainAddress
from store.chain.alarms import alarms
from store.chain.outgoing import OutgoingTransaction
from store.chain.sweeps import Sweep
from store.mail.notices import Notice
from tests.fixtures.databases import Databases
from tests.fixtures.outgoing import TOKEN, ChainWorld, with_rules, world
from tests.fixtures.sagas import Market, eventually


async def _end(world: ChainWorld, sweep: Sweep) -> Sweep:
    """Makes blocks until the sweep has ended."""

    async def look() -> Sweep:
        world.node.solidify()
        return await world.market.now(sweep)

    return await eventually(look, lambda found: found.state == "done", "the end of the sweep")


async def test_addresses_get_gas_and_are_moved_one_after_the_other(chain_world: ChainWorld) -> None:
    addresses = await chain_world.funded(70, 50)
    async with chain_world.working():
        sweep = await chain_world.begin()
        ended = await _end(chain_world, sweep)
    assert (ended.swept_minor, ended.failed, ended.cause) == (120 * TOKEN, 0, "value")
    assert [line.state for line in await chain_world.lines(sweep)] == ["done", "done"]
    assert await chain_world.booked() == (120 * TOKEN, 0)
    assert await chain_world.on_chain(chain_world.main) == 120 * TOKEN
    assert [await chain_world.on_chain(address) for address in addresses] == [0, 0]
    rows = await chain_world.transactions()
    assert [row.purpose for row in rows] == ["gas", "sweep", "gas", "sweep"]  # each ends before the next begins
    assert await chain_world.fees() == sum(row.fee_sun or 0 for row in rows) > 0


async def test_the_audit_asks_the_chain_for_the_money_and_for_what_was_sent(chain_world: ChainWorld) -> None:
    await chain_world.funded(40, 150)
    assert await chain_world.chain_alarms() == []
    sweep = await chain_world.begin()
    async with chain_world.working():
        await _end(chain_world, sweep)
    await chain_world.funded(60)
    assert await chain_world.chain_alarms() == []
    async with chain_world.market.database.transaction() as session:
        await session.execute(update(ChainAddress).values(balance_minor=61 * TOKEN).where(ChainAddress.index == 2))
        await session.execute(update(ChainAccount).values(balance_minor=191 * TOKEN).where(ChainAccount.name == "main"))
        await session.execute(update(OutgoingTransaction).values(fee_sun=1).where(OutgoingTransaction.purpose == "gas"))
    [address, main, *sent] = await chain_world.chain_alarms()
    assert "the books have 61000000, the chain 60000000" in address
    assert main.startswith(chain_world.main)
    assert len(sent) == 2
    chain_world.node.fail(outage="unavailable")
    assert all("the node was asked" in one for one in await chain_world.chain_alarms())


async def test_a_transfer_out_of_energy_is_flagged_and_a_later_sweep_moves_the_address(chain_world: ChainWorld) -> None:
    [address] = await chain_world.funded(150)
    chain_world.pay_trx(address, 60 * SUN)
    sweep = await chain_world.begin()
    async with chain_world.market.database.transaction() as session:
        await sweeps.move(session, sweep.id, 1, chain_world.main, Need(fee_limit_sun=1 * SUN, lacks_sun=0))
    async with chain_world.working():
        failed = await _end(chain_world, sweep)
        assert (failed.failed, failed.swept_minor) == (1, 0)
        assert failed.flagged_at is not None
        [line] = await chain_world.lines(sweep)
        assert line.failed_reason == "transferring: OUT_OF_ENERGY"
        assert await chain_world.booked() == (0, 150 * TOKEN)
        assert await ActivityEnvironment().run(chain_world.sweeping.begin_sweep) == 0  # it is left alone for a while
        async with chain_world.market.database.transaction() as session:
            await session.execute(
                update(ChainAddress).values(sweep_after=ChainAddress.sweep_after - timedelta(hours=1))
            )
        again = await _end(chain_world, await chain_world.begin())
    assert (again.failed, again.swept_minor) == (0, 150 * TOKEN)
    assert await chain_world.booked() == (150 * TOKEN, 0)
    assert await chain_world.on_chain(chain_world.main) == 150 * TOKEN


async def test_a_dropped_transfer_is_sent_again_within_the_sweep(chain_world: ChainWorld) -> None:
    [address] = await chain_world.funded(150)
    chain_world.pay_trx(address, 60 * SUN)
    sweep = await chain_world.begin()
    chain_world.node.fail(drop_broadcasts=True)
    async with chain_world.working():

        async def states() -> list[str]:
            return [row.state for row in await chain_world.transactions()]

        await eventually(states, lambda found: found == ["sent"], "a transfer that the node forgets")
        chain_world.expire()
        await eventually(states, lambda found: "dropped" in found, "its end")
        chain_world.node.recover()
        await _end(chain_world, sweep)
    assert [row.state for row in await chain_world.transactions()] == ["dropped", "done"]
    assert await chain_world.on_chain(chain_world.main) == 150 * TOKEN
    assert await chain_world.booked() == (150 * TOKEN, 0)


async def test_without_trx_on_the_gas_account_nothing_is_sent_and_the_address_waits(
    databases: Databases, idle_market: Market
) -> None:
    async with world(databases, idle_market, gas_trx=5) as poor:
        await poor.funded(150)
        async with poor.working():
            sweep = await _end(poor, await poor.begin())
        [line] = await poor.lines(sweep)
        assert line.failed_reason == "gas_account_low"
        assert await poor.transactions() == []
        assert await poor.booked() == (0, 150 * TOKEN)
        assert await _staff_news(poor) == ["chain.sweep_waits"]


async def test_the_poller_finds_what_is_worth_a_sweep_and_books_the_trx_that_has_come(chain_world: ChainWorld) -> None:
    environment = ActivityEnvironment()
    await chain_world.funded(60)
    assert not (await environment.run(chain_world.sweeping.wait_for_sweeps, PollOrder())).addresses
    await chain_world.funded(60)
    assert (await environment.run(chain_world.sweeping.wait_for_sweeps, PollOrder())).addresses
    async with chain_world.market.database.transaction() as session:
        gas = await lock_account(session, AccountName.GAS)
        assert (gas.sun, gas.fundings) == (100_000 * SUN, 1)
        assert gas.low_since is None


async def _staff_news(world: ChainWorld) -> list[str]:
    """The kinds of what administrators are to be mailed, in its order."""
    async with world.market.database.transaction() as session:
        return list(await session.scalars(select(Notice.kind).where(Notice.staff.is_not(None)).order_by(Notice.id)))


@pytest.mark.parametrize("point", ["gas_low", "main_low", "missing"])
async def test_accounts_that_are_low_are_marked_and_mailed_once_and_missing_trx_is_marked(
    chain_world: ChainWorld, point: str
) -> None:
    low = {"gas_low": {"gas_low_sun": 200_000 * SUN}, "main_low": {"main_low_sun": 200 * SUN}}
    world = with_rules(chain_world, **low.get(point, {}))
    if point == "missing":
        async with world.market.database.transaction() as session:
            gas = await lock_account(session, AccountName.GAS)
            gas.sun = 150_000 * SUN
    for _ in range(2):
        await ActivityEnvironment().run(world.sweeping.wait_for_sweeps, PollOrder())
    async with world.market.database.transaction() as session:
        main, gas = [await lock_account(session, name) for name in (AccountName.MAIN, AccountName.GAS)]
        assert (gas.low_since is not None) is (point == "gas_low")
        assert (main.low_since is not None) is (point == "main_low")
        found = await alarms(session)
        assert (found.gas_low, found.main_low) == (point == "gas_low", point == "main_low")
        assert (gas.missing_since is not None) is (point == "missing")
    assert await _staff_news(world) == ([] if point == "missing" else [f"chain.{point}"])
