"""Statuses over REST: who defines them, who sets them in which state, and what the other party learns."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, text

from domain.deals import DealState
from domain.statuses import MAX_SET_PER_DEAL, Setter
from store.deals.deals import Deal
from store.operations import idle
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.letters import Letters
from tests.fixtures.market import Api, RecordedSignals
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.shop import Shop
from tests.fixtures.statuses import new_status, status_body

HELD: Final = "1000.00"


@pytest_asyncio.fixture(loop_scope="session")
async def administrator(api: Api) -> AsyncIterator[MarketClient]:
    async with api.database.transaction() as session:
        anna = await create_operator(session, "Anna", administrator=True)
        secret = await issue_key(session, api.settings.pepper_bytes, operator_id=anna.id)
    client = api.caller(secret)
    yield client
    await client.aclose()


async def say(shop: Shop, deal: Json, code: str, setter: Setter) -> httpx.Response:
    """What a party, through its marketplace, or an operator is answered."""
    body = {"status": code}
    if setter is Setter.OPERATOR:
        return await shop.api.operator.post(f"/deals/{deal['id']}/status", body)
    party = shop.seller if setter is Setter.SELLER else shop.buyer
    return await shop.api.client.post(f"/deals/{deal['id']}/status", body | {"user_id": party["id"]})


async def history(shop: Shop, deal: Json) -> list[tuple[str, str]]:
    """What the parties read of the deal's statuses, oldest first."""
    items = (await shop.api.client.read(f"/deals/{deal['id']}/events"))["items"]
    return [(each["status"], each["by"]) for each in items if each["type"] == "deal.status_set"]


@pytest.mark.source("marketplace:21-28", "discussion:7-8")
async def test_an_administrator_adds_renames_and_retires_a_status_and_all_read_it(
    api: Api, administrator: MarketClient
) -> None:
    code = f"s_{secrets.token_hex(6)}"
    path, body = f"/statuses/{code}", status_body(states=["completed", "funded"], set_by=["seller"])
    made = await administrator.put(path, body)
    changed = await administrator.put(path, body | {"en": "In a box", "active": False})
    [listed] = [each for each in (await api.client.read("/statuses"))["items"] if each["status"] == code]
    assert (made.status_code, made.json()["active"], changed.status_code) == (201, True, 200)
    assert listed == changed.json()
    assert listed == status_body(en="In a box", active=False, set_by=["seller"], states=["funded", "completed"]) | {
        "status": code
    }


async def test_what_is_no_status_is_refused_with_its_field(api: Api, administrator: MarketClient) -> None:
    wrong: dict[str, Json] = {
        "en": {"en": ""}, "ru": {"ru": "x" * 61}, "states": {"states": []}, "states.0": {"states": ["begun"]},
        "set_by.0": {"set_by": ["courier"]},
    }  # fmt: skip
    for field, changes in wrong.items():
        reply = await administrator.put("/statuses/wrong", status_body(**changes))
        assert (reply.status_code, reply.json()["field"]) == (422, field), changes
    assert (await administrator.put("/statuses/Wrong!", status_body())).status_code == 422
    assert (await api.operator.put("/statuses/wrong", status_body())).json()["code"] == "role_missing"
    assert (await api.client.put("/statuses/wrong", status_body())).json()["code"] == "operator_key_needed"
    assert "wrong" not in {each["status"] for each in (await api.client.read("/statuses"))["items"]}


async def _in_state(shop: Shop, state: DealState) -> Json:
    if state is DealState.AWAITING_PAYMENT:
        return await shop.deal()
    if state is DealState.PARTIALLY_PAID:
        deal = await shop.deal()
        await shop.held(deal, "400.00")
        return deal
    return await (shop.inspected() if state is DealState.FUNDED else shop.completed())


REACHED: Final = (DealState.AWAITING_PAYMENT, DealState.PARTIALLY_PAID, DealState.FUNDED, DealState.COMPLETED)


