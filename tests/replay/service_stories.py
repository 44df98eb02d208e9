"""The stories of service deals; `BOOK` is the book of all stories, these included."""

from __future__ import annotations

from datetime import timedelta

from domain.agreements import Party as Side
from domain.terms import Release, Terms
from tests.fixtures.party_wallets import fill
from tests.fixtures.sagas import Market
from tests.replay.stories import BOOK, Ids, ids_of, story

__all__ = ["BOOK"]


@story(
    "service-confirmed-and-accepted",
    {"deal": "completed", "payment-1": "completed"},
    {"deal": '"proposed"'},
)
async def service_confirmed_and_accepted(market: Market) -> Ids:
    _, buyer, deal = await market.service(terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    await market.confirm(deal)
    payment = await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.accept(deal)
    await market.until(deal, "completed")
    return ids_of(market, deal, payment)


@story("service-denied", {"deal": "denied"})
async def service_denied(market: Market) -> Ids:
    _, _, deal = await market.service()
    await market.deny(deal)
    await market.until(deal, "denied")
    return ids_of(market, deal)


@story("service-lapsed", {"deal": "lapsed"}, {"deal": "answer deadline"})
async def service_lapsed(market: Market) -> Ids:
    _, _, deal = await market.service()
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "lapsed")
    return ids_of(market, deal)


@story(
    "service-paid-from-the-wallet",
    {"deal": "completed", "payment-1": "completed"},
    {"payment-1": '"authorised":true'},
)
async def service_paid_from_the_wallet(market: Market) -> Ids:
    """The wallet has the price when the seller confirms: no code, and the deal sleeps until all of it has arrived."""
    _, buyer, deal = await market.service(from_wallet=True)
    await fill(market, buyer, "500.00")
    await market.confirm(deal)
    await market.until(deal, "completed")
    return ids_of(market, deal, *await market.payments(deal))


@story(
    "service-held-in-the-wallet-and-undone",
    {"deal": "cancelled", "payment-1": "refunded"},
    {"payment-1": '"name":"void"'},
)
async def service_held_in_the_wallet_and_undone(market: Market) -> Ids:
    terms = Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600)
    _, buyer, deal = await market.service(terms=terms, from_wallet=True)
    await fill(market, buyer, "500.00")
    await market.confirm(deal)
    await market.until(deal, "funded")
    for side in Side:
        await market.cancel(deal, side)
    await market.until(deal, "cancelled")
    return ids_of(market, deal, *await market.payments(deal))
