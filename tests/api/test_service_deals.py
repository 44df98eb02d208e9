"""Service deals over REST: who may propose, confirm, deny and retract, in which state, and what is refused by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.deals import CloseReason
from domain.roles import Scope
from market.verdicts import close
from store.deals.deals import lock_deal
from store.people.api_keys import issue_key
from tests.fixtures.market import Api, RecordedSignals
from tests.fixtures.market_client import Json
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.shop import Shop

ACTS = ("confirmation", "denial", "retraction")


@pytest.mark.source("escrow deals:6")
async def test_a_proposed_deal_takes_no_money_before_its_seller_has_confirmed_it(
    shop: Shop, signals: RecordedSignals
) -> None:
    client = shop.api.client
    deal = await shop.proposed(pay_within_s=600)
    assert (deal["state"], deal["offer_id"], deal["pay_by"], deal["confirmed_at"]) == ("proposed", None, None, None)
    assert (deal["terms"]["release"], deal["left"]["amount"]) == ("on_acceptance", "1000.00")
    await signals.heard(f"deal/{deal['id']}")
    early = await client.post(f"/deals/{deal['id']}/payments", {"account_id": shop.account["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "deal_unconfirmed")

    confirmed = await client.confirm(deal["id"], shop.seller["id"])
    assert confirmed["state"] == "awaiting_payment"
    time_to_pay = datetime.fromisoformat(confirmed["pay_by"]) - datetime.fromisoformat(confirmed["confirmed_at"])
    assert time_to_pay == timedelta(seconds=600)
    await shop.held(deal)
    assert (await client.deal(deal["id"]))["state"] == "funded"
    events = [event["type"] for event in await client.events(deal["id"]) if event["payment_id"] is None]
    assert events == ["deal.proposed", "deal.confirmed", "deal.awaiting_payment", "deal.funded"]


async def test_the_commission_is_the_platforms_default_and_the_seller_is_paid_less_it(shop: Shop) -> None:
    deal = await shop.proposed()
    assert "commission_percent" not in deal
    assert (await shop.api.operator.deal(deal["id"]))["commission_percent"] == "5.00"
    await shop.api.client.confirm(deal["id"], shop.seller["id"])
    payment = await shop.held(deal)
    await shop.api.client.accept(deal["id"], shop.buyer["id"])
    await shop.carried_out(payment)
    steps = await shop.api.rows("SELECT name, amount_minor FROM steps WHERE payment_id = :id", id=payment["id"])
    assert {name: minor for name, minor in steps if name != "capture"} == {"credit": 95_000, "commission": 5_000}


async def test_what_cannot_be_proposed_is_refused_by_name(shop: Shop) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    at_once = {"settlement": "immediate", "release": "on_acceptance"}
    for changes, expected in (
        ({"seller_id": shop.buyer["id"]}, (409, "own_service", "seller_id")),
        ({"seller_id": nobody}, (404, "unknown_user", "seller_id")),
        ({"buyer_id": nobody}, (404, "unknown_user", "buyer_id")),
        ({"price": {"amount": "1.00", "currency": "XXY"}}, (422, "unknown_currency", "price.currency")),
        ({"price": {"amount": "0.00", "currency": "RUB"}}, (422, "bad_amount", "price.amount")),
        ({"price": {"amount": "99999999999999.99", "currency": "RUB"}}, (422, "bad_amount", "price.amount")),
        ({"price": {"amount": "1.001", "currency": "RUB"}}, (422, "bad_amount", "price.amount")),
        ({"answer_within_s": 0}, (422, "invalid_field", "answer_within_s")),
        ({"pay_within_s": 10**9}, (422, "invalid_field", "pay_within_s")),
        ({"title": ""}, (422, "invalid_field", "title")),
        ({"terms": at_once}, (422, "terms_conflict", "terms.release")),
        ({"offer_id": nobody}, (422, "unknown_field", "offer_id")),
    ):
        body = {"buyer_id": shop.buyer["id"], "seller_id": shop.seller["id"], "title": "A logo", "description": ""}
        body |= {"price": {"amount": "1.00", "currency": "RUB"}} | changes
        reply = await shop.api.client.post("/service-deals", body)
        said = reply.json()
        assert (reply.status_code, said["code"], said["field"]) == expected, changes
    assert await shop.api.count("deals") == 0


async def test_nobody_can_be_paid_in_a_currency_in_which_the_sellers_bank_earns_no_commission(shop: Shop) -> None:
    await shop.api.account(shop.seller["id"], "002dddddddddd", "EUR", payout=True)
    refused = await shop.api.client.post(
        "/service-deals",
        {
            "buyer_id": shop.buyer["id"],
            "seller_id": shop.seller["id"],
            "title": "A logo",
            "description": "",
            "price": {"amount": "1.00", "currency": "EUR"},
        },
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "currency_not_served")
    assert refused.json()["field"] == "price.currency"


async def test_after_its_time_a_proposal_cannot_be_answered_even_before_the_deal_knows_it(shop: Shop) -> None:
    deal = await shop.proposed(answer_within_s=600)
    await shop.api.set_ahead(deal["id"], timedelta(seconds=601))
    for act, party in (("confirmation", shop.seller), ("denial", shop.seller), ("retraction", shop.buyer)):
        reply = await shop.api.client.post(f"/deals/{deal['id']}/{act}", {"user_id": party["id"]})
        assert (reply.status_code, reply.json()["code"]) == (409, "deadline_passed"), act
    assert (await _close(shop, deal))["state"] == "lapsed"


async def _close(shop: Shop, deal: Json) -> Json:
    async with shop.api.database.transaction() as session:
        await close(session, await lock_deal(session, UUID(deal["id"])), CloseReason.DEADLINE)
    return await shop.api.client.deal(deal["id"])


async def _proposed(shop: Shop) -> Json:
    return await shop.proposed(pay_within_s=3600)


async def _confirmed(shop: Shop) -> Json:
    return await shop.api.client.confirm((await _proposed(shop))["id"], shop.seller["id"])


async def _partly_paid(shop: Shop) -> Json:
    deal = await _confirmed(shop)
    await shop.held(deal, "400.00")
    return deal


async def _funded(shop: Shop) -> Json:
    deal = await _confirmed(shop)
    await shop.held(deal)
    return deal


async def _denied(shop: Shop) -> Json:
    deal = await _proposed(shop)
    return await shop.api.client.make(f"/deals/{deal['id']}/denial", {"user_id": shop.seller["id"]})


async def _retracted(shop: Shop) -> Json:
    deal = await _proposed(shop)
    return await shop.api.client.make(f"/deals/{deal['id']}/retraction", {"user_id": shop.buyer["id"]})


async def _lapsed(shop: Shop) -> Json:
    deal = await shop.proposed(answer_within_s=600)
    await shop.api.set_ahead(deal["id"], timedelta(seconds=601))
    return await _close(shop, deal)


async def _bought(shop: Shop) -> Json:
    return await shop.deal()


STATES: dict[str, Callable[[Shop], Awaitable[Json]]] = {
    "proposed": _proposed,
    "awaiting_payment": _confirmed,
    "partially_paid": _partly_paid,
    "funded": _funded,
    "denied": _denied,
    "cancelled": _retracted,
    "lapsed": _lapsed,
    "a purchase": _bought,
}


@pytest.mark.parametrize("state", STATES)
async def test_each_act_is_for_one_party_and_for_a_proposed_deal(shop: Shop, state: str) -> None:
    """Every other attempt answers 409 and changes nothing: the next one is made at the same deal."""
    other, deal = await shop.api.client.user("Nora", "nora@example.test"), None
    allowed = {("confirmation", "seller"), ("denial", "seller"), ("retraction", "buyer")}
    for act in ACTS:
        for role, user in (("buyer", shop.buyer), ("seller", shop.seller), ("another", other)):
            deal = deal or await STATES[state](shop)
            before = await _row(shop.api, deal)
            reply = await shop.api.client.post(f"/deals/{deal['id']}/{act}", {"user_id": user["id"]})
            said = (reply.status_code, reply.json().get("code"))
            if state == "proposed" and (act, role) in allowed:
                assert said == (202, None), (act, role)
                assert await _row(shop.api, deal) != before
                deal = None
                continue
            code = {"another": "not_a_party"}.get(role, "not_proposed")
            if role != "another" and (act, role) not in allowed:
                code = "not_the_buyer" if act == "retraction" else "not_the_seller"
            assert said == (409, code), (act, role)
            assert await _row(shop.api, deal) == before, (act, role)


async def test_clients_answer_only_for_themselves(shop: Shop, people: People) -> None:
    deal = await shop.proposed()
    stranger = await people.client()
    form = {"grant_type": "password", "username": stranger.login, "password": PASSWORD}
    nobody = shop.api.caller(None)
    client = shop.api.caller((await nobody.form("/oauth/token", **form)).json()["access_token"])
    async with aclosing(nobody), aclosing(client):
        own_id = str(stranger.owner_id)
        foreign = await client.post(f"/deals/{deal['id']}/confirmation", {"user_id": own_id})
        for_another = await client.post(f"/deals/{deal['id']}/confirmation", {"user_id": shop.seller["id"]})
        as_another = await client.post("/service-deals", _asked(shop.buyer["id"], own_id))
        own = await client.post("/service-deals", _asked(own_id, shop.seller["id"]))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_deal")
    assert (for_another.status_code, for_another.json()["code"]) == (404, "unknown_user")
    assert (as_another.status_code, as_another.json()["code"]) == (404, "unknown_user")
    assert (own.status_code, own.json()["state"]) == (201, "proposed")


def _asked(buyer_id: str, seller_id: str) -> Json:
    price = {"amount": "1.00", "currency": "RUB"}
    return {"buyer_id": buyer_id, "seller_id": seller_id, "title": "A logo", "description": "", "price": price}


async def _row(api: Api, deal: Json) -> list[Any]:
    return await api.rows("SELECT state, events, pay_by, confirmed_at FROM deals WHERE id = :id", id=deal["id"])


async def test_a_key_that_may_not_move_money_between_wallets_lets_no_deal_take_it_either(shop: Shop) -> None:
    api = shop.api
    async with api.database.transaction() as session:
        secret = await issue_key(
            session, api.settings.pepper_bytes, marketplace_id=api.marketplace_id, scopes=[Scope.DEALS]
        )
    async with aclosing(api.caller(secret)) as narrow:
        refused = await narrow.post("/service-deals", _asked(shop.buyer["id"], shop.seller["id"]))
        without = await narrow.post(
            "/service-deals", _asked(shop.buyer["id"], shop.seller["id"]) | {"from_wallet": False}
        )
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert (without.status_code, without.json()["from_wallet"]) == (201, False)
