"""Overrides over REST: asked for with a reason, approved by a second person, refused where they cannot be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from edge.wire import utc
from market import forced_results
from store.deals.deals import Deal
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.market import RecordedSignals
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.shop import Shop

ENOUGH = "2000.00"  # more than an operator may override alone


@pytest_asyncio.fixture(loop_scope="session")
async def approver(shop: Shop) -> AsyncIterator[MarketClient]:
    """A second operator, who may approve."""
    async with shop.api.database.transaction() as session:
        anna = await create_operator(session, "Anna", approver=True)
        secret = await issue_key(session, shop.api.settings.pepper_bytes, operator_id=anna.id)
    client = shop.api.caller(secret)
    yield client
    await client.aclose()


async def _processing(shop: Shop, price: str = "500.00") -> Json:
    payment = await shop.payment(await shop.deal(price))
    await shop.api.client.submit(payment["id"], "ABCDEFGH")
    return payment


def forced(payment: Json, **changes: object) -> Json:
    body = {"kind": "force", "payment_id": payment["id"], "reason": "the desk was called", "evidence": "line 7"}
    return body | {"step": "debit/1", "result": "done"} | changes


async def test_a_small_override_is_approved_at_once_and_rung_at(shop: Shop, signals: RecordedSignals) -> None:
    payment = await _processing(shop)
    made = await shop.api.operator.make("/overrides", forced(payment))
    assert (made["state"], made["step"], made["result"]) == ("approved", "debit/1", "done")
    assert made["at_stake"] == {"amount": "510.00", "currency": "RUB"}
    await signals.heard(f"override/{made['id']} approved")
    listed = await shop.api.operator.read("/overrides", deal_id=made["deal_id"])
    assert [(row["id"], row["reason"], row["evidence"]) for row in listed["items"]] == [
        (made["id"], "the desk was called", "line 7")
    ]
    assert await shop.api.operator.read(f"/overrides/{made['id']}") == listed["items"][0]


async def test_above_the_limit_a_second_person_approves(
    shop: Shop, approver: MarketClient, signals: RecordedSignals
) -> None:
    made = await shop.api.operator.make("/overrides", forced(await _processing(shop, ENOUGH)))
    approval = f"/overrides/{made['id']}/approval"
    assert made["state"] == "proposed"
    alone = await shop.api.operator.post(approval, {"approve": True})
    assert (alone.status_code, alone.json()["code"]) == (403, "approver_key_needed")
    approved = await approver.make(approval, {"approve": True})
    assert (approved["state"], approved["approved_by"] != approved["requested_by"]) == ("approved", True)
    await signals.heard(f"override/{made['id']} approved")
    again = await approver.post(approval, {"approve": False})
    assert (again.status_code, again.json()["code"]) == (409, "override_decided")


async def test_operators_cannot_approve_their_own_overrides(shop: Shop, approver: MarketClient) -> None:
    made = await approver.make("/overrides", forced(await _processing(shop, ENOUGH)))
    reply = await approver.post(f"/overrides/{made['id']}/approval", {"approve": True})
    assert (reply.status_code, reply.json()["code"]) == (403, "own_override")
    assert (await approver.read(f"/overrides/{made['id']}"))["state"] == "proposed"


async def test_a_override_that_is_not_approved_changes_nothing(shop: Shop, approver: MarketClient) -> None:
    payment = await _processing(shop, ENOUGH)
    made = await shop.api.operator.make("/overrides", forced(payment))
    ended = await approver.make(f"/overrides/{made['id']}/approval", {"approve": False})
    assert (ended["state"], ended["refused_code"]) == ("rejected", "not_approved")
    assert (await shop.api.client.payment(payment["id"]))["state"] == "processing"
    assert (await shop.api.operator.make("/overrides", forced(payment)))["state"] == "proposed"


IMPOSSIBLE: list[tuple[Json, int, str, str | None]] = [
    ({"evidence": None}, 422, "missing_field", "evidence"),
    ({"step": None}, 422, "missing_field", "step"),
    ({"result": None}, 422, "missing_field", "result"),
    ({"step": "operation/1"}, 422, "invalid_field", "step"),
    ({"step": "credit/1"}, 409, "not_awaited", "step"),
    ({"step": "capture/1", "result": "refused"}, 409, "no_tombstone", None),
    ({"kind": "release"}, 422, "invalid_field", "step"),
    ({"kind": "release", "step": None, "result": None}, 409, "not_stuck", None),
    ({"kind": "split", "step": None, "result": None}, 422, "invalid_field", "payment_id"),
    ({"payment_id": None}, 422, "missing_field", "payment_id"),
]


async def test_what_cannot_be_forced_is_refused_with_its_field_and_a_result_is_forced_once(shop: Shop) -> None:
    payment = await _processing(shop)
    for changes, status, code, field in IMPOSSIBLE:
        said = (await shop.api.operator.post("/overrides", forced(payment, **changes))).json()
        assert (said["status"], said["code"], said.get("field")) == (status, code, field), changes
    assert (await shop.api.client.payment(payment["id"]))["state"] == "processing"
    await shop.api.operator.make("/overrides", forced(payment))
    reply = await shop.api.operator.post("/overrides", forced(payment))
    assert (reply.status_code, reply.json()["code"]) == (409, "already_forced")


async def test_more_time_needs_evidence_that_both_parties_agreed(shop: Shop) -> None:
    deal = await shop.deal()
    later = datetime.fromisoformat(deal["pay_by"]) + timedelta(hours=1)
    body = {"kind": "extend", "deal_id": deal["id"], "reason": "both wrote", "pay_by": utc(later)}
    reply = await shop.api.operator.post("/overrides", body)
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "missing_field", "evidence")
    made = await shop.api.operator.make("/overrides", body | {"evidence": "their letters of today"})
    assert (made["state"], made["pay_by"]) == ("approved", utc(later))


async def test_what_an_override_wrote_before_the_rules_refused_it_is_taken_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await shop.deal()
    later = datetime.fromisoformat(deal["pay_by"]) + timedelta(hours=1)
    body = {
        "kind": "extend",
        "deal_id": deal["id"],
        "reason": "both wrote",
        "evidence": "letters",
        "pay_by": utc(later),
    }
    made = await shop.api.operator.make("/overrides", body)

    async def refused_late(
        session: AsyncSession, deal: Deal, payment: Payment | None, override: Override
    ) -> list[UUID]:
        deal.pay_by = override.pay_by or deal.pay_by
        await session.flush()
        raise Conflict("too_late", "The deal has ended meanwhile.")

    monkeypatch.setattr(forced_results, "carry_out", refused_late)
    async with shop.api.database.transaction() as session:
        await forced_results.apply(session, UUID(made["id"]), None)
    ended = await shop.api.operator.read(f"/overrides/{made['id']}")
    assert (ended["state"], ended["refused_code"]) == ("rejected", "too_late")
    assert (await shop.api.client.deal(deal["id"]))["pay_by"] == deal["pay_by"]
