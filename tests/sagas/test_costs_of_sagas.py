"""What each saga besides the plain payment costs: steps and events of its workflows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bench.histories import steps_taken
from domain.terms import Release, Terms
from store.base import WorkflowRow
from store.wallets.payment_requests import confirm, request_of
from tests.fixtures.party_wallets import ask, fill, paid_from_wallet, wallet_of
from tests.fixtures.sagas import Market
from tests.replay.histories import closed_history

INSPECTED = Terms(release=Release.ON_ACCEPTANCE, inspection_s=86_400)


async def accepted(market: Market) -> list[WorkflowRow]:
    """A deal of the whole price, paid and then accepted."""
    _, buyer, deal = await market.sale(terms=INSPECTED)
    payment = await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.accept(deal)
    return [deal, payment]


async def expired(market: Market) -> list[WorkflowRow]:
    """A deal that nobody pays."""
    _, _, deal = await market.sale()
    await market.pass_time(deal, timedelta(seconds=601))
    return [deal]


async def underpaid(market: Market) -> list[WorkflowRow]:
    """A deal with half of its price held, which goes back."""
    _, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer, "250.00")
    await market.until(deal, "partially_paid")
    await market.pass_time(deal, timedelta(seconds=601))
    return [deal, payment]


async def refunded(market: Market) -> list[WorkflowRow]:
    """A refund after the end of the deal."""
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    return [await market.refund(deal, "100.00")]


async def requested(market: Market) -> list[WorkflowRow]:
    """A payment request that its payer confirms."""
    payee, payer = [await wallet_of(market, await market.party(1), money) for money in (None, "100.00")]
    request = await ask(market, payee, payer)
    async with market.database.transaction() as session:
        await confirm(session, await request_of(session, None, request.id, lock=True))
    await market.sagas.wake(request)
    return [request]


async def bought_from_a_wallet(market: Market) -> list[WorkflowRow]:
    """A purchase that its buyer pays from a wallet, with a code."""
    _, buyer, deal = await market.sale()
    await fill(market, buyer, "500.00")
    return [deal, await paid_from_wallet(market, deal, buyer)]


async def service_from_a_wallet(market: Market) -> list[WorkflowRow]:
    """A service whose price is in the wallet when its seller confirms."""
    _, buyer, deal = await market.service(from_wallet=True)
    await fill(market, buyer, "500.00")
    await market.confirm(deal)
    return [deal, *await market.payments(deal)]


async def _cost(market: Market, saga: Callable[[Market], Awaitable[list[WorkflowRow]]]) -> tuple[int, int]:
    """Steps and events of all its workflows."""
    rows = await saga(market)
    histories = [await closed_history(market, market.workflow(row).id) for row in rows]
    taken = [name for history in histories for name in steps_taken(history.events)]
    return len(taken), sum(len(history.events) for history in histories)


async def test_a_service_paid_from_a_wallet_costs_no_more_than_a_purchase(market: Market) -> None:
    service, purchase = await _cost(market, service_from_a_wallet), await _cost(market, bought_from_a_wallet)
    assert service[0] <= purchase[0] and service[1] <= purchase[1], (service, purchase)


@pytest.mark.parametrize(
    ("saga", "steps", "events"),
    [(accepted, 9, 55), (expired, 1, 18), (underpaid, 7, 60), (refunded, 3, 15), (requested, 2, 16)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_a_saga_takes_no_more_than_these_steps(
    market: Market, saga: Callable[[Market], Awaitable[list[WorkflowRow]]], steps: int, events: int
) -> None:
    taken, written = await _cost(market, saga)
    assert taken <= steps
    assert written <= events
