"""A chain and a signer beside the stack under proof: the workers are killed, these are not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.sweeps import SUN
from tests.fixtures.databases import Databases
from tests.fixtures.signer import KEY, RunningSigner, running_signer
from tests.fixtures.tron import TronNode, new_chain, tron_serving
from tron.client import Done
from tron.node import USDT_CONTRACT

SOLID_AFTER = 3  # blocks, as on the real chain, only fewer: a block comes when a scene makes it


@dataclass(frozen=True)
class OnChain:
    """`environment`: what a worker needs to read the chain and to sweep it."""

    node: TronNode
    signer: RunningSigner
    environment: Mapping[str, str]

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
