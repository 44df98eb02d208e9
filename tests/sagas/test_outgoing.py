"""One outgoing transaction on a real node, by a real signer: sent once under any loss, decided by the chain alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.outgoing import Purpose
from domain.sweeps import SUN
from market import outgoing
from market.outgoing import Order
from payloads.outgoing import OutgoingView
from rails.outgoing import Outgoing
from signer.client import Signed
from store.chain.outgoing import OutgoingTransaction
from tests.fixtures.databases import Databases
from tests.fixtures.outgoing import TOKEN, ChainWorld, world
from tests.fixtures.sagas import Market
from tests.fixtures.tron import tron_serving
from tron.node import USDT_CONTRACT

ABOUT = "test/1"


async def _order(world: ChainWorld, wanted: Order) -> None:
    async with world.market.database.transaction() as session:
        await outgoing.order(session, wanted)


async def _gas(world: ChainWorld, sun: int = 30 * SUN) -> str:
    [address] = await world.funded(50)
    await _order(world, Order(ABOUT, Purpose.GAS, address, trx_sun=sun))
    return address


async def _sent(world: ChainWorld) -> None:
    """Up to the broadcast."""
    for state in ("prepared", "signed", "sent"):
        view = await world.advance(ABOUT)
        assert isinstance(view, OutgoingView) and view.state == state


async def _end(world: ChainWorld) -> OutgoingView:
    view = await world.advance(ABOUT)
    assert isinstance(view, OutgoingView), view
    return view


async def test_it_is_stored_with_its_id_before_it_is_signed_and_done_once_solidified(chain_world: ChainWorld) -> None:
    address = await _gas(chain_world)
    await _sent(chain_world)
    assert await chain_world.advance(ABOUT) == "OutcomeUnknown: outcome unknown: in no solidified block yet"
    chain_world.node.mine()
    assert isinstance(await chain_world.advance(ABOUT), str)  # in a block that may still vanish
    chain_world.node.solidify()
    done = await _end(chain_world)
    assert (done.state, done.result, done.final) == ("done", "SUCCESS", True)
    [row] = await chain_world.transactions()
    assert row.fee_sun == await chain_world.fees() > 0
    assert await chain_world.outgoing.sun(address) == 30 * SUN
    assert await _end(chain_world) == done  # a repeat changes nothing
    assert await chain_world.fees() == row.fee_sun


@pytest.mark.parametrize("fault", ["lose_broadcast_answers", "drop_broadcasts"])
async def test_a_lost_answer_and_a_lost_transaction_are_sent_again_as_the_same_one(
    chain_world: ChainWorld, fault: str
) -> None:
    address = await _gas(chain_world)
    for _ in range(2):
        await chain_world.advance(ABOUT)
    chain_world.node.fail(**{fault: True})
    await chain_world.advance(ABOUT)
    chain_world.node.recover()
    assert "no solidified block" in str(await chain_world.advance(ABOUT))  # and sends it again
    chain_world.node.solidify()
    assert (await _end(chain_world)).state == "done"
    assert await chain_world.outgoing.sun(address) == 30 * SUN
    assert len(await chain_world.transactions()) == 1


@pytest.mark.parametrize("killed", ["after_signing", "after_broadcast"])
async def test_a_worker_that_dies_between_an_effect_and_its_record_leaves_one_transaction(
    chain_world: ChainWorld, killed: str
) -> None:
    address = await _gas(chain_world)
    await chain_world.advance(ABOUT)
    if killed == "after_broadcast":
        await chain_world.advance(ABOUT)
    [row] = await chain_world.transactions()  # the dead worker's step is done outside, and nothing of it is recorded
    if killed == "after_signing":
        assert isinstance(await chain_world.outgoing.sign(row), Signed)
    else:
        assert await chain_world.outgoing.broadcast(row) == "taken"
        chain_world.node.solidify()
    while isinstance(view := await chain_world.advance(ABOUT), OutgoingView) and not view.final:
        pass
    chain_world.node.solidify()
    assert (await _end(chain_world)).state == "done"
    [same] = await chain_world.transactions()
    assert (same.txid, same.number) == (row.txid, 1)
    assert await chain_world.outgoing.sun(address) == 30 * SUN


async def test_an_expired_transaction_is_dropped_and_only_then_another_number_is_signed(
    chain_world: ChainWorld,
) -> None:
    address = await _gas(chain_world)
    await _sent(chain_world)
    chain_world.node.chain.pending.clear()  # the network has forgotten it
    chain_world.node.fail(refuse_broadcasts="SERVER_BUSY")
    await _order(chain_world, Order(ABOUT, Purpose.GAS, address, trx_sun=30 * SUN))
    assert len(await chain_world.transactions()) == 1  # never two live ones
    chain_world.expire()
    chain_world.node.recover()
    assert (await _end(chain_world)).state == "dropped"
    await _order(chain_world, Order(ABOUT, Purpose.GAS, address, trx_sun=30 * SUN))
    await _sent(chain_world)
    chain_world.node.solidify()
    assert (await _end(chain_world)).number == 2
    first, second = await chain_world.transactions()
    assert (first.state, second.state) == ("dropped", "done")
    assert first.txid != second.txid
    assert await chain_world.outgoing.sun(address) == 30 * SUN


async def test_a_worker_that_was_frozen_before_signing_does_not_drop_what_another_has_sent(
    chain_world: ChainWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await _gas(chain_world)
    await chain_world.advance(ABOUT)
    solid_time = chain_world.outgoing.solid_time

    async def frozen() -> datetime:
        monkeypatch.undo()
        for state in ("signed", "sent"):  # by another worker, whose node then falls silent
            view = await chain_world.advance(ABOUT)
            assert isinstance(view, OutgoingView) and view.state == state
        chain_world.node.solidify()
        chain_world.expire()
        return await solid_time()

    monkeypatch.setattr(chain_world.outgoing, "solid_time", frozen)
    assert (await _end(chain_world)).state == "sent", "dropped, it would be ordered again, and paid twice"
    assert (await _end(chain_world)).state == "done"
    assert await chain_world.outgoing.sun(address) == 30 * SUN


async def test_what_is_read_late_is_done_though_it_has_expired(chain_world: ChainWorld) -> None:
    await _gas(chain_world)
    await _sent(chain_world)
    chain_world.node.solidify()
    chain_world.expire()
    assert (await _end(chain_world)).state == "done"


async def test_a_failed_one_is_failed_with_the_receipts_reason_and_its_fee_is_booked(chain_world: ChainWorld) -> None:
    [address] = await chain_world.funded(50)
    chain_world.pay_trx(address, 40 * SUN)
    cheap = Order(
        ABOUT, Purpose.SWEEP, chain_world.main, token_minor=50 * TOKEN, address_index=0, fee_limit_sun=1 * SUN
    )
    await _order(chain_world, cheap)
    await _sent(chain_world)
    chain_world.node.solidify()
    failed = await _end(chain_world)
    assert (failed.state, failed.result) == ("failed", "OUT_OF_ENERGY")
    [row] = await chain_world.transactions()
    assert row.fee_sun == await chain_world.fees() >= 1 * SUN
    assert row.flagged_at is not None
    assert await chain_world.on_chain(address) == 50 * TOKEN


async def test_what_the_signer_does_not_allow_is_refused_for_good_and_flagged(chain_world: ChainWorld) -> None:
    [address] = await chain_world.funded(50)
    somebody = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    await _order(chain_world, Order(ABOUT, Purpose.SWEEP, somebody, token_minor=1, address_index=0, fee_limit_sun=SUN))
    await chain_world.advance(ABOUT)
    refused = await _end(chain_world)
    assert (refused.state, refused.result) == ("refused", "destination_not_allowed")
    assert refused.flagged
    assert await chain_world.on_chain(address) == 50 * TOKEN


async def test_the_days_limit_makes_it_wait_flagged_and_it_goes_on_under_a_new_number(
    databases: Databases, idle_market: Market
) -> None:
    async with world(databases, idle_market, gas_most_trx_per_day=40) as limited:
        address = await _gas(limited)
        await _sent(limited)
        limited.node.solidify()
        await _end(limited)
        await _order(limited, Order("test/2", Purpose.GAS, address, trx_sun=30 * SUN))
        await limited.advance("test/2")
        waits = await limited.advance("test/2")
        assert isinstance(waits, OutgoingView)
        assert (waits.state, waits.step, waits.flagged, waits.final) == ("prepared", "sign", True, False)
        assert 0 < waits.wait_s <= 3_600
        limited.expire()
        dropped = await limited.advance("test/2")  # not signed in time: nobody has it
        assert isinstance(dropped, OutgoingView) and dropped.state == "dropped"
        await _a_day_later(limited)
        await _order(limited, Order("test/2", Purpose.GAS, address, trx_sun=30 * SUN))
        while isinstance(view := await limited.advance("test/2"), OutgoingView):
            assert (view.number, view.wait_s) == (2, 0.0)
        limited.node.solidify()
        done = await limited.advance("test/2")
        assert isinstance(done, OutgoingView) and (done.state, done.number) == ("done", 2)
        assert await limited.outgoing.sun(address) == 60 * SUN


async def _a_day_later(world: ChainWorld) -> None:
    """At the signer."""
    engine = create_async_engine(world.signer.stored.superuser_url)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text("UPDATE signatures SET decided_at = decided_at - interval '25 hours'"))
    await engine.dispose()


async def test_the_database_refuses_a_second_live_number(chain_world: ChainWorld) -> None:
    address = await _gas(chain_world)
    second = OutgoingTransaction(about=ABOUT, number=2, purpose="gas", to_address=address, trx_sun=1, state="ordered")
    async with chain_world.market.database.transaction() as session:
        session.add(second)
        with pytest.raises(IntegrityError, match="uq_outgoing_transactions_live"):
            await session.flush()
        await session.rollback()


async def test_while_the_node_is_away_nothing_is_decided(chain_world: ChainWorld) -> None:
    await _gas(chain_world)
    await _sent(chain_world)
    chain_world.node.solidify()
    for fault in ("unavailable", "hang_up", "nonsense"):
        chain_world.node.fail(outage=fault)
        assert "node:" in str(await chain_world.advance(ABOUT))
    chain_world.node.recover()
    assert (await _end(chain_world)).state == "done"


async def test_nothing_is_dropped_before_the_second_provider_says_so_too(chain_world: ChainWorld) -> None:
    async with tron_serving(chain_world.node.chain) as second:
        nodes = [chain_world.node.client, second.client]
        both = replace(chain_world, outgoing=Outgoing(nodes, chain_world.signer.client, USDT_CONTRACT))
        await _gas(both)
        await _sent(both)
        both.node.chain.pending.clear()
        both.node.fail(refuse_broadcasts="SERVER_BUSY")
        second.fail(refuse_broadcasts="SERVER_BUSY", stale_at=both.node.chain.head.number)
        both.expire()
        assert "no solidified block" in str(await both.advance(ABOUT))
        second.fail(refuse_broadcasts="SERVER_BUSY")
        assert (await _end(both)).state == "dropped"