@pytest.mark.parametrize("state", REACHED)
async def test_state_action_and_role_decide_together_and_what_is_refused_changes_nothing(
    shop: Shop, state: DealState
) -> None:
    deal = await _in_state(shop, state)
    for setter in Setter:
        others = [each for each in Setter if each is not setter]
        cases: list[tuple[Json, str | None]] = [
            ({"set_by": [setter], "states": [state]}, None),
            ({"set_by": others}, "status_not_for_party"),
            ({"states": [each for each in DealState if each is not state]}, "status_not_for_state"),
            ({"active": False}, "status_retired"),
        ]
        for changes, refused in cases:
            code, before = await new_status(shop.api, **changes), await history(shop, deal)
            reply = await say(shop, deal, code, setter)
            said = reply.json()
            after = await history(shop, deal)
            if refused:
                assert (reply.status_code, said["code"], said["field"]) == (409, refused, "status"), changes
                assert after == before
            else:
                assert (reply.status_code, said["state"], said["status"]["status"]) == (200, state, code), said
                assert (said["status"]["by"], after) == (setter, [*before, (code, setter)])


async def test_setting_the_same_again_changes_nothing(shop: Shop) -> None:
    deal, code = await shop.deal(), await new_status(shop.api, set_by=["seller", "buyer"])
    first = (await say(shop, deal, code, Setter.SELLER)).json()
    again = [await say(shop, deal, code, setter) for setter in Setter]
    assert [reply.status_code for reply in again] == [200] * 3
    assert [reply.json()["status"] for reply in again] == [first["status"]] * 3
    assert await history(shop, deal) == [(code, "seller")]


async def test_who_names_nothing_known_or_nobody_is_refused(shop: Shop, people: People) -> None:
    deal, code = await shop.deal(), await new_status(shop.api)
    path, stranger = f"/deals/{deal['id']}/status", await shop.api.client.user("Sergej", "sergej@example.test")
    seller = {"user_id": shop.seller["id"]}
    somebody = await people.client()
    form = {"grant_type": "password", "username": somebody.login, "password": PASSWORD}
    nobody = shop.api.caller(None)
    client = shop.api.caller((await nobody.form("/oauth/token", **form)).json()["access_token"])
    other = await shop.api.other_marketplace()
    cases = [
        (shop.api.client, {"status": code}, 422, "missing_field", "user_id"),
        (shop.api.client, {"status": "nothing_known"} | seller, 404, "unknown_status", "status"),
        (shop.api.client, {"status": code, "user_id": stranger["id"]}, 409, "not_a_party", "user_id"),
        (shop.api.operator, {"status": code} | seller, 422, "invalid_field", "user_id"),
        (other, {"status": code} | seller, 404, "unknown_deal", None),
        (client, {"status": code} | seller, 404, "unknown_user", "user_id"),
        (client, {"status": code, "user_id": str(somebody.owner_id)}, 404, "unknown_deal", None),
    ]
    for caller, body, status, refused, field in cases:
        said = (await caller.post(path, body)).json()
        assert (said["status"], said["code"], said.get("field")) == (status, refused, field), body
    for caller in (nobody, client, other):
        await caller.aclose()
    assert await history(shop, deal) == []


async def test_deals_are_listed_by_their_present_status(shop: Shop) -> None:
    packed, sent = await new_status(shop.api), await new_status(shop.api)
    deals = [await shop.deal() for _ in range(4)]
    for deal in deals[:3]:
        await say(shop, deal, packed, Setter.SELLER)
    await say(shop, deals[1], sent, Setter.SELLER)
    for caller in (shop.api.client, shop.api.operator):
        page = await caller.read("/deals", status=packed, limit=1)
        rest = await caller.read("/deals", status=packed, limit=1, after=page["next"])
        listed = [(each["id"], each["status"]["status"]) for each in page["items"] + rest["items"]]
        assert (listed, rest["next"]) == ([(deals[0]["id"], packed), (deals[2]["id"], packed)], None)
    other = await shop.api.other_marketplace()
    assert (await other.read("/deals", status=packed))["items"] == []
    await other.aclose()
    assert (await shop.api.client.get("/deals", status="Not a code")).status_code == 422


