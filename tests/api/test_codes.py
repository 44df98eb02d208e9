"""Codes: stored before the answer, in time or late, one at a time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from edge.sealing import Sealer
from store.payments.codes import sealing_context
from tests.fixtures.logs import Logged
from tests.fixtures.market import RecordedSignals
from tests.fixtures.market_client import new_key
from tests.fixtures.shop import Shop

ATTEMPT = "SELECT state, sealed_code, submitted_at FROM code_attempts WHERE payment_id = :payment"


@pytest.mark.source("marketplace:101-106")
async def test_a_submitted_code_is_stored_sealed_and_answered_as_processing(
    shop: Shop, signals: RecordedSignals
) -> None:
    payment = await shop.payment(await shop.deal())
    answer = await shop.api.client.submit(payment["id"], " abcd-efgh ")
    [(state, sealed, submitted_at)] = await shop.api.rows(ATTEMPT, payment=UUID(payment["id"]))
    sealer = Sealer(shop.api.settings.sealing_key_bytes)
    await signals.heard(f"payment/{payment['id']} processing")
    assert (answer["status"], answer["payment"]["state"]) == ("processing", "processing")
    assert answer["attempt"] == answer["payment"]["attempts"][0]
    assert (answer["attempt"]["number"], answer["attempt"]["state"]) == (1, "unresolved")
    assert datetime.fromisoformat(answer["attempt"]["submitted_at"]) == submitted_at
    assert state == "unresolved"
    assert sealer.open(sealed, sealing_context(UUID(payment["id"]), 1)) == "ABCDEFGH"


async def test_a_repeated_submission_is_one_attempt(shop: Shop) -> None:
    payment, key = await shop.payment(await shop.deal()), new_key()
    path, body = f"/payments/{payment['id']}/code-attempts", {"code": "ABCD-EFGH"}
    replies = [await shop.api.client.post(path, body, key=key) for _ in range(2)]
    other = await shop.api.client.post(path, {"code": "ABCD-EFGJ"}, key=key)
    assert replies[0].json() == replies[1].json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await shop.api.rows(ATTEMPT, payment=UUID(payment["id"]))) == 1


async def test_of_many_codes_submitted_at_once_one_is_sent_to_the_bank(shop: Shop) -> None:
    payment = await shop.payment(await shop.deal())
    path = f"/payments/{payment['id']}/code-attempts"
    replies = await asyncio.gather(*(shop.api.client.post(path, {"code": "ABCD-EFGH"}) for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [202] + [409] * 5
    assert {reply.json().get("code") for reply in replies if reply.status_code == 409} == {"attempt_unresolved"}
    assert len(await shop.api.rows(ATTEMPT, payment=UUID(payment["id"]))) == 1


async def test_a_code_after_the_deadline_is_kept_as_late_and_refused(shop: Shop, signals: RecordedSignals) -> None:
    deal, client, key = await shop.deal(pay_within_s=600), shop.api.client, new_key()
    payment = await shop.payment(deal)
    heard = len(signals.signalled)
    await shop.api.set_ahead(deal["id"], timedelta(seconds=601))
    path, body = f"/payments/{payment['id']}/code-attempts", {"code": "ABCD-EFGH"}
    late, again = await client.post(path, body, key=key), await client.post(path, body, key=key)
    problem, seen = late.json(), await client.payment(payment["id"])
    [(state, sealed, submitted_at)] = await shop.api.rows(ATTEMPT, payment=UUID(payment["id"]))
    assert (late.status_code, problem["code"]) == (409, "deadline_passed")
    assert late.headers["content-type"] == "application/problem+json"
    assert datetime.fromisoformat(problem["submitted_at"]) == submitted_at
    assert problem["pay_by"] == deal["pay_by"] < problem["submitted_at"]
    assert (state, sealed) == ("late", None)
    assert seen["attempts"] == [{"number": 1, "submitted_at": problem["submitted_at"], "state": "late"}]
    assert seen["state"] == "awaiting_code"
    assert again.json() | {"request_id": ""} == problem | {"request_id": ""}
    assert signals.signalled[heard:] == []


async def test_a_code_for_a_deal_that_was_closed_early_is_late_but_not_past_the_deadline(shop: Shop) -> None:
    deal = await shop.deal()
    payment = await shop.payment(deal)
    await shop.closed(deal)
    reply = await shop.api.client.post(f"/payments/{payment['id']}/code-attempts", {"code": "ABCD-EFGH"})
    assert (reply.status_code, reply.json()["code"]) == (409, "deal_closed")
    assert reply.json()["submitted_at"] < reply.json()["pay_by"]
    assert (await shop.api.client.payment(payment["id"]))["attempts"][0]["state"] == "late"


async def test_before_the_bank_has_sent_a_code_none_is_taken(shop: Shop) -> None:
    payment = await shop.api.client.pay((await shop.deal())["id"], shop.account["id"])
    submitted = await shop.api.client.post(f"/payments/{payment['id']}/code-attempts", {"code": "ABCD-EFGH"})
    another = await shop.api.client.post(f"/payments/{payment['id']}/codes", {})
    assert (submitted.status_code, submitted.json()["code"]) == (409, "code_not_sent")
    assert (another.status_code, another.json()["code"]) == (409, "code_not_sent")


async def test_a_code_has_five_tries_and_a_new_one_has_five_more(shop: Shop) -> None:
    payment, client = await shop.payment(await shop.deal()), shop.api.client
    path = f"/payments/{payment['id']}/code-attempts"
    for number in range(1, 6):
        await client.submit(payment["id"], "ABCD-EFGH")
        await shop.debited(payment, number, refused_code="code_rejected")
    sixth = await client.post(path, {"code": "ABCD-EFGH"})
    asked = await client.new_code(payment["id"])
    await shop.code_sent(payment, 2)
    after = await client.submit(payment["id"], "ABCD-EFGH")
    assert (sixth.status_code, sixth.json()["code"]) == (409, "no_tries_left")
    assert (asked["code"]["number"], asked["code"]["state"]) == (2, "requested")
    assert after["attempt"]["number"] == 6
    assert [attempt["state"] for attempt in after["payment"]["attempts"]] == ["rejected"] * 5 + ["unresolved"]


async def test_three_codes_are_sent_and_no_more(shop: Shop) -> None:
    payment, client = await shop.payment(await shop.deal()), shop.api.client
    for number in (2, 3):
        await client.new_code(payment["id"])
        await shop.code_sent(payment, number)
    fourth = await client.post(f"/payments/{payment['id']}/codes", {})
    assert (fourth.status_code, fourth.json()["code"]) == (409, "too_many_codes")
    assert [code["state"] for code in (await client.payment(payment["id"]))["codes"]] == ["sent"] * 3


async def test_a_payment_that_has_ended_takes_no_codes(shop: Shop) -> None:
    payment = await shop.payment(await shop.deal(), "100.00")
    await shop.api.client.cancel(payment["id"])
    for act, body in (("codes", {}), ("code-attempts", {"code": "ABCD-EFGH"})):
        reply = await shop.api.client.post(f"/payments/{payment['id']}/{act}", body)
        assert (reply.status_code, reply.json()["code"]) == (409, "payment_ended"), act


async def test_a_code_is_nowhere_in_clear(shop: Shop, logged: Logged) -> None:
    payment = await shop.payment(await shop.deal())
    await shop.api.client.submit(payment["id"], "W1SH-B0NE")
    tables = "accounts banks codes code_attempts deals events idempotency_answers offers payments steps users".split()
    for table in tables:
        rows = await shop.api.rows(f"SELECT t::text FROM {table} AS t")
        assert not [row for (row,) in rows if "W1SHB0NE" in row.upper().replace("-", "")]
    assert "B0NE" not in logged.getvalue()
