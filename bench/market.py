"""Real payments as a marketplace makes them: only through REST and the mail catcher."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.flight import BEGUN_AT_ONCE, in_flight
from demo.bank_admin import Json
from demo.world import Person, World, moment
from domain import keys

PRICE = "100.00"
COMMISSION_PERCENT = "5.00"
PAY_WITHIN_S = 3600
BUYERS_PER_CLIENT = 3  # so that payments rarely wait for their buyer, who reads mails one after the other
# One listing for all payments in flight: polling each would measure the polling.
LIST_EVERY_S = 0.25
LISTED = 200
END_WITHIN_S = 120.0


@dataclass
class Paid:
    """A deal paid in one part, by ids of the API."""

    deal: str
    buyer: Person
    payment: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class RealLoad:
    """Buyers at all banks and one seller; created by `real_load`."""

    def __init__(self, world: World, buyers: list[Person], offer_id: str) -> None:
        self._world = world
        self._buyers = buyers
        self._offer_id = offer_id
        self._paid: list[Paid] = []

    async def one(self) -> tuple[str, str]:
        """One deal from purchase to `completed`; returns the ids of its and its payment's workflow."""
        (paid,) = await self._deals(1)
        async with self._watched([paid]):
            await self._pay(paid)
        return keys.deal_workflow(paid.deal), keys.payment_workflow(paid.payment)

    async def round(self, payments: int, clients: int) -> float:
        """Payments per second, with `clients` in flight. The deals are bought before."""
        deals = await self._deals(payments)
        begun = time.monotonic()
        async with self._watched(deals):
            await in_flight(deals, clients, self._pay)
        rate = payments / (time.monotonic() - begun)
        self._paid += deals
        return rate

    async def _deals(self, wanted: int) -> list[Paid]:
        deals: list[Paid] = []

        async def buy(buyer: Person) -> None:
            deal = await self._world.market.buy(self._offer_id, buyer.user_id)
            deals.append(Paid(deal["id"], buyer))

        buyers = [self._buyers[number % len(self._buyers)] for number in range(wanted)]
        await in_flight(buyers, BEGUN_AT_ONCE, buy)
        return sorted(deals, key=lambda paid: paid.deal)

    async def _pay(self, paid: Paid) -> None:
        market = self._world.market
        async with paid.buyer.busy:
            paid.payment = (await market.pay(paid.deal, paid.buyer.account_id))["id"]
            code = await self._world.code(paid.buyer)
            await market.until_payment(paid.payment, "awaiting_code")
            await market.submit(paid.payment, code)
        await asyncio.wait_for(paid.ended.wait(), END_WITHIN_S)

    @asynccontextmanager
    async def _watched(self, deals: list[Paid]) -> AsyncIterator[None]:
        """Sets the `ended` of each deal at its end, inside the block."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch({paid.deal: paid for paid in deals}))
            yield
            watching.cancel()

    async def _watch(self, waiting: dict[str, Paid]) -> None:
        while waiting:
            for deal in await self._listed(min(waiting)):
                if deal["state"] == "completed" and deal["id"] in waiting:
                    waiting.pop(deal["id"]).ended.set()
            await asyncio.sleep(LIST_EVERY_S)

    async def _listed(self, oldest: str) -> list[Json]:
        """The deals from `oldest` on; ids are in order of time, and `after` excludes what it names."""
        before = f"{int(oldest.replace('-', ''), 16) - 1:032x}"
        items: list[Json] = (await self._world.market.read("/deals", after=before, limit=LISTED))["items"]
        return items

    async def latencies_s(self) -> list[float]:
        """For every payment of the rounds: from the submission of its code to the end of its deal."""
        return [await self._latency_s(paid) for paid in self._paid]

    async def _latency_s(self, paid: Paid) -> float:
        # Both by the market database's clock.
        at = {event["type"]: moment(event["at"]) for event in await self._world.market.events(paid.deal)}
        return (at["deal.completed"] - at["payment.processing"]).total_seconds()


async def real_load(world: World, payments: int) -> RealLoad:
    """One offer with more than enough units for `payments`; everybody except its seller may buy it."""
    seller, *buyers = [person for cast in world.cast.values() for person in cast] + world.crowd
    offer = await world.market.offer(
        seller.user_id, PRICE, title="A thing", pay_within_s=PAY_WITHIN_S, quantity=payments + 100
    )
    await world.operator.moderate(offer["id"], commission_percent=COMMISSION_PERCENT)
    return RealLoad(world, buyers, offer["id"])
