"""The typed client against the API: what it sends is taken, and what it reads has the types that it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from holdfast_client.api.disputes import add_statement, get_dispute, open_dispute
from holdfast_client.api.messages import list_messages, send_message
from holdfast_client.api.refunds import list_refunds
from holdfast_client.models.arbiter_dispute_out import ArbiterDisputeOut
from holdfast_client.models.dispute_in import DisputeIn
from holdfast_client.models.message_in import MessageIn
from holdfast_client.models.statement_in import StatementIn
from holdfast_client.models.whole_dispute_out import WholeDisputeOut

from demo.market import Market, Refused
from tests.fixtures.shop import Shop


@pytest_asyncio.fixture
async def market(shop: Shop) -> AsyncIterator[Market]:
    made = Market(shop.api.address, shop.api.key)
    yield made
    await made.aclose()


async def test_a_deal_is_read_changed_and_refused_with_types(shop: Shop, market: Market) -> None:
    buyer, seller = shop.buyer["id"], shop.seller["id"]
    deal = await market.propose(buyer, seller, "300.00", title="A chair")
    assert (deal.state, deal.price.amount, deal.pay_by) == ("proposed", "300.00", None)
    deal = await market.confirm(deal.id, seller)
    assert deal.pay_by is not None
    later = deal.pay_by + timedelta(hours=1)
    await market.extend(deal.id, buyer, later)
    assert (await market.extend(deal.id, seller, later)).pay_by == later
    await market.make(send_message.asyncio_detailed, deal.id, body=MessageIn(UUID(buyer), "Is it still there?"))
    assert [one.text for one in (await market.read(list_messages.asyncio_detailed, deal.id)).items] == [
        "Is it still there?"
    ]
    with pytest.raises(Refused, match="409 not_the_buyer") as refused:
        await market.accept(deal.id, seller)
    assert (refused.value.status, refused.value.code) == (409, "not_the_buyer")
    assert (await market.cancel_deal(deal.id, buyer, "Bought elsewhere")).closed_reason == "cancelled"


async def test_a_dispute_and_a_refund_have_types_too(shop: Shop, market: Market) -> None:
    buyer, seller = shop.buyer["id"], shop.seller["id"]
    deal = await shop.inspected()
    await market.make(open_dispute.asyncio_detailed, deal["id"], body=DisputeIn(UUID(buyer), "It is broken"))
    await market.make(add_statement.asyncio_detailed, deal["id"], body=StatementIn(UUID(seller), "It was not"))
    dispute: ArbiterDisputeOut | WholeDisputeOut = await market.read(get_dispute.asyncio_detailed, deal["id"])
    assert (dispute.state, dispute.reason) == ("open", "It is broken")
    completed = await shop.completed()
    refund = await market.refund_by_seller(completed["id"], "100.00", seller)
    [listed] = (await market.read(list_refunds.asyncio_detailed, completed["id"])).items
    assert (listed.id, listed.amount.amount, listed.cause) == (refund.id, "100.00", "seller")
