"""Refunds as marketplaces and operators request them; tests/sagas covers how they are carried out."""

from __future__ import annotations

from uuid import UUID

import pytest

from market.refunds import try_clawback_again
from tests.fixtures.market import RecordedSignals
from tests.fixtures.market_client import Json, Refused
from tests.fixtures.shop import Shop


async def test_a_part_is_refunded_and_the_deal_shows_it(shop: Shop, signals: RecordedSignals) -> None:
    deal, client = await shop.completed(), shop.api.client
    refund = await client.refund(deal["id"], "seller", "300.00", seller_id=shop.seller["id"])
    await signals.heard(f"refund/{refund['id']} returning")
    assert (refund["number"], refund["cause"], refund["fee"], refund["state"]) == (1, "seller", "returned", "returning")
    assert (await client.deal(deal["id"]))["refunded"] == {"amount": "300.00", "currency": "RUB"}
    assert (await client.read(f"/deals/{deal['id']}/refunds"))["items"] == [refund]
    assert await client.read(f"/refunds/{refund['id']}") == refund
    assert "commission" not in str(refund)


async def test_operators_see_whose_money_it_is_and_marketplaces_do_not(shop: Shop) -> None:
    deal = await shop.completed()
    refund = await shop.api.operator.refund(deal["id"], "dispute")
    assert refund["requested_by"].startswith("operator/")
    parts = [tuple(step[name]["amount"] for name in ("amount", "commission")) for step in refund["steps"]]
    assert parts == [("1000.00", "50.00")]
    assert "steps" not in await shop.api.client.read(f"/refunds/{refund['id']}")


async def test_a_refund_that_cannot_be_is_refused_beside_its_field(shop: Shop) -> None:
    path = f"/deals/{(await shop.completed())['id']}/refunds"
    cases: list[tuple[Json, int, str, str]] = [
        ({"amount": {"amount": "1000.01", "currency": "RUB"}}, 409, "exceeds_refundable", "amount"),
        ({"amount": {"amount": "1.00", "currency": "USD"}}, 409, "wrong_currency", "amount.currency"),
        ({"amount": {"amount": "0.00", "currency": "RUB"}}, 422, "bad_amount", "amount.amount"),
        ({"cause": "deadline"}, 422, "invalid_field", "cause"),
        ({"cause": "seller"}, 422, "missing_field", "user_id"),
        ({"cause": "seller", "user_id": shop.buyer["id"]}, 409, "not_the_seller", "user_id"),
        ({"user_id": shop.seller["id"]}, 422, "invalid_field", "user_id"),
        ({"reason": ""}, 422, "invalid_field", "reason"),
    ]
    for body, status, code, field in cases:
        said = (await shop.api.client.post(path, {"cause": "buyer", "reason": "Broken", **body})).json()
        assert (said["status"], said["code"], said.get("field")) == (status, code, field), body
    assert (await shop.api.client.read(path))["items"] == []


async def test_what_was_not_released_is_not_refunded(shop: Shop) -> None:
    deal = await shop.deal()
    with pytest.raises(Refused, match="nothing_released"):
        await shop.api.client.refund(deal["id"], "buyer")
    await shop.held(deal)
    with pytest.raises(Refused, match="release_under_way"):
        await shop.api.client.refund(deal["id"], "buyer")


async def test_the_payer_of_a_closed_account_is_asked_for_another_refund_account(
    shop: Shop, signals: RecordedSignals
) -> None:
    deal, client = await shop.completed(), shop.api.client
    refund, payment = await client.refund(deal["id"], "dispute"), deal["payments"][0]
    assert refund["waiting_for"] is None
    other = await shop.api.account(shop.buyer["id"], "003cdcdcdcdcd")
    path = f"/payments/{payment}/refund-account"
    early = await client.post(path, {"account_id": other["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "refund_not_waiting")
    await shop.clawed_back(refund["id"], refused="account_closed")
    assert (await client.read(f"/refunds/{refund['id']}"))["waiting_for"] == "account"
    same = await client.post(path, {"account_id": shop.account["id"]})
    foreign = await client.post(path, {"account_id": shop.payout["id"]})
    assert (same.json()["code"], foreign.json()["code"]) == ("same_account", "unknown_account")

    await client.refund_account(payment, other["id"])
    await signals.heard(f"refund/{refund['id']} returning")
    steps = (await shop.api.operator.read(f"/refunds/{refund['id']}"))["steps"]
    assert [(step["number"], step["state"]) for step in steps] == [(1, "refused"), (2, "planned")]
    assert (await client.read(f"/refunds/{refund['id']}"))["waiting_for"] is None
    await shop.clawed_back(refund["id"], refused="guarantee_exhausted")
    assert (await client.read(f"/refunds/{refund['id']}"))["waiting_for"] == "funds"


async def test_a_refund_is_stuck_for_the_reason_last_answered_also_while_it_is_asked_again(shop: Shop) -> None:
    deal, client = await shop.completed(), shop.api.client
    refund = await client.refund(deal["id"], "dispute")

    async def stuck() -> list[str]:
        items = (await shop.api.operator.read("/stuck", limit=200))["items"]
        return [row["what"] for row in items if row["deal_id"] == deal["id"]]

    await shop.clawed_back(refund["id"], refused="account_closed")
    closed = await stuck()
    other = await shop.api.account(shop.buyer["id"], "003cecececece")
    await client.refund_account(deal["payments"][0], other["id"])
    redirected = await stuck()
    await shop.clawed_back(refund["id"], refused="guarantee_exhausted")
    short = await stuck()
    async with shop.api.database.transaction() as session:
        await try_clawback_again(session, UUID(refund["id"]))
    assert (closed, redirected, short, await stuck()) == (["account"], [], ["funds"], ["funds"])
    await shop.clawed_back(refund["id"])
    assert await stuck() == []
