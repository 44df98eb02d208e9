"""Both parties and an arbiter act on one dispute at the same moment: one is first, and the others are refused."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.test_disputes import BACK, OPENED, Case, operators
from tests.fixtures.market_client import MarketClient
from tests.fixtures.shop import Shop

__all__ = ["operators"]

ROUNDS = 5


@pytest.mark.parametrize("rival", ["withdrawal", "replacement", "decision", "retraction", "part"])
async def test_an_acceptance_and_its_rival_never_both_win(
    shop: Shop, operators: list[MarketClient], rival: str
) -> None:
    for _ in range(ROUNDS):
        case = Case(shop, await shop.inspected(), operators[0], operators[1])
        assert await case.party("buyer", reason="Broken") == OPENED
        assert await case.party("seller", "/offers", back=BACK) == OPENED
        acts = {
            "withdrawal": case.party("seller", "/offers/retraction"),
            "replacement": case.party("seller", "/offers", back={"amount": "1.00", "currency": "RUB"}),
            "decision": case.arbiter("decision", ruling="refund", reason="Read"),
            "retraction": case.party("buyer", "/retraction"),
            "part": case.party("buyer", "/undisputed-part", amount={"amount": "800.00", "currency": "RUB"}),
        }
        other = acts.pop(rival)
        for unused in acts.values():
            unused.close()
        accepted, (status, code) = await asyncio.gather(case.party("buyer", "/offers/1/acceptance"), other)
        dispute = await case.now()
        if accepted == OPENED:
            assert (dispute["state"], dispute["back"]["amount"]) == ("settled", "300.00")
            late = code == "dispute_ended"
            assert late or (rival == "decision" and status == 202)  # which is then rejected, as another test shows
        else:
            assert (status, accepted[1] in ("offer_ended", "dispute_ended")) == (202, True)
            assert dispute["state"] != "settled"
