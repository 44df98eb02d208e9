"""Terms: given with the offer, frozen in the deal, shown before any payment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.shop import Shop

FEES = {"deadline": "returned", "buyer": "payer", "seller": "returned", "dispute": "returned"}
DEFAULT = {
    "settlement": "hold",
    "release": "on_funding",
    "inspection_s": None,
    "fees": FEES,
}


async def _deal(shop: Shop, terms: dict[str, Any] | None) -> dict[str, Any]:
    client = shop.api.client
    offer = await client.offer(shop.seller["id"], "1000.00", terms=terms)
    await shop.api.operator.moderate(offer["id"])
    deal = await client.buy(offer["id"], shop.buyer["id"])
    assert deal["terms"] == offer["terms"]
    return deal


async def test_a_deal_has_the_terms_of_its_offer_and_the_markets_own_where_it_has_none(shop: Shop) -> None:
    cases: list[tuple[dict[str, Any] | None, dict[str, Any]]] = [
        (None, {}),
        ({"settlement": "immediate"}, {"settlement": "immediate"}),
        ({"release": "on_acceptance"}, {"release": "on_acceptance", "inspection_s": 604_800}),
        ({"release": "on_acceptance", "inspection_s": 60}, {"release": "on_acceptance", "inspection_s": 60}),
        ({"fees": {"buyer": "returned"}}, {"fees": FEES | {"buyer": "returned"}}),
    ]
    for given, changed in cases:
        deal = await _deal(shop, given)
        assert (await shop.api.client.deal(deal["id"]))["terms"] == DEFAULT | changed


async def test_terms_that_cannot_be_kept_are_refused_beside_their_field(shop: Shop) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"settlement": "immediate", "release": "on_acceptance"}, "terms_conflict", "terms.release"),
        ({"inspection_s": 60}, "terms_conflict", "terms.inspection_s"),
        ({"release": "on_acceptance", "inspection_s": 0}, "invalid_field", "terms.inspection_s"),
        ({"settlement": "later"}, "invalid_field", "terms.settlement"),
        ({"fees": {"buyer": "bank"}}, "invalid_field", "terms.fees.buyer"),
        ({"commission": "0"}, "unknown_field", "terms.commission"),
    ]
    offer = {"seller_id": shop.seller["id"], "title": "A thing", "description": "", "pay_within_s": 600}
    offer |= {"price": {"amount": "10.00", "currency": "RUB"}}
    for terms, code, field in cases:
        reply = await shop.api.client.post("/offers", offer | {"terms": terms})
        assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, code, field)


async def test_the_payer_sees_who_bears_the_fee_before_paying(shop: Shop) -> None:
    deal = await _deal(shop, {"fees": {"deadline": "payer"}})
    quote = await shop.api.client.quote(deal["id"], shop.account["id"])
    shown = {rule["cause"]: (rule["fee"], rule["words"]) for rule in quote["on_refund"]}
    assert {cause: fee for cause, (fee, _) in shown.items()} == {
        "deadline": "payer",
        "buyer": "payer",
        "seller": "returned",
        "dispute": "returned",
    }
    assert shown["deadline"][1] == "If the price is not reached in time, the bank's fee is yours to bear."


async def test_the_database_keeps_the_terms_of_a_deal_as_they_were(shop: Shop) -> None:
    deal = await _deal(shop, None)
    with pytest.raises(Exception, match="are frozen"):
        await shop.api.rows(
            "UPDATE deals SET settlement = 'immediate' WHERE id = CAST(:id AS uuid) RETURNING id", id=deal["id"]
        )
    assert (await shop.api.client.deal(deal["id"]))["terms"] == DEFAULT
