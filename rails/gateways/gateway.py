"""A gateway: a way for money to come into a wallet from outside, behind one interface.

What arrives is read by the gateway's own reader and booked by `market/incoming_transfers.record`; an adapter only says
how to pay, and how far the reader has read. It asks no other program: beginning a top-up waits for nobody. Each adapter
must pass the kit in `tests/conformance/gateways/`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from domain.gateways import Gateway as Rules
from domain.gateways import GatewayData
from store.wallets.top_ups import TopUp


class Gateway(Protocol):
    @property
    def rules(self) -> Rules:
        """Its name, currencies, limits and times."""
        ...

    async def prepare(self, session: AsyncSession, top_up: TopUp) -> GatewayData:
        """Gives a stored, new top-up what it is paid by, for ever: an address or a reference that no other one has.

        Raises `Unavailable` gateway_unavailable when there is none at the moment.
        """
        ...

    async def data(self, session: AsyncSession, top_up: TopUp) -> GatewayData:
        """What `prepare` gave it. Changes nothing."""
        ...

    async def closed_until(self, session: AsyncSession) -> datetime | None:
        """Up to which value time everything is recorded that has come by this gateway; None before its first reading.

        Nothing that is recorded later may be valued at or before this moment.
        """
        ...
