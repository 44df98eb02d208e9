"""Contracts over REST: proposed, answered and cancelled as a whole; who may, in which state; refusals by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.deals import CloseReason
from market.verdicts import close
from store.deals.deals import lock_deal
from tests.fixtures.market import Api, RecordedSignals
from tests.fixtures.market_client import Json
from tests.fixtures.shop import Shop

ACTS = ("confirmation", "denial", "retraction", "cancellation")
INSPECTED = {"terms": {"release": "on_acceptance", "inspection_s": 3600}}


def states(contract: Json) -> list[str]:
    return [milestone["state"] for milestone in contract["milestones"]]


async def act(shop: Shop, contract: Json, name: str, who: Json, **said: Any) -> Json:
    return await shop.api.client.make(f"/contracts/{contract['id']}/{name}", {"user_id": who["id"]} | said)


async def now(shop: Shop, contract: Json) -> Json:
    return await shop.api.client.read(f"/contracts/{contract['id']}")


def money(contract: Json) -> str:
    """Price, held, released, refunded, left."""
    return " ".join(contract[name]["amount"] for name in ("price", "held", "released", "refunded", "left"))


async def test_a_contract_is_confirmed_as_a_whole_and_each_milestone_is_then_a_deal(
    shop: Shop, signals: RecordedSignals
) -> None:
    contract = await shop.contract(answer_within_s=600)
    assert (contract["state"], states(contract)) == ("proposed", ["proposed"] * 3)
    assert money(contract) == "600.00 0.00 0.00 0.00 600.00"
    deals = [milestone["deal_id"] for milestone in contract["milestones"]]
    for deal in deals:
        await signals.heard(f"deal/{deal}")
    confirmed = await act(shop, contract, "confirmation", shop.seller)
    assert (confirmed["state"], states(confirmed)) == ("active", ["awaiting_payment"] * 3)
    second = await shop.api.client.deal(deals[1])
    assert (second["contract_id"], second["milestone"], second["title"]) == (contract["id"], 2, "Part 2")
    assert second["answer_by"] == contract["answer_by"] == (await shop.api.client.deal(deals[0]))["answer_by"]
    await shop.held({"id": deals[1]})
    later = await now(shop, contract)
    assert (later["state"], states(later)) == ("active", ["awaiting_payment", "funded", "awaiting_payment"])
    assert (later["held"]["amount"], later["left"]["amount"]) == ("200.00", "400.00")


async def test_each_milestone_has_its_own_words_time_to_pay_and_terms(shop: Shop) -> None:
    milestones = [
        {"title": "A plan", "amount": "10.00", "pay_within_s": 600},
        {"title": "A house", "description": "Of brick", "amount": "20.00", "pay_within_s": 7200}
        | {"terms": {"release": "on_funding"}},
    ]
    contract = await shop.contract(milestones=milestones)
    await act(shop, contract, "confirmation", shop.seller)
    first, second = [await shop.api.client.deal(each["deal_id"]) for each in contract["milestones"]]
    assert (first["description"], second["description"]) == ("", "Of brick")
    assert (first["terms"]["release"], second["terms"]["release"]) == ("on_acceptance", "on_funding")
    times = [
        datetime.fromisoformat(deal["pay_by"]) - datetime.fromisoformat(deal["confirmed_at"])
        for deal in (first, second)
    ]
    assert times == [timedelta(seconds=600), timedelta(seconds=7200)]


async def test_what_cannot_be_proposed_is_refused_by_name_and_leaves_nothing(shop: Shop) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    good, at_once = {"title": "A part", "amount": "1.00"}, {"settlement": "immediate", "release": "on_acceptance"}
    for changes, expected in (
        ({"seller_id": shop.buyer["id"]}, (409, "own_service", "seller_id")),
        ({"seller_id": nobody}, (404, "unknown_user", "seller_id")),
        ({"buyer_id": nobody}, (404, "unknown_user", "buyer_id")),
        ({"currency": "XXY"}, (422, "unknown_currency", "currency")),
        ({"milestones": [good]}, (422, "invalid_field", "milestones")),
        ({"milestones": [good] * 51}, (422, "invalid_field", "milestones")),
        ({"milestones": [good, good | {"amount": "0.00"}]}, (422, "bad_amount", "milestones.1.amount")),
        ({"milestones": [good, good | {"title": ""}]}, (422, "invalid_field", "milestones.1.title")),
        ({"milestones": [good | {"pay_within_s": 0}, good]}, (422, "invalid_field", "milestones.0.pay_within_s")),
        ({"milestones": [good, good | {"terms": at_once}]}, (422, "terms_conflict", "milestones.1.terms.release")),
        ({"milestones": [good, good | {"price": "1.00"}]}, (422, "unknown_field", "milestones.1.price")),
    ):
        body = {"buyer_id": shop.buyer["id"], "seller_id": shop.seller["id"], "title": "A house", "description": ""}
        reply = await shop.api.client.post(
            "/contracts", body | {"currency": "RUB", "milestones": [good, good]} | changes
        )
        said = reply.json()
        assert (reply.status_code, said["code"], said["field"]) == expected, changes
    assert (await shop.api.count("contracts"), await shop.api.count("deals")) == (0, 0)


async def test_a_currency_that_cannot_be_served_is_refused_once_for_all_milestones(shop: Shop) -> None:
    await shop.api.account(shop.seller["id"], "002dddddddddd", "EUR", payout=True)
    body = {"buyer_id": shop.buyer["id"], "seller_id": shop.seller["id"], "title": "A house", "description": ""}
    part = {"title": "A part", "amount": "1.00"}
    refused = await shop.api.client.post("/contracts", body | {"currency": "EUR", "milestones": [part, part]})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        409,
        "currency_not_served",
        "currency",
    )
    assert (await shop.api.count("contracts"), await shop.api.count("deals")) == (0, 0)


async def test_a_milestone_is_not_answered_alone(shop: Shop) -> None:
    contract = await shop.contract()
    deal = contract["milestones"][0]["deal_id"]
    for name, party in (("confirmation", shop.seller), ("denial", shop.seller), ("retraction", shop.buyer)):
        reply = await shop.api.client.post(f"/deals/{deal}/{name}", {"user_id": party["id"]})
        assert (reply.status_code, reply.json()["code"]) == (409, "part_of_contract"), name
    assert states(await now(shop, contract)) == ["proposed"] * 3


async def test_two_confirmations_at_once_confirm_each_milestone_once(shop: Shop) -> None:
    contract = await shop.contract()
    about, body = f"/contracts/{contract['id']}/confirmation", {"user_id": shop.seller["id"]}
    replies = await asyncio.gather(*(shop.api.client.post(about, body) for _ in range(2)))
    assert sorted(reply.status_code for reply in replies) == [202, 409]
    [refused] = [reply.json() for reply in replies if reply.status_code == 409]
    assert (refused["code"], refused["detail"][:13]) == ("not_proposed", "This contract")
    confirmed = await shop.api.rows(
        "SELECT count(*) FROM events e JOIN deals d ON d.id = e.subject_id WHERE d.contract_id = :id"
        " AND e.type = 'deal.confirmed' GROUP BY d.id",
        id=contract["id"],
    )
    assert [count for (count,) in confirmed] == [1, 1, 1]


async def test_a_confirmation_and_a_retraction_at_once_leave_no_contract_half_answered(shop: Shop) -> None:
    contract = await shop.contract()
    base = f"/contracts/{contract['id']}"
    await asyncio.gather(
        shop.api.client.post(f"{base}/confirmation", {"user_id": shop.seller["id"]}),
        shop.api.client.post(f"{base}/retraction", {"user_id": shop.buyer["id"]}),
    )
    assert states(await now(shop, contract)) in (["awaiting_payment"] * 3, ["cancelled"] * 3)


async def test_after_its_time_a_contract_cannot_be_answered_even_when_one_milestone_has_lapsed_first(
    shop: Shop,
) -> None:
    contract = await shop.contract(answer_within_s=600)
    await _pass_time(shop, contract, "deadline_passed")
    await _lapse(shop, contract["milestones"][0])
    await _pass_time(shop, contract, "deadline_passed")
    assert (await now(shop, contract))["state"] == "lapsed"
    for milestone in contract["milestones"][1:]:
        await _lapse(shop, milestone)
    assert states(await now(shop, contract)) == ["lapsed"] * 3


async def _pass_time(shop: Shop, contract: Json, code: str) -> None:
    for milestone in contract["milestones"]:
        await shop.api.set_ahead(milestone["deal_id"], timedelta(seconds=601))
    reply = await shop.api.client.post(f"/contracts/{contract['id']}/confirmation", {"user_id": shop.seller["id"]})
    assert (reply.status_code, reply.json()["code"]) == (409, code)


async def _lapse(shop: Shop, milestone: Json) -> None:
    async with shop.api.database.transaction() as session:
        await close(session, await lock_deal(session, UUID(milestone["deal_id"])), CloseReason.DEADLINE)


async def test_cancelling_ends_what_has_no_money_and_asks_about_what_has(shop: Shop) -> None:
    milestones = [{"title": "A part", "amount": "100.00"} | INSPECTED for _ in range(4)]
    contract = await shop.contract(milestones=milestones)
    await act(shop, contract, "confirmation", shop.seller)
    paid, held, disputed, _ = [{"id": each["deal_id"]} for each in contract["milestones"]]
    payment = await shop.held(paid)
    await shop.held(held, "40.00")
    await shop.held(disputed)
    await shop.api.client.accept(paid["id"], shop.buyer["id"])
    await shop.carried_out(payment)
    await shop.assessed(paid)
    about = f"/deals/{disputed['id']}/dispute"
    await shop.api.client.make(about, {"user_id": shop.buyer["id"], "reason": "Crooked"})

    asked = await act(shop, contract, "cancellation", shop.buyer, reason="No more money")
    assert states(asked) == ["completed", "partially_paid", "disputed", "cancelled"]
    assert (await shop.api.client.deal(held["id"]))["cancellation"]["reason"] == "No more money"
    again = await shop.api.client.post(f"/contracts/{contract['id']}/cancellation", {"user_id": shop.buyer["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "already_proposed")
    agreed = await act(shop, contract, "cancellation", shop.seller)
    assert states(agreed) == ["completed", "settling", "disputed", "cancelled"]
    assert agreed["state"] == "active"
    assert money(agreed) == "400.00 100.00 100.00 0.00 0.00"
    nothing = await shop.api.client.post(f"/contracts/{contract['id']}/cancellation", {"user_id": shop.seller["id"]})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_cancel")


async def _proposed(shop: Shop) -> Json:
    return await shop.contract()


async def _confirmed(shop: Shop) -> Json:
    return await act(shop, await shop.contract(), "confirmation", shop.seller)


async def _held(shop: Shop) -> Json:
    contract = await _confirmed(shop)
    for milestone in contract["milestones"]:
        await shop.held({"id": milestone["deal_id"]}, "50.00")
    return contract


async def _denied(shop: Shop) -> Json:
    return await act(shop, await shop.contract(), "denial", shop.seller)


async def _retracted(shop: Shop) -> Json:
    return await act(shop, await shop.contract(), "retraction", shop.buyer)


async def _lapsed(shop: Shop) -> Json:
    contract = await shop.contract(answer_within_s=600)
    for milestone in contract["milestones"]:
        await shop.api.set_ahead(milestone["deal_id"], timedelta(seconds=601))
        await _lapse(shop, milestone)
    return contract


MADE: dict[str, Callable[[Shop], Awaitable[Json]]] = {
    "proposed": _proposed,
    "confirmed": _confirmed,
    "held": _held,
    "denied": _denied,
    "retracted": _retracted,
    "lapsed": _lapsed,
}
# By state, act and party: None is done, anything else the code of the refusal.
_OVER = {
    ("confirmation", "buyer"): "not_the_seller",
    ("confirmation", "seller"): "not_proposed",
    ("denial", "buyer"): "not_the_seller",
    ("denial", "seller"): "not_proposed",
    ("retraction", "buyer"): "not_proposed",
    ("retraction", "seller"): "not_the_buyer",
    ("cancellation", "buyer"): "nothing_to_cancel",
    ("cancellation", "seller"): "nothing_to_cancel",
}
_WAITS = _OVER | {
    ("confirmation", "seller"): None,
    ("denial", "seller"): None,
    ("retraction", "buyer"): None,
    ("cancellation", "buyer"): "deal_unconfirmed",
    ("cancellation", "seller"): "deal_unconfirmed",
}
_ACTIVE = _OVER | {("cancellation", "buyer"): None, ("cancellation", "seller"): None}
EXPECTED = {"proposed": _WAITS, "confirmed": _ACTIVE, "held": _ACTIVE}


@pytest.mark.parametrize("state", MADE)
async def test_each_act_is_for_one_party_and_one_state(shop: Shop, state: str) -> None:
    """Every refused attempt changes nothing: the next one is made at the same contract."""
    other, contract = await shop.api.client.user("Nora", "nora@example.test"), None
    for name in ACTS:
        for role, user in (("buyer", shop.buyer), ("seller", shop.seller), ("another", other)):
            contract = contract or await MADE[state](shop)
            before = await _rows(shop.api, contract)
            reply = await shop.api.client.post(f"/contracts/{contract['id']}/{name}", {"user_id": user["id"]})
            expected = "not_a_party" if role == "another" else EXPECTED.get(state, _OVER)[name, role]
            assert (reply.status_code, reply.json().get("code")) == (409 if expected else 202, expected), (name, role)
            assert (await _rows(shop.api, contract) == before) is (expected is not None), (name, role)
            contract = contract if expected else None


async def _rows(api: Api, contract: Json) -> list[Any]:
    query = "SELECT id, state, events, pay_by, confirmed_at FROM deals WHERE contract_id = :id ORDER BY id"
    return await api.rows(query, id=contract["id"])


async def test_contracts_are_listed_in_the_order_in_which_they_were_proposed(shop: Shop) -> None:
    made = [await shop.contract() for _ in range(3)]
    await act(shop, made[1], "confirmation", shop.seller)
    first = await shop.api.client.read("/contracts", limit=2)
    rest = await shop.api.client.read("/contracts", limit=2, after=first["next"])
    listed = [*first["items"], *rest["items"]]
    assert [item["id"] for item in listed] == [contract["id"] for contract in made]
    assert [item["state"] for item in listed] == ["proposed", "active", "proposed"]
    assert {item["price"]["amount"] for item in listed} == {"600.00"}


async def test_the_row_of_a_contract_never_changes(shop: Shop) -> None:
    contract = await shop.contract()
    with pytest.raises(Exception, match="permission denied"):
        await shop.api.rows("UPDATE contracts SET title = 'Another' WHERE id = :id RETURNING id", id=contract["id"])
    with pytest.raises(Exception, match="frozen"):
        await shop.api.rows("UPDATE deals SET milestone = 9 WHERE contract_id = :id RETURNING id", id=contract["id"])