async def test_no_workflow_is_signalled_or_redriven_for_a_status(shop: Shop, signals: RecordedSignals) -> None:
    untouched, part_paid, code = await shop.deal(), await shop.deal(), await new_status(shop.api)
    await shop.held(part_paid, "400.00")
    heard = Counter(signals.signalled)
    for deal in (untouched, part_paid):
        redrives = "SELECT redrives FROM deals WHERE id = CAST(:id AS uuid)"
        before = await shop.api.rows(redrives, id=deal["id"])
        await say(shop, deal, code, Setter.BUYER)
        async with shop.api.database.transaction() as session:
            is_idle = await session.scalar(select(idle.DEAL).where(Deal.id == UUID(deal["id"])))
        assert is_idle or deal is not untouched
        assert deal is not part_paid or await shop.api.rows(redrives, id=deal["id"]) == before
    heard_since = Counter(signals.signalled) - heard
    assert [each for each in heard_since if untouched["id"] in each or part_paid["id"] in each] == []


async def test_a_deal_is_no_place_to_store_statuses(shop: Shop) -> None:
    deal, codes = await shop.deal(), [await new_status(shop.api) for _ in range(2)]
    await say(shop, deal, codes[0], Setter.SELLER)
    async with shop.api.database.transaction() as session:
        more = (
            "INSERT INTO events (deal_id, subject_id, number, type, data)"
            " SELECT deal_id, subject_id, number + n, type, data FROM events"
            " CROSS JOIN generate_series(1, CAST(:n AS integer)) AS n WHERE deal_id = :id AND type = 'deal.status_set'"
        )
        id_, added = UUID(deal["id"]), MAX_SET_PER_DEAL - 1
        await session.execute(text(more), {"id": id_, "n": added})
        (await session.get_one(Deal, id_)).events += added
    refused = await say(shop, deal, codes[1], Setter.SELLER)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_statuses")


async def test_of_many_at_once_all_are_heard_in_one_order(shop: Shop) -> None:
    deal, codes = await shop.deal(), [await new_status(shop.api) for _ in range(4)]
    replies = await asyncio.gather(*(say(shop, deal, code, Setter.SELLER) for code in codes))
    assert [reply.status_code for reply in replies] == [200] * 4
    said = await history(shop, deal)
    now = await shop.api.client.deal(deal["id"])
    assert sorted(code for code, _ in said) == sorted(codes)
    assert now["status"]["status"] == said[-1][0]


async def test_the_other_party_gets_a_mail_in_their_language_and_both_hear_of_staff(letters: Letters) -> None:
    shop = letters.shop
    deal, code = await shop.deal(), await new_status(shop.api, en="Packed", ru="Упаковано")
    other = await new_status(shop.api, en="Papers awaited", ru="Ждём документы")
    await letters.received()
    await say(shop, deal, code, Setter.SELLER)
    await say(shop, deal, code, Setter.SELLER)
    buyers = await letters.news()
    await say(shop, deal, other, Setter.BUYER)
    sellers = await letters.received()
    await say(shop, deal, code, Setter.OPERATOR)
    both = await letters.received()
    assert [mail.subject for mail in buyers] == ["Новый статус сделки «A thing»: Упаковано"]
    assert "Упаковано" in buyers[0].text and deal["id"] in buyers[0].text
    assert sellers == [("seller", "New status of “A thing”: Papers awaited")]
    assert sorted(both) == [
        ("buyer", "Новый статус сделки «A thing»: Упаковано"), ("seller", "New status of “A thing”: Packed"),
    ]  # fmt: skip


async def test_a_status_that_is_renamed_later_keeps_its_name_in_the_history(shop: Shop) -> None:
    code = await new_status(shop.api, en="Packed", ru="Упаковано")
    deal = await shop.deal()
    await say(shop, deal, code, Setter.SELLER)
    async with shop.api.database.transaction() as session:
        await session.execute(text("UPDATE statuses SET en = 'Refunded' WHERE code = :code"), {"code": code})
    items = (await shop.api.operator.read(f"/deals/{deal['id']}/events"))["items"]
    assert items[-1]["data"]["names"] == {"en": "Packed", "ru": "Упаковано"}
