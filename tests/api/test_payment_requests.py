"""Requests for payment over HTTP: who may ask, confirm, decline and withdraw, and when it is too late."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.fixtures.market import RecordedSignals
from tests.fixtures.market_client import Json
from tests.fixtures.wallets import Wallets, transfer


def asking(payee: str, payer: str, amount: object = "30.00") -> Json:
    return transfer(payer, payee, amount)


@pytest.mark.source("wallet:26")
async def test_the_payee_asks_and_the_payer_confirms_once(wallets: Wallets, signals: RecordedSignals) -> None:
    (payer, payers), (payee, payees) = await wallets.person("100.00"), await wallets.person()
    asked = await payees.make("/payment-requests", asking(payee, payer))
    path = f"/payment-requests/{asked['request_id']}"
    assert (asked["state"], asked["amount"]["amount"], asked["operation_id"]) == ("asked", "30.00", None)
    await signals.heard(f"payment-request/{asked['request_id']} asked")
    replies = await asyncio.gather(*(payers.post(f"{path}/confirmation", {}) for _ in range(5)))
    assert Counter(reply.json().get("code") for reply in replies) == {None: 1, "request_ended": 4}
    read = await payees.read(path)
    assert (await wallets.balance(payer), await wallets.balance(payee)) == ("70.00", "30.00")
    [line] = (await payees.read(f"/wallets/{payee}"))["operations"]
    assert (line["kind"], line["operation_id"], line["details"]) == ("request", read["operation_id"], "for lunch")
    await signals.heard(f"payment-request/{asked['request_id']} confirmed")


async def test_each_decides_for_their_own_side_and_strangers_see_nothing(wallets: Wallets) -> None:
    (payer, payers), (payee, payees) = await wallets.person("100.00"), await wallets.person()
    _, strangers = await wallets.person()
    theirs = await payers.post("/payment-requests", asking(payee, payer))
    assert (theirs.status_code, theirs.json()["code"], theirs.json()["field"]) == (
        404,
        "unknown_wallet",
        "to_wallet_id",
    )
    ids = [(await payees.make("/payment-requests", asking(payee, payer)))["request_id"] for _ in range(2)]
    first, second = [f"/payment-requests/{id_}" for id_ in ids]
    for someone, word in ((payees, "confirmation"), (payees, "decline"), (payers, "retraction")):
        refused = await someone.post(f"{first}/{word}", {})
        assert (refused.status_code, refused.json()["code"]) == (403, "other_party")
    assert (await strangers.post(f"{first}/confirmation", {})).json()["code"] == "unknown_request"
    assert (await strangers.get(first)).status_code == 404
    assert (await payers.make(f"{first}/decline", {}))["state"] == "declined"
    assert (await payees.make(f"{second}/retraction", {}))["state"] == "withdrawn"
    assert (await payers.post(f"{second}/confirmation", {})).json()["code"] == "request_ended"
    for someone, wallet in ((payers, payer), (payees, payee)):
        page = await someone.read(f"/wallets/{wallet}/payment-requests", limit=1)
        rest = await someone.read(f"/wallets/{wallet}/payment-requests", limit=1, after=page["next"])
        assert ([one["request_id"] for one in page["items"] + rest["items"]], rest["next"]) == (ids, None)
    assert await wallets.balance(payer) == "100.00"


async def test_what_cannot_be_paid_or_asked_for_is_refused_by_name(wallets: Wallets) -> None:
    payer, payee, dollars = await wallets.wallet("10.00"), await wallets.wallet(), await wallets.wallet(currency="USD")
    client = wallets.api.client
    cases = [
        (asking(payee, payee), 409, "same_wallet"),
        (asking(payee, dollars), 409, "wrong_currency"),
        (asking(payee, "00000000-0000-7000-8000-000000000000"), 404, "unknown_wallet"),
        *((asking(payee, payer, amount), 422, "bad_amount") for amount in (11.1, "-1.00", "0.00", 0, None)),
    ]
    for body, status, code in cases:
        refused = await client.post("/payment-requests", body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    asked = await client.make("/payment-requests", asking(payee, payer))
    path = f"/payment-requests/{asked['request_id']}/confirmation"
    poor = await client.post(path, {})
    assert (poor.status_code, poor.json()["code"]) == (409, "insufficient_funds")
    await wallets.fund(payer, "20.00")
    assert (await client.make(path, {}))["state"] == "confirmed"
    late = await client.make("/payment-requests", asking(payee, payer, "0.01"))
    await wallets.over("payment_requests", late["request_id"])
    refused = await client.post(f"/payment-requests/{late['request_id']}/confirmation", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "request_expired")
    assert (await wallets.balance(payer), await wallets.balance(payee)) == ("0.00", "30.00")
