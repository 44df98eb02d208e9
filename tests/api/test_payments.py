"""Payments: in whole and in part, never more than the price."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import text

from edge.database import Database
from tests.fixtures.market import RecordedSignals
from tests.fixtures.shop import Shop

COPIES: Final = """
INSERT INTO payments SELECT (jsonb_populate_record(p, jsonb_build_object('id', uuidv7()))).*
FROM payments p CROSS JOIN generate_series(1, 98) WHERE p.id = :id
"""


def rub(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "RUB"}


async def test_a_quote_shows_the_fee_before_anything_is_paid(shop: Shop) -> None:
    deal, client = await shop.deal("2000.00"), shop.api.client
    whole = await client.quote(deal["id"], shop.account["id"])
    part = await client.quote(deal["id"], shop.account["id"], "500.00")
    same_bank = await client.quote(deal["id"], shop.account_at_sellers_bank["id"], "500.00")
    assert (whole["amount"], whole["fee"], whole["total"]) == (rub("2000.00"), rub("20.00"), rub("2020.00"))
    assert (part["fee"], part["total"], part["left"]) == (rub("10.00"), rub("510.00"), rub("2000.00"))
    assert (same_bank["fee"], same_bank["total"]) == (rub("0.00"), rub("500.00"))
    # Of 500.00 one percent would be less than the minimum of 10.00.
    assert [one["minimum_applies"] for one in (whole, part, same_bank)] == [False, True, False]


@pytest.mark.source("discussion:31-36")
async def test_a_payment_without_an_amount_takes_all_that_is_left(shop: Shop) -> None:
    deal, client = await shop.deal(), shop.api.client
    first = await client.pay(deal["id"], shop.account["id"], "400.00")
    second = await client.pay(deal["id"], shop.account["id"])
    third = await client.post(f"/deals/{deal['id']}/payments", {"account_id": shop.account["id"]})
    after = await client.deal(deal["id"])
    assert (first["amount"], first["total"], first["state"]) == (rub("400.00"), rub("410.00"), "opening")
    assert second["amount"] == rub("600.00")
    assert (third.status_code, third.json()["code"]) == (409, "overpayment")
    assert (after["paid"], after["left"], after["payments"]) == (rub("0.00"), rub("0.00"), [first["id"], second["id"]])


async def test_of_two_parallel_payments_that_exceed_the_price_one_is_refused(shop: Shop) -> None:
    deal = await shop.deal()
    body = {"account_id": shop.account["id"], "amount": rub("600.00")}
    replies = await asyncio.gather(*(shop.api.client.post(f"/deals/{deal['id']}/payments", body) for _ in range(2)))
    after = await shop.api.client.deal(deal["id"])
    assert sorted(reply.status_code for reply in replies) == [201, 409]
    [refused] = [reply.json() for reply in replies if reply.status_code == 409]
    assert (refused["code"], refused["field"]) == ("overpayment", "amount")
    assert (len(after["payments"]), after["left"]) == (1, rub("400.00"))


async def test_many_parallel_parts_never_exceed_the_price(shop: Shop) -> None:
    deal = await shop.deal("100.00")
    body = {"account_id": shop.account["id"], "amount": rub("30.00")}
    replies = await asyncio.gather(*(shop.api.client.post(f"/deals/{deal['id']}/payments", body) for _ in range(8)))
    assert sorted(reply.status_code for reply in replies) == [201] * 3 + [409] * 5
    assert (await shop.api.client.deal(deal["id"]))["left"] == rub("10.00")


async def test_a_closed_deal_takes_no_payment(shop: Shop) -> None:
    deal = await shop.deal()
    await shop.closed(deal)
    reply = await shop.api.client.post(f"/deals/{deal['id']}/payments", {"account_id": shop.account["id"]})
    assert (reply.status_code, reply.json()["code"]) == (409, "deal_closed")
    assert (await shop.api.client.deal(deal["id"]))["payments"] == []


async def test_after_the_deadline_no_payment_begins_even_before_the_deal_is_closed(shop: Shop) -> None:
    deal = await shop.deal(pay_within_s=600)
    await shop.api.set_ahead(deal["id"], timedelta(seconds=601))
    reply = await shop.api.client.post(f"/deals/{deal['id']}/payments", {"account_id": shop.account["id"]})
    seen = await shop.api.client.deal(deal["id"])
    assert (reply.status_code, reply.json()["code"]) == (409, "deadline_passed")
    assert seen["state"] == "awaiting_payment"
    assert datetime.fromisoformat(seen["now"]) > datetime.fromisoformat(seen["pay_by"])


@pytest.mark.source("marketplace:101-106")
async def test_only_an_account_of_the_buyer_pays(shop: Shop) -> None:
    deal = await shop.deal()
    reply = await shop.api.client.post(f"/deals/{deal['id']}/payments", {"account_id": shop.payout["id"]})
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (404, "unknown_account", "account_id")


async def test_the_account_that_is_paid_does_not_pay(shop: Shop) -> None:
    deal = await shop.deal()
    shared = await shop.api.account(shop.buyer["id"], shop.payout["number"])
    reply = await shop.api.client.post(f"/deals/{deal['id']}/payments", {"account_id": shared["id"]})
    assert (reply.status_code, reply.json()["code"]) == (409, "same_account")


async def test_a_cancelled_payment_gives_its_part_back_at_once(shop: Shop, signals: RecordedSignals) -> None:
    deal, client = await shop.deal(), shop.api.client
    payment = await client.pay(deal["id"], shop.account["id"])
    cancelled = await client.cancel(payment["id"])
    again = await client.post(f"/payments/{payment['id']}/cancellation", {})
    await signals.heard(f"payment/{payment['id']} returning")
    assert cancelled["state"] == "returning"
    assert (await client.deal(deal["id"]))["left"] == rub("1000.00")
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_cancellable")
    assert (await client.pay(deal["id"], shop.account["id"]))["amount"] == rub("1000.00")


async def test_a_payment_whose_code_is_with_the_bank_or_held_is_not_cancelled(shop: Shop) -> None:
    client = shop.api.client
    payment = await shop.payment(await shop.deal(), "100.00")
    await client.submit(payment["id"], "ABCD-EFGH")
    processing = await client.post(f"/payments/{payment['id']}/cancellation", {})
    await shop.debited(payment, 1)
    held = await client.post(f"/payments/{payment['id']}/cancellation", {})
    assert (processing.status_code, processing.json()["code"]) == (409, "attempt_unresolved")
    assert (held.status_code, held.json()["code"]) == (409, "payment_not_cancellable")
    assert (await client.payment(payment["id"]))["state"] == "held"


@pytest.mark.source("discussion:71-80")
async def test_a_deal_shows_what_is_paid_and_what_is_left(shop: Shop) -> None:
    deal, client = await shop.deal(), shop.api.client
    await shop.held(deal, "400.00")
    await client.pay(deal["id"], shop.account["id"], "100.00")
    seen = await client.deal(deal["id"])
    listed = [item for item in (await client.read("/deals"))["items"] if item["id"] == deal["id"]]
    events = [event["type"] for event in await client.events(deal["id"])]
    assert (seen["state"], seen["paid"], seen["left"]) == ("partially_paid", rub("400.00"), rub("500.00"))
    of_one_deal = ("now", "cancellation", "extension", "dispute")
    assert listed == [{name: value for name, value in seen.items() if name not in of_one_deal}]
    assert events == [
        "deal.awaiting_payment",
        "payment.opening",
        "payment.operation_opened",
        "payment.awaiting_code",
        "payment.processing",
        "payment.held",
        "deal.partially_paid",
        "payment.opening",
    ]


async def test_only_an_owed_payment_is_paid_out_elsewhere(shop: Shop) -> None:
    client = shop.api.client
    payment = await client.pay((await shop.deal())["id"], shop.account["id"])
    path = f"/payments/{payment['id']}/payout-account"
    early = await client.post(path, {"account_id": shop.payout["id"]})
    foreign = await client.post(path, {"account_id": shop.account["id"]})
    dollars = await shop.api.account(shop.seller["id"], "002eeeeeeeeee", "USD")
    other = await client.post(path, {"account_id": dollars["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_owed")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_account")
    assert (other.status_code, other.json()["code"]) == (409, "wrong_currency")


async def test_a_payable_payment_continues_to_the_account_that_the_seller_names(
    shop: Shop, signals: RecordedSignals
) -> None:
    deal, client = await shop.deal(), shop.api.client
    payment = await shop.held(deal)
    await shop.carried_out(payment, credit="account_closed")
    owed = await client.payment(payment["id"])
    other = await shop.api.account(shop.seller["id"], "003aaaaaaaaaa")
    going_on = await client.pay_out_to(payment["id"], other["id"])
    await signals.heard(f"payment/{payment['id']} releasing")
    steps = (await shop.api.operator.payment(payment["id"]))["steps"]
    assert (owed["state"], going_on["state"]) == ("payable", "releasing")
    assert [(step["name"], step["number"], step["state"]) for step in steps] == [
        ("capture", 1, "done"),
        ("credit", 1, "refused"),
        ("credit", 2, "planned"),
        ("commission", 1, "done"),
    ]


async def test_a_deal_takes_a_hundred_payments_and_no_more(shop: Shop) -> None:
    deal, client, account = await shop.deal(), shop.api.client, shop.account["id"]
    first = await client.pay(deal["id"], account, "1.00")
    await client.cancel(first["id"])
    owner = Database(shop.api.test_database.superuser_url, pool_size=1)
    async with owner.transaction() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(COPIES), {"id": UUID(first["id"])})
    await owner.close()
    await client.pay(deal["id"], account, "1.00")
    reply = await client.post(f"/deals/{deal['id']}/payments", {"account_id": account})
    assert (reply.status_code, reply.json()["code"]) == (409, "too_many_payments")
    assert len((await client.deal(deal["id"]))["payments"]) == 100
