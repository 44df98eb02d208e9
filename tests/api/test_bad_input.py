"""Every wrong input is a problem with a stable code that names the field, and changes nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from edge.problem import MAX_BODY_BYTES
from tests.fixtures.market import Api
from tests.fixtures.market_client import new_key
from tests.fixtures.shop import Shop

RUB = {"amount": "10.00", "currency": "RUB"}
UNREADABLE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def said(reply: httpx.Response) -> tuple[int, str | None, str | None]:
    """Status, code and field of a refusal."""
    return reply.status_code, reply.json().get("code"), reply.json().get("field")


async def raw(api: Api, path: str, body: bytes) -> httpx.Response:
    """A POST of these very bytes."""
    headers = {"Idempotency-Key": new_key(), "Content-Type": "application/json", "Authorization": f"Bearer {api.key}"}
    async with httpx.AsyncClient(base_url=f"{api.address}/api/v1", trust_env=False, headers=headers) as client:
        reply = await client.post(path, content=body)
    await api.contract.check(reply)
    return reply


# To be sent as they are, in JSON and as the literals that no JSON library writes.
NO_AMOUNTS: list[object] = [10.5, 10, True, None, ["1.00"], "10.005", "-1.00", "+1.00", "1e3", "NaN", " 1.00", "1,00"]
NO_AMOUNTS += ["01.00", "١.٠٠", "0.00", "", "10000000000000.01", "9" * 5000]
LITERALS = (b"NaN", b"Infinity", b"1e400", b"10.00")


async def test_an_amount_is_a_string_of_digits(shop: Shop) -> None:
    deal, client, account = await shop.deal(), shop.api.client, shop.account["id"]
    path = f"/deals/{deal['id']}/payments"
    for amount in NO_AMOUNTS:
        money = {"amount": amount, "currency": "RUB"}
        paid = await client.post(path, {"account_id": account, "amount": money})
        offer = {"seller_id": shop.seller["id"], "title": "T", "description": "", "price": money, "pay_within_s": 60}
        offered = await client.post("/offers", offer)
        assert said(paid) == (422, "bad_amount", "amount.amount"), amount
        assert said(offered) == (422, "bad_amount", "price.amount"), amount
    for literal in LITERALS:
        body = b'{"account_id": "%s", "amount": {"amount": %s, "currency": "RUB"}}' % (account.encode(), literal)
        reply = await raw(shop.api, path, body)
        assert (reply.status_code, reply.json()["field"]) == (422, "amount.amount"), literal
    assert (await client.deal(deal["id"]))["payments"] == []


async def test_money_is_in_a_known_currency_the_deals_and_has_no_other_fields(shop: Shop) -> None:
    path = f"/deals/{(await shop.deal())['id']}/payments"
    for wrong, expected in (
        ({"currency": "XXX"}, (422, "unknown_currency", "amount.currency")),
        ({"currency": "USD"}, (409, "wrong_currency", "account_id")),
        ({"minor": 1000}, (422, "unknown_field", "amount.minor")),
    ):
        body = {"account_id": shop.account["id"], "amount": RUB | wrong}
        assert said(await shop.api.client.post(path, body)) == expected


NEEDED: dict[str, dict[str, Any]] = {
    "/users": {"name": "Anna", "email": "anna@example.test"},
    "/users/{user}/accounts": {"number": "001eeeeeeeeee", "currency": "RUB"},
    "/offers": {"seller_id": "{user}", "title": "T", "description": "", "price": RUB, "pay_within_s": 60},
    "/deals": {"offer_id": "{any}", "buyer_id": "{user}"},
    "/deals/{any}/payments": {"account_id": "{any}", "amount": RUB},
    "/payments/{any}/codes": {},
    "/payments/{any}/code-attempts": {"code": "ABCDEFGH"},
    "/payments/{any}/cancellation": {},
    "/payments/{any}/payout-account": {"account_id": "{any}"},
    "/payments/{any}/refund-account": {"account_id": "{any}"},
}


async def test_unknown_fields_and_missing_ones_are_named(api: Api) -> None:
    filled = json.dumps(NEEDED).replace("{user}", (await api.client.user("A", "a@example.test"))["id"])
    for path, body in json.loads(filled.replace("{any}", str(uuid4()))).items():
        assert said(await api.client.post(path, body | {"amonut": 1})) == (422, "unknown_field", "amonut"), path
        for name in body.keys() - {"amount"}:  # an absent amount is all that is left
            less = {key: value for key, value in body.items() if key != name}
            assert said(await api.client.post(path, less)) == (422, "missing_field", name), path


async def test_users_are_checked(api: Api) -> None:
    wrong: dict[str, list[object]] = {
        "name": ["", 7, "A\x00", "\ud800", "n" * 201],
        "email": ["nowhere", "a b@example.test"],
        "reference": ["", 1],
    }
    for field, values in wrong.items():
        for value in values:
            body = {"name": "Anna", "email": "anna@example.test", field: value}
            assert said(await raw(api, "/users", json.dumps(body).encode())) == (422, "invalid_field", field), value


async def test_account_numbers_are_checked(shop: Shop) -> None:
    path, wrong = f"/users/{shop.buyer['id']}/accounts", ("1", "001AAAAAAAAAA", "٠٠١aaaaaaaaaa")
    codes = dict.fromkeys(wrong, "bad_account_number") | {"999aaaaaaaaaa": "unknown_bank"}
    for number, code in codes.items():
        reply = await shop.api.client.post(path, {"number": number, "currency": "RUB"})
        assert said(reply) == (422, code, "number"), number


@pytest.mark.source("discussion:63-66")
async def test_what_cannot_be_a_code_is_no_attempt(shop: Shop) -> None:
    payment = await shop.payment(await shop.deal())
    for code in ("", "ABC", "ABCD-EFGU", "ABCD-EFGHJ", "АБВГДЕЖЗ", "A" * 10_000):
        reply = await shop.api.client.post(f"/payments/{payment['id']}/code-attempts", {"code": code})
        assert said(reply) == (422, "bad_code", "code"), code
    assert (await shop.api.client.payment(payment["id"]))["attempts"] == []


async def test_percents_are_checked(shop: Shop) -> None:
    offer = await shop.api.client.offer(shop.seller["id"], "10.00")
    for percent in ("50.01", "5.005", "-1", "5%", "1e1", "100", ""):
        body = {"approve": True, "commission_percent": percent}
        reply = await shop.api.operator.post(f"/offers/{offer['id']}/moderation", body)
        assert said(reply) == (422, "bad_percent", "commission_percent"), percent


async def test_what_is_no_json_object_is_refused(api: Api) -> None:
    for body in (b"", b"{", b"[]", b"null", b'"text"', b"\xff", b"[" * 5000):
        reply = await raw(api, "/users", body)
        assert reply.status_code == 422, body
        assert reply.json()["code"] in {"malformed_json", "missing_field", "invalid_field"}, body


async def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    reply = await raw(api, "/users", b'{"name": "%s"}' % (b"n" * MAX_BODY_BYTES))
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


async def test_queries_and_addresses_are_checked(api: Api) -> None:
    paths = dict.fromkeys(("/deals?limit=0", "/deals?limit=201", "/offers?limit=x"), "limit")
    for path, field in (paths | {"/deals?after=yesterday": "after", "/deals/1": "deal_id"}).items():
        assert said(await api.client.get(path)) == (422, "invalid_field", field), path


async def test_unknown_addresses_and_methods_are_problems(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.address, trust_env=False) as client:
        nowhere, method = await client.get("/api/v1/nothing"), await client.delete("/api/v1/deals")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"] == "GET, POST"
    assert {nowhere.headers["content-type"], method.headers["content-type"]} == {"application/problem+json"}


async def test_a_parameter_that_no_route_asked_for_is_refused(shop: Shop) -> None:
    deal, client = await shop.deal(), shop.api.client
    replies = [
        await client.get("/deals", limt=5),
        await client.get(f"/deals/{deal['id']}/quote", account_id=shop.account["id"], amuont="1.00"),
        await client.get("/banks", x="1"),
        await client.post(f"/deals/{deal['id']}/cancellation?force=1", {"user_id": shop.buyer["id"]}),
        await client.get("/deals", limit=5),
    ]
    shown = [said(reply) for reply in replies]
    assert shown == [*((422, "unknown_field", name) for name in ("limt", "amuont", "x", "force")), (200, None, None)]
    assert (await client.deal(deal["id"]))["state"] == "awaiting_payment"


TWICE = '{"name": "Klara", "email": "k@example.test", "name": "Boris"}'


async def test_a_body_that_can_be_read_in_two_ways_is_refused(api: Api) -> None:
    nested = b'{"title": "T", "price": {"amount": "1.00", "currency": "RUB", "amount": "2.00"}}'
    for body, code, field in (
        (TWICE.encode(), "repeated_field", "name"),
        (nested, "repeated_field", "amount"),
        (b'{"name": "Klara", "n\\u0061me": "Boris"}', "repeated_field", "name"),
        (TWICE.encode("utf-8-sig"), "malformed_json", None),
        *((TWICE.replace(', "name": "Boris"', "").encode(name), "malformed_json", None) for name in UNREADABLE),
    ):
        assert said(await raw(api, "/users", body)) == (422, code, field), body
    assert await api.count("users") == 0


async def test_a_header_or_a_parameter_that_comes_twice_is_refused(api: Api) -> None:
    shown = []
    body = json.dumps({"name": "Klara", "email": "k@example.test"}).encode()
    once = [
        ("Authorization", f"Bearer {api.key}"),
        ("Idempotency-Key", new_key()),
        ("Content-Type", "application/json"),
    ]
    async with httpx.AsyncClient(base_url=f"{api.address}/api/v1", trust_env=False) as client:
        for name, value in (
            ("Idempotency-Key", new_key()),
            ("Authorization", "Bearer other"),
            ("Content-Type", "text/plain"),
        ):
            shown.append(said(await client.post("/users", content=body, headers=[*once, (name, value)])))
        shown.append(said(await client.get("/deals?limit=1&limit=2", headers=once[:1])))
    names = ("Idempotency-Key", "Authorization", "Content-Type", "limit")
    assert shown == [(422, "repeated_field", name) for name in names]
    assert await api.count("users") == 0
