"""USDT on TRON: a fresh address for each top-up, out of a pool that the scanner fills."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Unavailable
from domain.gateways import GATEWAYS, Gateway, GatewayData, GatewayId
from domain.money import Money
from store.chain.addresses import address_of, take_free
from store.chain.cursors import known_until
from store.wallets.top_ups import TopUp

FILLED_AGAIN_WITHIN_S: Final = 30  # the scanner looks at the pool every few seconds


class TronGateway:
    """`contract` is the address of the token's contract, which wallet apps need."""

    def __init__(self, contract: str) -> None:
        self._contract = contract

    @property
    def rules(self) -> Gateway:
        return GATEWAYS[GatewayId.USDT_TRON]

    async def prepare(self, session: AsyncSession, top_up: TopUp) -> GatewayData:
        taken = await take_free(session, top_up.id)
        if taken is None:
            raise Unavailable(
                "gateway_unavailable", "No address is free at the moment. Try again.", FILLED_AGAIN_WITHIN_S
            )
        return self._paid_at(taken.address, top_up.amount)

    async def data(self, session: AsyncSession, top_up: TopUp) -> GatewayData:
        address = await address_of(session, top_up.id)
        assert address is not None, "a top-up by USDT has an address from the beginning"
        return self._paid_at(address, top_up.amount)

    async def closed_until(self, session: AsyncSession) -> datetime | None:
        return await known_until(session, self.rules.id)

    def _paid_at(self, address: str, amount: Money) -> GatewayData:
        return GatewayData(address=address, uri=f"tron:{address}?amount={amount.amount}&token={self._contract}")
