"""Two real bank programs at one market: one stops and comes back, one is drained; nobody else is held up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from activities.checkpoint import books_are_current
from activities.directory import DirectoryActivities
from bank.client import BankClient, BankUnavailable
from bank.guard import FAILURES
from devstack.mailbox import Mailbox
from domain.errors import Conflict
from edge.outward import Outward
from market.bank_clients import Wanted, directory_of, disable, drain, enable, register
from market.banks import BankClients
from store.banks.bank_clients import bank_client_of
from store.payments.payments import Payment
from store.people.operators import create_operator
from tests.fixtures.bank import RunningBank, serving
from tests.fixtures.databases import Databases
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.second_bank import SECOND, second_bank


@dataclass
class Two:
    """`here` is the market with the program of the settings, `there` the same market with the second program.

    The second one is reached at an address of its own, where it is `up` or down.
    """

    here: Market
    there: Market
    banks: BankClients
    client_id: UUID
    port: int
    up: AsyncExitStack

    async def start(self) -> None:
        configured = self.there.bank.settings.model_copy(update={"port": self.port})
        await self.up.enter_async_context(serving(configured))

    async def stop(self) -> None:
        await self.up.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(databases: Databases, mailbox: Mailbox) -> AsyncIterator[RunningBank]:
    async with second_bank(databases, mailbox) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def two(idle_market: Market, second: RunningBank, unused_tcp_port: int) -> AsyncIterator[Two]:
    """Both programs up, the second one registered and enabled; no worker."""
    market, stack = idle_market, AsyncExitStack()
    market.banks = banks = _port(market)
    there = replace(market, bank=second)
    async with market.database.transaction() as session:
        ada = await create_operator(session, "Ada", administrator=True)
        wanted = Wanted("Second", f"http://127.0.0.1:{unused_tcp_port}", 1_000, 10, second.payments_key)
        client = (await register(session, ada.id, wanted, market.sealer)).value
    made = Two(market, there, banks, client.id, unused_tcp_port, stack)
    await made.start()
    async with aclosing(banks.once(client)) as once:
        said = await directory_of(once)
    await market.database.run(partial(enable, id_=client.id, said=said))
    yield made
    await made.stop()
    market.banks = None
    for client_ in (await banks.every())[1:]:
        await client_.aclose()


async def test_a_program_that_is_away_delays_its_own_payments_alone_and_all_end_right(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bank.guard.FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr("bank.guard.LONGEST_PAUSE_S", 0.1)
    async with two.here.working():
        seller, buyer, deal = await two.there.sale("500.00", sellers_bank=SECOND, buyers_bank=SECOND + 1)
        payment, code = await two.there.asked_for_code(deal, buyer)
        await two.stop()
        await two.there.submit(payment, code)
        away = await two.banks.of(SECOND)
        assert not any([await _answers(away) for _ in range(FAILURES)])
        other_seller, other_buyer, other = await two.here.sale("500.00")
        await two.here.paid(other, other_buyer)
        await two.here.until(other, "completed")
        assert (await two.here.now(payment)).state == "processing", "unknown is not failed"
        was_away = away.guard.is_away
        await two.start()
        await eventually(partial(_answers, away), bool, "the program to be back")
        assert await two.here.sagas.ask_again(Payment, payment.id)  # at once, not when it is due
        await two.here.until(deal, "completed")
    assert was_away and not away.guard.is_away
    assert await two.there.balance(seller) == "475.00, 0.00 held"
    assert await two.here.balance(other_seller) == "475.00, 0.00 held"
    assert await two.here.alarms() == {}
    for bank in (two.here.bank, two.there.bank):
        assert await bank.violations() == []


def _port(market: Market, *, asks_disabled: bool = False) -> BankClients:
    outward = Outward(["127.0.0.1:*"])
    stored = (market.database, market.sealer, market.bank.client, outward)
    return BankClients(*stored, fresh_s=0.0, asks_disabled=asks_disabled)


async def _answers(client: BankClient) -> bool:
    try:
        return bool(await client.banks())
    except BankUnavailable:
        return False


async def test_drained_what_is_open_goes_on_and_nothing_new_begins(two: Two) -> None:
    async with two.here.working():
        seller, buyer, deal = await two.there.sale("500.00", sellers_bank=SECOND, buyers_bank=SECOND + 1)
        payment, code = await two.there.asked_for_code(deal, buyer, "200.00")
        await two.here.database.run(partial(drain, id_=two.client_id))
        with pytest.raises(Conflict, match="bank_not_served"):
            await two.there.pay(deal, buyer)
        with pytest.raises(Conflict, match="bank_client_in_use"):
            await two.here.database.run(partial(disable, id_=two.client_id))
        await two.there.submit(payment, code)
        await two.here.until(payment, "held")
        await two.here.pass_time(deal, timedelta(seconds=601))
        await two.here.until(deal, "expired")
    assert await two.there.balance(buyer) == "1000.00, 0.00 held"
    assert await two.there.balance(seller) == "0.00, 0.00 held"
    await two.here.database.run(partial(disable, id_=two.client_id))
    assert [client.id for client in await two.banks.every()] == [None]
    two.here.banks = replaced = _port(two.here, asks_disabled=True)  # as an audit does
    assert await two.here.alarms() == {}
    for client in (await replaced.every())[1:]:
        await client.aclose()


async def test_directory_and_checkpoint_go_to_each_client_and_one_that_is_away_keeps_no_other_from_it(two: Two) -> None:
    market, copies = two.here, DirectoryActivities(two.here.database, two.banks)
    assert await books_are_current(market.database, two.banks)
    async with market.database.transaction() as session:
        taken = await session.scalar(text("SELECT number FROM checkpoint"))
    for bank in (market.bank, two.there.bank):
        async with bank.database.transaction() as session:
            known = list(await session.scalars(text("SELECT number FROM checkpoints")))
        assert taken in known
    await two.stop()
    assert await copies.refresh_directory() == 6, "the pairs of the first program"
    async with market.database.transaction() as session:
        silent = await bank_client_of(session, two.client_id)
    assert silent.failing_since is not None and silent.failure is not None
    await two.start()
    await eventually(copies.refresh_directory, lambda pairs: pairs == 12, "both are copied")
    async with market.database.transaction() as session:
        back = await bank_client_of(session, two.client_id)
    assert (back.failing_since, back.failure) == (None, None)
