"""Arbiters over REST: who decides a dispute, when, and what it would move."""

from __future__ import annotations

from uuid import UUID

from domain.disputes import ANSWER_WITHIN, DECIDE_WITHIN
from market.operators import make_arbiter
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.api.test_disputes import BACK, OPENED, SOON, Case, brought, case, operators
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.shop import INSPECTION, Shop

__all__ = ["case", "operators"]


async def test_an_arbiter_waits_for_the_answer_or_for_the_end_of_its_time(case: Case) -> None:
    await brought(case, "open")
    before = await case.rows()
    assert await case.arbiter("decision", ruling="release", reason="Clear") == (409, "answer_awaited")
    override = {"kind": "release", "deal_id": case.deal["id"], "reason": "Clear"}
    assert (await case.operator.post("/overrides", override)).json()["code"] == "answer_awaited"
    assert await case.rows() == before
    await case.shop.api.set_ahead(case.deal["id"], ANSWER_WITHIN + SOON)
    assert await case.arbiter("decision", ruling="release", reason="Clear") == OPENED
    assert await case.arbiter("decision", ruling="refund", reason="Clear") == (409, "decision_pending")


async def test_who_takes_a_dispute_decides_it_on_what_they_have_read(case: Case) -> None:
    await brought(case, "offered")
    assert await case.arbiter("assignment") == OPENED
    assert await case.arbiter("assignment", case.other_operator) == (409, "dispute_taken")
    mine = await case.arbiter("decision", case.other_operator, reason="Mine", ruling="refund")
    assert mine == (409, "dispute_taken")
    bodies: list[tuple[Json, tuple[int, str]]] = [
        ({"ruling": "split"}, (422, "missing_field")),
        ({"ruling": "split", "amount": {"amount": "1000.00", "currency": "RUB"}}, (409, "nothing_to_split")),
        ({"ruling": "split", "amount": {"amount": "1000.01", "currency": "RUB"}}, (409, "exceeds_refundable")),
        ({"ruling": "split", "amount": {"amount": "0.00", "currency": "RUB"}}, (422, "bad_amount")),
        ({"ruling": "refund", "amount": BACK}, (422, "invalid_field")),
        ({"ruling": "refund", "entries": 0}, (409, "page_outdated")),
    ]
    for body, code in bodies:
        before = await case.rows()
        assert await case.arbiter("decision", reason="Read", **body) == code
        assert await case.rows() == before
    made = await case.operator.make(
        f"/disputes/{(await case.now())['id']}/decision",
        {"ruling": "split", "amount": BACK, "reason": "Read", "entries": 1},
    )
    assert (made["kind"], made["state"], made["reason"]) == ("split", "approved", "Read")
    assert await case.arbiter("assignment", case.shop.api.client) == (403, "operator_key_needed")


async def test_an_operator_who_is_no_arbiter_reads_a_dispute_and_decides_nothing(case: Case) -> None:
    await brought(case, "offered")
    api = case.shop.api
    async with api.database.transaction() as session:
        operator = await create_operator(session, "Otto", approver=True, administrator=True)
        otto = api.caller(await issue_key(session, api.settings.pepper_bytes, operator_id=operator.id))
    before, dispute = await case.rows(), await otto.read(case.about)
    assert dispute["id"] in [one["id"] for one in (await otto.read("/disputes", limit=200))["items"]]
    assert (await otto.read(f"/disputes/{dispute['id']}/preview", ruling="refund"))["ruling"] == "refund"
    assert await case.arbiter("assignment", otto) == (403, "role_missing")
    assert await case.arbiter("decision", otto, ruling="refund", reason="Mine") == (403, "role_missing")
    for kind in ("release", "refund"):
        reply = await otto.post("/overrides", {"deal_id": case.deal["id"], "kind": kind, "reason": "Mine"})
        assert (reply.status_code, reply.json()["code"]) == (403, "role_missing")
    assert await case.rows() == before
    await otto.aclose()


async def test_who_is_no_arbiter_any_more_holds_up_no_dispute(case: Case) -> None:
    await brought(case, "offered")
    assert await case.arbiter("assignment") == OPENED
    async with case.shop.api.database.transaction() as session:
        await make_arbiter(session, UUID((await case.now())["arbiter_id"]), None, arbiter=False)
    assert await case.arbiter("decision", ruling="refund", reason="Mine") == (403, "role_missing")
    assert await case.arbiter("assignment", case.other_operator) == OPENED
    assert await case.arbiter("decision", case.other_operator, ruling="refund", reason="Read") == OPENED


async def test_a_dispute_that_nobody_decides_is_raised_to_another_arbiter(case: Case) -> None:
    await brought(case, "offered")
    assert await case.arbiter("assignment") == OPENED
    await case.shop.api.set_ahead(case.deal["id"], DECIDE_WITHIN + SOON)
    await case.shop.assessed(case.deal)
    now = await case.now()
    assert (now["escalated_at"] is not None, now["arbiter_id"], now["replaced_id"] is not None) == (True, None, True)
    stuck = (await case.operator.read("/stuck", limit=200))["items"]
    assert [row["awaits"] for row in stuck if row["what"] == "dispute" and row["deal_id"] == case.deal["id"]] == [
        f"dispute/{now['id']}"
    ]
    assert await case.arbiter("assignment") == (403, "second_arbiter_needed")
    assert await case.arbiter("decision", ruling="refund", reason="Late") == (403, "second_arbiter_needed")
    assert await case.arbiter("assignment", case.other_operator) == OPENED
    assert await case.arbiter("decision", case.other_operator, ruling="refund", reason="Read") == OPENED


async def test_a_settlement_overtakes_a_decision_that_waits_for_approval(
    shop: Shop, operators: list[MarketClient]
) -> None:
    deal = await shop.deal("3000.00", terms=INSPECTION)
    payment = await shop.held(deal)
    case = Case(shop, {**deal, "payments": [payment["id"]]}, operators[0], operators[1])
    await brought(case, "offered")
    body = {"ruling": "release", "reason": "No fault"}
    assert (await case.operator.make(f"/disputes/{(await case.now())['id']}/decision", body))["state"] == "proposed"
    assert await case.party("buyer", "/offers/1/acceptance") == OPENED
    assert (await case.now())["back"]["amount"] == "300.00"


async def test_a_preview_adds_up_and_moves_nothing(case: Case) -> None:
    await brought(case, "open")
    before, id_ = await case.rows(), (await case.now())["id"]
    shown = {
        ruling: await case.operator.read(f"/disputes/{id_}/preview", ruling=ruling, **query)
        for ruling, query in (("release", {}), ("refund", {}), ("split", {"amount": "300.00"}))
    }
    figures = {
        ruling: [one[name]["amount"] for name in ("back", "fee_back", "seller", "commission", "fee")]
        for ruling, one in shown.items()
    }
    assert figures["release"] == ["0.00", "0.00", "950.00", "50.00", "10.00"]
    assert figures["refund"] == ["1000.00", "10.00", "0.00", "0.00", "0.00"]
    assert figures["split"] == ["300.00", "3.00", "665.00", "35.00", "7.00"]
    assert await case.rows() == before
    assert (await case.operator.get(f"/disputes/{id_}/preview", ruling="split")).status_code == 422
    assert (await case.shop.api.client.get(f"/disputes/{id_}/preview", ruling="refund")).status_code == 403
