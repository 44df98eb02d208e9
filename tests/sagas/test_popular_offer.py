"""Many deals about one offer end in the same second: each ends once, its unit is free again, no other waits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import CloseReason
from market import deals
from store.deals.buying import buy
from store.deals.deals import Deal
from store.deals.offers import Offer
from store.payments.events import Event
from tests.fixtures.sagas import Market

DEALS = 60  # six for each connection


async def _as_often(market: Market, deal: Deal, times: int) -> list[UUID]:
    """The ids of `times` deals like `deal`, which is one of them; the other units of the offer are theirs."""
    copied = [name for name in Deal.__table__.c.keys() if name not in ("id", "created_at")]  # noqa: SIM118  # no dict
    async with market.database.transaction() as session:
        columns = ", ".join(copied)
        copies = f"INSERT INTO deals ({columns}) SELECT {columns} FROM deals, generate_series(2, :times) WHERE id = :id"
        await session.execute(text(copies), {"times": times, "id": deal.id})
        ids = list(await session.scalars(select(Deal.id).where(Deal.offer_id == deal.offer_id)))
        for id_ in ids:
            if id_ != deal.id:
                session.add(Event(deal_id=id_, subject_id=id_, number=1, type="deal.awaiting_payment", data={}))
        offer = await session.get_one(Offer, deal.offer_id)
        offer.quantity -= times - 1
    return ids


async def _deadlocks(market: Market) -> int:
    async with market.database.transaction() as session:
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return await session.scalar(text(query)) or 0


async def test_dozens_of_deals_of_one_offer_expire_in_one_second(idle_market: Market) -> None:
    market = idle_market
    seller, buyer = await market.party(2, None), await market.party(1)
    offer = await market.offer(seller, quantity=DEALS)
    first = await market.bought(offer, buyer)
    ids = await _as_often(market, first, DEALS)
    other = await market.deal(seller, buyer)
    async with market.database.transaction() as session:
        await session.execute(text("INSERT INTO test_clock SELECT id, '601 s' FROM deals"))
    ended: list[UUID] = []

    async def expire(id_: UUID) -> None:
        try:
            await market.database.run(lambda session: deals.close(session, id_, CloseReason.DEADLINE))
        except PoolTimeout:  # a busy machine: Temporal asks again as well
            await expire(id_)
        else:
            ended.append(id_)

    await asyncio.gather(*map(expire, [*ids, other.id]))
    async with market.database.transaction() as session:
        states = set(await session.scalars(select(Deal.state)))
        left = (await session.get_one(Offer, offer.id)).quantity
    assert (states, left) == ({"expired"}, DEALS)
    assert ended.index(other.id) < len(ended) - 1, "the deal of another offer was let through before them all"
    assert await _deadlocks(market) == 0


async def test_buyers_and_ends_of_one_offer_never_lose_a_unit(idle_market: Market) -> None:
    market = idle_market
    seller, buyer = await market.party(2, None), await market.party(1)
    offer = await market.offer(seller, quantity=40)
    begun = await asyncio.gather(*(market.bought(offer, buyer) for _ in range(20)))
    for deal in begun:
        await market.set_clock(deal, timedelta(seconds=601))

    async def expire(deal: Deal) -> None:
        await market.database.run(lambda session: deals.close(session, deal.id, CloseReason.DEADLINE))

    async def purchase(session: AsyncSession) -> Deal:
        return await buy(session, market.marketplace_id, offer_id=offer.id, buyer=buyer.user)

    await asyncio.gather(*map(expire, begun), *(market.database.run(purchase) for _ in range(20)))
    async with market.database.transaction() as session:
        assert (await session.get_one(Offer, offer.id)).quantity == 20
