"""USDT on TRON passes the kit: a real node, addresses of a real signer, and a real scanner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from domain.gateways import GatewayData, GatewayId
from domain.money import Money
from market import top_ups
from rails.gateways.tron import TronGateway
from store.chain.addresses import ChainAddress
from store.chain.incoming_transfers import IncomingTransfer
from store.wallets.top_ups import TopUp
from tests.conformance.gateways.kit import CASES, Case
from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.databases import Databases
from tests.fixtures.scanning import Nodes, Scanning, scanning_over
from tests.fixtures.signer import RunningSigner, running_signer
from tests.fixtures.tron import USDT_ADDRESS

# What lies on an address is what is recorded of it.
DIFFERENT = """
SELECT a.address, a.balance_minor, sum(t.amount_minor)
FROM chain_addresses a LEFT JOIN incoming_transfers t ON t.address_index = a.index
GROUP BY a.index HAVING a.balance_minor <> coalesce(sum(t.amount_minor), 0)
"""


@dataclass
class ByChain:
    scanning: Scanning
    signer: RunningSigner

    async def begin(self, amount: str, *, over: bool = False) -> tuple[TopUp, GatewayData]:
        top_up, _ = await self.scanning.top_up(amount)
        if over:
            async with self.scanning.database.transaction() as session:
                row = await session.get_one(TopUp, top_up.id)
                row.pay_by = row.created_at - timedelta(minutes=1)
        return top_up, await self.data(top_up)

    async def data(self, top_up: TopUp) -> GatewayData:
        async with self.scanning.database.transaction() as session:
            return await TronGateway(USDT_ADDRESS).data(session, top_up)

    async def pay(self, data: GatewayData, amount: str) -> str:
        assert data.address is not None
        txid = self.scanning.nodes.pay(data.address, amount)
        self.scanning.nodes.solidify()
        return f"{txid}:0"

    async def read(self) -> None:
        self.scanning.nodes.solidify()  # the chain goes on, whether anybody pays or not
        await self.scanning.scan()

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        self.scanning.first_node(outage="unavailable")
        yield
        self.scanning.nodes.first.recover()

    async def recorded(self, name: str) -> IncomingTransfer | None:
        known = (IncomingTransfer.gateway == GatewayId.USDT_TRON, IncomingTransfer.external_id == name)
        async with self.scanning.database.transaction() as session:
            return await session.scalar(select(IncomingTransfer).where(*known))

    async def balance(self, top_up: TopUp) -> str:
        return Money(await self.scanning.balance(top_up), top_up.currency).amount

    async def now(self, top_up: TopUp) -> TopUp:
        async with self.scanning.database.transaction() as session:
            await top_ups.resume(session, top_up.id)
        return await self.scanning.now(top_up)

    async def closed_until(self) -> datetime | None:
        async with self.scanning.database.transaction() as session:
            return await TronGateway(USDT_ADDRESS).closed_until(session)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def adapter(databases: Databases, nodes: Nodes) -> AsyncIterator[ByChain]:
    async with (
        databases.fresh("market_with_test_clock", migrate_with_test_clock) as fresh,
        running_signer(databases) as signer,
        scanning_over(fresh, nodes, signer.client) as scanning,
    ):
        yield ByChain(scanning, signer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_usdt_on_tron_conforms(case: Case, adapter: ByChain) -> None:
    await case(adapter)
    assert await adapter.scanning.rows(DIFFERENT) == []


async def test_the_address_of_a_top_up_is_one_whose_key_the_signer_has(adapter: ByChain) -> None:
    top_up, data = await adapter.begin("10")
    async with adapter.scanning.database.transaction() as session:
        index = await session.scalar(select(ChainAddress.index).where(ChainAddress.top_up_id == top_up.id))
    assert index is not None
    assert [one.address for one in await adapter.signer.client.addresses(index, 1)] == [data.address]
