"""Payments as a marketplace makes them: through REST and the mail catcher alone.

The ends of deals are read from the database, by their ids, so that the API serves nothing but payments.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from bench.flight import BEGUN_AT_ONCE, in_flight
from demo.market import Market
from demo.world import Person, World
from domain import keys
from edge.database import Database

PRICE = "100.00"
COMMISSION_PERCENT = "5.00"
PAY_WITHIN_S = 3600
BUYERS_PER_CLIENT = 3  # so that payments rarely wait for their buyer, who reads mails one after the other
LOOK_EVERY_S = 0.05
END_WITHIN_S = 120.0

_ENDED = text("SELECT id FROM deals WHERE id = ANY (:waiting) AND state = 'completed'")
_TIMES = text(
    "SELECT deal_id, type, min(created_at) AS at FROM events WHERE deal_id = ANY (:deals)"
    " AND type IN ('payment.processing', 'payment.held', 'deal.completed') GROUP BY deal_id, type"
)


@dataclass
class Paid:
    """A deal paid in one part, by ids of the API."""

    deal: str
    buyer: Person
    payment: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Latencies:
    """Seconds from the submission of the code: until its request was answered with 202, by this program's clock; until
    the money was held and the deal completed, by the market database's.
    """

    accepted: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    completed: list[float] = field(default_factory=list)


class MarketLoad:
    """Buyers at all banks and one seller, whose requests go to `market`; created by `market_load`."""

    def __init__(self, world: World, market: Market, buyers: list[Person], offer_id: str, database: Database) -> None:
        self._world = world
        self._market = market
        self._buyers = buyers
        self._offer_id = offer_id
        self._database = database
        self._paid: list[Paid] = []
        self._accepted: list[float] = []

    async def one(self) -> tuple[str, str]:
        """One deal from purchase to `completed`; returns the ids of its and its payment's workflow."""
        paid = await self.bought()
        await self.pay(paid)
        return keys.deal_workflow(paid.deal), keys.payment_workflow(paid.payment)

    async def bought(self) -> Paid:
        (paid,) = await self._deals(1)
        return paid

    async def pay(self, paid: Paid) -> None:
        async with self._watched([paid]):
            await self._pay(paid)

    async def round(self, payments: int, clients: int) -> float:
        """Payments per second, with `clients` in flight. The deals are bought before."""
        deals = await self._deals(payments)
        begun = time.monotonic()
        async with self._watched(deals):
            await in_flight(deals, clients, self._pay)
        rate = payments / (time.monotonic() - begun)
        self._paid += deals
        return rate

    async def paced(self, payments: int, per_s: float) -> None:
        """Begins a payment every `1 / per_s` seconds, however long each takes."""
        deals = await self._deals(payments)

        async def begin(number: int, paid: Paid) -> None:
            await asyncio.sleep(number / per_s)
            await self._pay(paid)

        async with self._watched(deals), asyncio.TaskGroup() as group:
            for number, paid in enumerate(deals):
                group.create_task(begin(number, paid))
        self._paid += deals

    async def _deals(self, wanted: int) -> list[Paid]:
        deals: list[Paid] = []

        async def buy(buyer: Person) -> None:
            deal = await self._market.buy(self._offer_id, buyer.user_id)
            deals.append(Paid(deal.id, buyer))

        buyers = [self._buyers[number % len(self._buyers)] for number in range(wanted)]
        await in_flight(buyers, BEGUN_AT_ONCE, buy)
        return sorted(deals, key=lambda paid: paid.deal)

    async def _pay(self, paid: Paid) -> None:
        async with paid.buyer.busy:
            paid.payment = (await self._market.pay(paid.deal, paid.buyer.account_id)).id
            code = await self._world.code(paid.buyer)
            begun = time.monotonic()
            await self._market.submit(paid.payment, code)  # a code that was mailed is accepted
            self._accepted.append(time.monotonic() - begun)
        await asyncio.wait_for(paid.ended.wait(), END_WITHIN_S)

    @asynccontextmanager
    async def _watched(self, deals: list[Paid]) -> AsyncIterator[None]:
        """Sets the `ended` of each deal at its end, inside the block."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch({UUID(paid.deal): paid for paid in deals}))
            yield
            watching.cancel()

    async def _watch(self, waiting: dict[UUID, Paid]) -> None:
        while waiting:
            paid = [id_ for id_, one in waiting.items() if one.payment]
            async with self._database.transaction() as session:
                for id_ in list(await session.scalars(_ENDED, {"waiting": paid})):
                    waiting.pop(id_).ended.set()
            await asyncio.sleep(LOOK_EVERY_S)

    async def latencies(self) -> Latencies:
        """Of every payment of the rounds; accepted are those made alone too."""
        found = Latencies(accepted=list(self._accepted))
        at: dict[UUID, dict[str, datetime]] = {}
        async with self._database.transaction() as session:
            for row in await session.execute(_TIMES, {"deals": [UUID(paid.deal) for paid in self._paid]}):
                at.setdefault(row.deal_id, {})[row.type] = row.at
        for times in at.values():
            submitted = times["payment.processing"]
            found.held.append((times["payment.held"] - submitted).total_seconds())
            found.completed.append((times["deal.completed"] - submitted).total_seconds())
        return found


async def market_load(world: World, market: Market, database: Database, payments: int) -> MarketLoad:
    """One offer with more than enough units for `payments`; everybody except its seller may buy it."""
    seller, *buyers = [person for cast in world.cast.values() for person in cast] + world.crowd
    offer_id = await world.market.approved_offer(
        world.operator,
        seller.user_id,
        PRICE,
        "A thing",
        PAY_WITHIN_S,
        quantity=payments + 100,
        commission_percent=COMMISSION_PERCENT,
    )
    return MarketLoad(world, market, buyers, offer_id, database)
