"""Webhooks of the bank: noted when they are signed, a reason to ask and nothing more."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx

from domain import keys
from edge.webhooks import new_secret, signed
from tests.fixtures.market import WEBHOOK_SECRET, Api, RecordedSignals
from tests.fixtures.shop import Shop


def webhook_body(key: str, **changes: Any) -> str:
    data = {"key": key, "operation": "op-001-00", "status": "done"}
    return json.dumps({"type": "answer.ready", "timestamp": "2026-01-31T09:05:00Z", "data": data} | changes)


async def send(api: Api, body: str, secret: str = WEBHOOK_SECRET, message: str = "msg_1") -> httpx.Response:
    headers = signed(secret, message, datetime.now(UTC), body) | {"Content-Type": "application/json"}
    async with httpx.AsyncClient(trust_env=False) as bank:
        reply = await bank.post(f"{api.address}/api/v1/bank-webhooks", content=body, headers=headers)
    await api.contract.check(reply)
    return reply


async def noted(api: Api, payment_id: str) -> list[Any]:
    query = "SELECT key, status, deliveries FROM bank_webhooks WHERE payment_id = :id ORDER BY key"
    return [tuple(row) for row in await api.rows(query, id=payment_id)]


async def test_a_signed_webhook_is_noted_and_its_payment_asks_again(shop: Shop, signals: RecordedSignals) -> None:
    payment = await shop.payment(await shop.deal())
    key = keys.debit_key(payment["id"], 1)
    reply = await send(shop.api, webhook_body(key))
    assert (reply.status_code, reply.json()) == (200, {"status": "noted"})
    await signals.heard(f"payment/{payment['id']} asks again")
    assert await noted(shop.api, payment["id"]) == [(key, "done", 1)]


async def test_a_repeat_is_counted_and_changes_nothing_else(shop: Shop) -> None:
    payment = await shop.payment(await shop.deal())
    before = await shop.api.client.payment(payment["id"])
    key = keys.debit_key(payment["id"], 1)
    for message in ("msg_1", "msg_1", "msg_2"):
        assert (await send(shop.api, webhook_body(key), message=message)).status_code == 200
    assert await noted(shop.api, payment["id"]) == [(key, "done", 3)]
    assert await shop.api.client.payment(payment["id"]) == before


async def test_a_forged_webhook_is_refused_and_leaves_nothing(shop: Shop, signals: RecordedSignals) -> None:
    payment = await shop.payment(await shop.deal())
    body = webhook_body(keys.debit_key(payment["id"], 1))
    forged = await send(shop.api, body, secret=new_secret())
    async with httpx.AsyncClient(trust_env=False) as nobody:
        unsigned = await nobody.post(f"{shop.api.address}/api/v1/bank-webhooks", content=body)
    for reply in (forged, unsigned):
        assert (reply.status_code, reply.json()["code"]) == (401, "bad_signature")
    assert await noted(shop.api, payment["id"]) == []
    assert f"payment/{payment['id']} asks again" not in signals.signalled


async def test_webhooks_about_unknown_payments_are_accepted_and_ignored(api: Api) -> None:
    nobodys = "0198c0de-0000-7000-8000-000000000000"
    for key in ("something/else", "payment/no-id/debit/1", keys.debit_key(nobodys, 1)):
        reply = await send(api, webhook_body(key))
        assert (reply.status_code, reply.json()) == (200, {"status": "not_ours"})
    assert await noted(api, nobodys) == []


async def test_a_signed_message_of_another_shape_is_refused_by_name(api: Api) -> None:
    for body, field in (
        (webhook_body("x", type="answer.gone"), "type"),
        (webhook_body("x", amount="1.00"), "amount"),
        (webhook_body("x", data={"key": "x", "operation": None}), "data.status"),
        (webhook_body("a b"), "data.key"),
    ):
        reply = await send(api, body)
        assert (reply.status_code, reply.json()["field"]) == (422, field)
