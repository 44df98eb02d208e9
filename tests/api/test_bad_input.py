"""Every wrong input is a problem with a stable code that names the field, and changes nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from devstack.market_client import new_key
from tests.fixtures.market import Api
from tests.fixtures.shop import Shop

RUB = {"amount": "10.00", "currency": "RUB"}
UNREADABLE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


async def raw(api: Api, path: str, body: bytes) -> httpx.Response:
    """A POST of these very bytes."""
    headers = {"Idempotency-Key": new_key(), "Content-Type": "application/json", "Authorization": f"Bearer {api.key}"}
    async with httpx.AsyncClient(base_url=f"{api.address}/api/v1", trust_env=False, headers=headers) as client:
        reply = await client.post(path, content=body)
    await api.contract.check(reply)
    return reply


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (10.5, "bad_amount"),
        (10, "bad_amount"),
        (True, "bad_amount"),
        (None, "bad_amount"),
        ("10.005", "bad_amount"),
        ("-1.00", "bad_amount"),
        ("+1.00", "bad_amount"),
        ("1e3", "bad_amount"),
        ("NaN", "bad_amount"),
        (" 1.00", "bad_amount"),
        ("1,00", "bad_amount"),
        ("01.00", "bad_amount"),
        ("١.٠٠", "bad_amount"),
        ("0.00", "bad_amount"),
        ("", "bad_amount"),
        (["1.00"], "bad_amount"),
        ("10000000000000.01", "bad_amount"),
        ("9" * 5000, "bad_amount"),
    ],
)
async def test_an_amount_is_a_string_of_digits(shop: Shop, amount: object, code: str) -> None:
    deal = await shop.deal()
    money = {"amount": amount, "currency": "RUB"}
    body = {"account_id": shop.account["id"], "amount": money}
    paid = await shop.api.client.post(f"/deals/{deal['id']}/payments", body)
    offer = {"seller_id": shop.seller["id"], "title": "T", "description": "", "price": money, "pay_within_s": 60}
    offered = await shop.api.client.post("/offers", offer)
    assert (paid.status_code, paid.json()["code"], paid.json()["field"]) == (422, code, "amount.amount")
    assert (offered.status_code, offered.json()["code"], offered.json()["field"]) == (422, code, "price.amount")
    assert (await shop.api.client.deal(deal["id"]))["payments"] == []


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"1e400", b"10.00"])
async def test_no_number_is_an_amount_however_it_is_spelt(shop: Shop, literal: bytes) -> None:
    deal = await shop.deal()
    body = b'{"account_id": "%s", "amount": {"amount": %s, "currency": "RUB"}}' % (
        shop.account["id"].encode(),
        literal,
    )
    reply = await raw(shop.api, f"/deals/{deal['id']}/payments", body)
    assert (reply.status_code, reply.json()["field"]) == (422, "amount.amount")


async def test_a_currency_must_be_known_and_the_deals(shop: Shop) -> None:
    deal = await shop.deal()
    path, account = f"/deals/{deal['id']}/payments", shop.account["id"]
    unknown = await shop.api.client.post(path, {"account_id": account, "amount": RUB | {"currency": "XXX"}})
    other = await shop.api.client.post(path, {"account_id": account, "amount": RUB | {"currency": "USD"}})
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["field"]) == (
        422,
        "unknown_currency",
        "amount.currency",
    )
    assert (other.status_code, other.json()["code"]) == (409, "wrong_currency")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users", {"name": "Anna", "email": "anna@example.test"}),
        ("/users/{user}/accounts", {"number": "001eeeeeeeeee", "currency": "RUB"}),
        ("/offers", {"seller_id": "{user}", "title": "T", "description": "", "price": RUB, "pay_within_s": 60}),
        ("/deals", {"offer_id": "{any}", "buyer_id": "{user}"}),
        ("/deals/{any}/payments", {"account_id": "{any}", "amount": RUB}),
        ("/payments/{any}/codes", {}),
        ("/payments/{any}/code-attempts", {"code": "ABCDEFGH"}),
        ("/payments/{any}/cancellation", {}),
        ("/payments/{any}/payout-account", {"account_id": "{any}"}),
        ("/payments/{any}/refund-account", {"account_id": "{any}"}),
    ],
)
async def test_unknown_fields_and_missing_ones_are_named(api: Api, path: str, body: dict[str, Any]) -> None:
    ids = {"{user}": (await api.client.user("A", "a@example.test"))["id"], "{any}": str(uuid4())}
    filled = json.dumps(body)
    for name, value in ids.items():
        path, filled = path.replace(name, value), filled.replace(name, value)
    whole = json.loads(filled)
    more = await api.client.post(path, whole | {"amonut": 1})
    assert (more.status_code, more.json()["code"], more.json()["field"]) == (422, "unknown_field", "amonut")
    for name in whole:
        if name == "amount":
            continue  # absent: all that is left
        less = await api.client.post(path, {key: value for key, value in whole.items() if key != name})
        assert (less.status_code, less.json()["code"], less.json()["field"]) == (422, "missing_field", name)


async def test_unknown_fields_of_money_are_named(shop: Shop) -> None:
    deal = await shop.deal()
    body = {"account_id": shop.account["id"], "amount": RUB | {"minor": 1000}}
    reply = await shop.api.client.post(f"/deals/{deal['id']}/payments", body)
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "unknown_field", "amount.minor")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "A\x00"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"email": "a b@example.test"}, "email"),
        ({"reference": ""}, "reference"),
        ({"reference": 1}, "reference"),
    ],
)
async def test_users_are_checked(api: Api, changes: dict[str, object], field: str) -> None:
    body = {"name": "Anna", "email": "anna@example.test"} | changes
    reply = await raw(api, "/users", json.dumps(body).encode())
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "invalid_field", field)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("1", "bad_account_number"),
        ("001AAAAAAAAAA", "bad_account_number"),
        ("٠٠١aaaaaaaaaa", "bad_account_number"),
        ("999aaaaaaaaaa", "unknown_bank"),
    ],
)
async def test_account_numbers_are_checked(shop: Shop, number: str, code: str) -> None:
    body = {"number": number, "currency": "RUB"}
    reply = await shop.api.client.post(f"/users/{shop.buyer['id']}/accounts", body)
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, code, "number")


@pytest.mark.source("discussion:63-66")
@pytest.mark.parametrize("code", ["", "ABC", "ABCD-EFGU", "ABCD-EFGHJ", "АБВГДЕЖЗ", "A" * 10_000])
async def test_what_cannot_be_a_code_is_no_attempt(shop: Shop, code: str) -> None:
    payment = await shop.payment(await shop.deal())
    reply = await shop.api.client.post(f"/payments/{payment['id']}/code-attempts", {"code": code})
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "bad_code", "code")
    assert (await shop.api.client.payment(payment["id"]))["attempts"] == []


@pytest.mark.parametrize("percent", ["50.01", "5.005", "-1", "5%", "1e1", "100", ""])
async def test_percents_are_checked(shop: Shop, percent: str) -> None:
    offer = await shop.api.client.offer(shop.seller["id"], "10.00")
    body = {"approve": True, "commission_percent": percent}
    reply = await shop.api.operator.post(f"/offers/{offer['id']}/moderation", body)
    assert (reply.status_code, reply.json()["code"]) == (422, "bad_percent")
    assert reply.json()["field"] == "commission_percent"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b"[" * 5000])
async def test_what_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    reply = await raw(api, "/users", body)
    assert reply.status_code == 422
    assert reply.json()["code"] in {"malformed_json", "missing_field", "invalid_field"}


async def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    reply = await raw(api, "/users", b'{"name": "%s"}' % (b"n" * 70_000))
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/deals?limit=0", "limit"),
        ("/deals?limit=201", "limit"),
        ("/deals?after=yesterday", "after"),
        ("/offers?limit=x", "limit"),
        ("/deals/1", "deal_id"),
    ],
)
async def test_queries_and_addresses_are_checked(api: Api, path: str, field: str) -> None:
    reply = await api.client.get(path)
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "invalid_field", field)


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
    shown = [(reply.status_code, reply.json().get("code"), reply.json().get("field")) for reply in replies]
    assert shown[:4] == [(422, "unknown_field", name) for name in ("limt", "amuont", "x", "force")]
    assert shown[4][0] == 200
    assert (await client.deal(deal["id"]))["state"] == "awaiting_payment"


TWICE = '{"name": "Klara", "email": "k@example.test", "name": "Boris"}'


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (TWICE.encode(), "repeated_field", "name"),
        (
            b'{"title": "T", "price": {"amount": "1.00", "currency": "RUB", "amount": "2.00"}}',
            "repeated_field",
            "amount",
        ),
        (b'{"name": "Klara", "n\\u0061me": "Boris"}', "repeated_field", "name"),
        (TWICE.encode("utf-8-sig"), "malformed_json", None),
        *((TWICE.replace(', "name": "Boris"', "").encode(name), "malformed_json", None) for name in UNREADABLE),
    ],
)
async def test_a_body_that_can_be_read_in_two_ways_is_refused(
    api: Api, body: bytes, code: str, field: str | None
) -> None:
    before = await api.count("users")
    reply = await raw(api, "/users", body)
    assert (reply.status_code, reply.json()["code"], reply.json().get("field")) == (422, code, field)
    assert await api.count("users") == before


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
            reply = await client.post("/users", content=body, headers=[*once, (name, value)])
            shown.append((reply.status_code, reply.json()["code"], reply.json()["field"]))
        reply = await client.get("/deals?limit=1&limit=2", headers=once[:1])
        shown.append((reply.status_code, reply.json()["code"], reply.json()["field"]))
    names = ("Idempotency-Key", "Authorization", "Content-Type", "limit")
    assert shown == [(422, "repeated_field", name) for name in names]
    assert await api.count("users") == 0
