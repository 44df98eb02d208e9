"""Bank transfer passes the kit: real banks, a real reader, and clients who pay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest
import pytest_asyncio

from domain.gateways import GatewayData
from domain.money import parse_money
from market import top_ups
from rails.gateways.bank_transfer import BankTransferGateway
from store.chain.incoming_transfers import IncomingTransfer
from store.wallets.top_ups import TopUp
from store.wallets.wallets import Wallet
from tests.bank.test_behaviour_rules import rule
from tests.conformance.gateways.kit import CASES, Case
from tests.fixtures.bank_transfers import BankTransfers, bank_transfers
from tests.fixtures.sagas import Market, Party


@dataclass
class ByBank:
    transfers: BankTransfers
    payer: Party

    async def begin(self, amount: str, *, over: bool = False) -> tuple[TopUp, GatewayData]:
        return await self.transfers.begin(await self.transfers.market.party(1, None), amount, over=over)

    async def data(self, top_up: TopUp) -> GatewayData:
        async with self.transfers.market.database.transaction() as session:
            return await BankTransferGateway().data(session, top_up)

    async def pay(self, data: GatewayData, amount: str) -> str:
        return await self.transfers.pay(self.payer, data, parse_money(amount, "RUB").amount)

    async def read(self) -> None:
        await self.transfers.read()

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        await self.transfers.market.bank.behave(1, rule("fail", steps=["ask"], times=None, when="before"))
        yield
        await self.transfers.market.bank.behave(1)

    async def recorded(self, name: str) -> IncomingTransfer | None:
        return await self.transfers.recorded(name)

    async def balance(self, top_up: TopUp) -> str:
        async with self.transfers.market.database.transaction() as session:
            return await self.transfers.balance_of(await session.get_one(Wallet, top_up.wallet_id))

    async def now(self, top_up: TopUp) -> TopUp:
        async with self.transfers.market.database.transaction() as session:
            await top_ups.resume(session, top_up.id)
        return await self.transfers.market.now(top_up)

    async def closed_until(self) -> datetime | None:
        async with self.transfers.market.database.transaction() as session:
            return await BankTransferGateway().closed_until(session)


@pytest_asyncio.fixture(loop_scope="session")
async def adapter(idle_market: Market) -> ByBank:
    return ByBank(await bank_transfers(idle_market), await idle_market.party(1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_bank_transfer_conforms(case: Case, adapter: ByBank) -> None:
    await case(adapter)
    assert await adapter.transfers.market.bank.violations() == []
