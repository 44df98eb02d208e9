"""A chain and a signer beside the stack under proof: the workers are killed, these are not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from activities.scanner import ScannerActivities
from domain.sweeps import SUN
from rails.chain import chain_of
from rails.outgoing import outgoing_of
from tests.fixtures.databases import Databases
from tests.fixtures.outgoing import ChainWorld
from tests.fixtures.sagas import Market
from tests.fixtures.signer import KEY, RunningSigner, running_signer
from tests.fixtures.tron import TronNode, new_chain, tron_serving
from tron.client import Done
from tron.node import USDT_CONTRACT

SOLID_AFTER = 3  # blocks, as on the real chain, only fewer: a block comes when a scene makes it


@dataclass(frozen=True)
class OnChain:
    """`environment`: what a worker needs to read the chain and to send from our addresses."""

    node: TronNode
    signer: RunningSigner
    environment: Mapping[str, str]

    @property
    def at_node(self) -> tuple[str, str]:
        return self.node.address, USDT_CONTRACT

    @property
    def at_signer(self) -> tuple[str, str]:
        return self.signer.url, KEY

    def world(self, market: Market) -> ChainWorld:
        """The same, for what this process does to a market."""
        outgoing = outgoing_of(self.at_node, None, self.at_signer)
        assert outgoing is not None
        return ChainWorld(market, self.signer, self.node, outgoing, self.signer.main, self.signer.gas)

    async def read(self, market: Market) -> None:
        """As a worker has done that is gone: all blocks until now are read, and addresses are free."""
        chain = chain_of(self.at_node, None, 0, self.at_signer)
        assert chain is not None
        async with aclosing(chain):
            await ScannerActivities(market.database, market.sagas, chain).round(chain)

    async def token_balance(self, address: str) -> int:
        answer = await self.node.client.token_balance(USDT_CONTRACT, address)
        assert isinstance(answer, Done)
        return answer.value


@asynccontextmanager
async def beside(databases: Databases) -> AsyncIterator[OnChain]:
    chain = new_chain(solid_after=SOLID_AFTER)
    chain.mine(1)
    async with (
        # Scenes make blocks faster than time goes by: the chain is hours ahead of the signer in the end.
        running_signer(databases, token_contract=USDT_CONTRACT, expires_within_s=86_400) as signer,
        tron_serving(chain) as node,
    ):
        node.pay(signer.gas, 100_000 * SUN, "TRX")
        node.solidify()
        environment = {
            "HOLDFAST_TRON_URL": node.address,
            "HOLDFAST_TRON_TOKEN_CONTRACT": USDT_CONTRACT,
            "HOLDFAST_SIGNER_URL": signer.url,
            "HOLDFAST_SIGNER_KEY": KEY,
            "HOLDFAST_SWEEP_EVERY_S": "1",
            "HOLDFAST_SWEEP_BATCH": "100",
            "HOLDFAST_GAS_LOW_TRX": "0",
            "HOLDFAST_MAIN_WALLET_LOW_TRX": "0",
        }
        yield OnChain(node, signer, environment)
