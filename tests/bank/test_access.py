"""Who may ask what: no key, a wrong one, one without the scope, one that ended, a stranger's; on every route."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from bank.service.access import RequiresScope
from bank.service.acts.api_keys import SCOPES
from bank.service.app import build_routes
from bank.service.requests.keys import create_api_key
from domain.money import Money
from tests.bank.stored import everything_stored
from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import Viewer
from tests.openapi.bank import RECIPES, WHERE, explorer
from tests.openapi.exploring import Real, ask, operations, real_requests
from tests.openapi.matrix import routes_of

CANARY = "deal/canary-7f3a"
UNKNOWN = f"hf_bank_{'0' * 12}_{'a' * 43}"
INVALID = ("missing_field", "invalid_field", "unknown_field")
PROGRAM = build_routes()
DOCUMENT, ROUTES = PROGRAM.openapi(), routes_of(PROGRAM, RequiresScope)


async def test_a_request_without_a_valid_key_is_refused(bank: RunningBank) -> None:
    del bank.shop.headers["Authorization"]
    assert refused(await bank.shop.get("/banks")) == (401, "no_api_key")
    tampered = bank.payments_key[:-1] + ("a" if bank.payments_key[-1] != "a" else "b")
    for secret in ("nonsense", tampered, UNKNOWN, "hf_bank_ключ"):
        reply = await bank.shop.get("/banks", headers={b"Authorization": f"Bearer {secret}".encode()})
        assert refused(reply) == (401, "bad_api_key"), secret
        assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_needs_a_name_and_known_scopes(bank: RunningBank) -> None:
    pepper = bank.settings.pepper_bytes
    for name, scopes in (("", ["admin"]), ("x", []), ("x", ["root"])):
        with pytest.raises(ValueError):
            await create_api_key(bank.database, name, scopes, pepper=pepper)


@pytest.mark.source("bank client:1-4", "bank client:15-24", "bank client:87-92", "marketplace:109-114")
async def test_every_route_refuses_keys_that_are_missing_wrong_ended_or_without_its_scope(bank: RunningBank) -> None:
    async with real_world(bank) as (_, reals, http):
        secrets = {scope: await key_of(bank, f"only {scope}", scope) for scope in SCOPES}
        expired, revoked = [await ended_key(bank, end) for end in ("expires_at", "revoked_at")]
        assert {route.scope for route in ROUTES} == {None, *SCOPES}
        before = await everything_stored(bank)
        for route in ROUTES:
            lacking = [secrets[scope] for scope in SCOPES if route.scope not in (None, scope)]
            expected: dict[str | None, tuple[int, str]] = {None: (401, "no_api_key")}
            expected |= dict.fromkeys((UNKNOWN, expired, revoked), (401, "bad_api_key"))
            for secret, code in (expected | dict.fromkeys(lacking, (403, "scope_missing"))).items():
                assert refused(await ask(http, str(route), reals[str(route)], secret, bank.key())) == code, route
        assert await everything_stored(bank) == before


async def test_no_route_shows_or_moves_anything_of_another_marketplace(bank: RunningBank) -> None:
    async with real_world(bank) as (shop, reals, http):
        held = await bank.held(bank.parties[0], bank.parties[1], Money(777_777, "RUB"), CANARY)
        opening = "POST /api/v1/operations"
        answered = reals["GET /api/v1/answers"].query["key"]
        assert (await ask(http, opening, reals[opening], shop.secret, answered)).is_success
        await shop.all_sent()
        said = json.dumps([[dict(real.path), dict(real.body or {}), dict(real.headers)] for real in reals.values()])
        theirs = {held.key, CANARY, "7777.77", *re.findall(r"\b(?:op-|hf_)[\w-]+", said)}
        theirs |= {party.email for party in bank.parties} - {"real@example.test", "moved@example.test"}
        before = await of_the_shop(bank)
        stranger = await key_of(bank, "stranger", *(scope for scope in SCOPES if scope not in ("admin", "platform")))
        platforms = ("/remittances", "/remittances/{operation_key}/return")
        own = [route for route in ROUTES if route.scope == "platform"]
        assert {route.path.removeprefix("/api/v1") for route in own} == set(platforms) and len(own) == len(platforms)
        examined = [route for route in ROUTES if route.scope != "admin"]
        for route in examined:
            answer = await ask(http, str(route), reals[str(route)], stranger, bank.key())
            if route in own:  # the other marketplace's key does not have the scope
                assert refused(answer) == (403, "scope_missing"), route
                continue
            assert answer.status_code < 500 and answer.json().get("code") not in INVALID, (route, answer.text)
            assert [value for value in theirs if value in answer.text] == [], route
            if "{operation_key}" in route.path:
                assert refused(answer) == (404, "unknown_operation"), route
            if route.path.endswith("/answers"):
                assert refused(answer) == (404, "key_unknown")
        assert len(examined) > 10
        assert await of_the_shop(bank) == before
    assert await bank.violations() == []


def test_only_health_and_readiness_are_open_to_everybody() -> None:
    for label, operation in operations(DOCUMENT).items():
        if label not in ("GET /health", "GET /ready"):
            assert label in map(str, ROUTES)
            assert operation["security"], label


@asynccontextmanager
async def real_world(bank: RunningBank) -> AsyncIterator[tuple[Viewer, dict[str, Real], httpx.AsyncClient]]:
    """The shop with every right, requests to every route that would succeed if it sent them, and a way to send them."""
    async with explorer(bank) as shop, httpx.AsyncClient(base_url=bank.url, trust_env=False, verify=False) as http:
        reals = await real_requests(DOCUMENT, RECIPES, shop, WHERE)
        await shop.all_sent()
        yield shop, reals, http


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def key_of(bank: RunningBank, name: str, *scopes: str) -> str:
    return await create_api_key(bank.database, name, scopes, pepper=bank.settings.pepper_bytes)


async def ended_key(bank: RunningBank, column: str) -> str:
    secret = await key_of(bank, column, *SCOPES)
    async with bank.database.transaction() as session:
        await session.execute(text(f"UPDATE api_keys SET {column} = clock_timestamp() WHERE name = '{column}'"))
    return secret


async def of_the_shop(bank: RunningBank) -> list[list[str]]:
    """What the marketplace `shop` has done, and the money of the account it was done with."""
    statements = (
        "SELECT o::text FROM operations o WHERE caller = 'shop' ORDER BY id",
        "SELECT c::text FROM codes c JOIN operations o ON o.key = c.subject WHERE o.caller = 'shop' ORDER BY c.id",
        "SELECT a::text FROM account_accesses a WHERE caller = 'shop' ORDER BY key",
        "SELECT a::text FROM answers a WHERE caller = 'shop' ORDER BY key",
        f"SELECT a::text FROM ledger.accounts a WHERE code = 'account/{bank.parties[0].number}'",
    )
    async with bank.database.transaction() as session:
        return [list((await session.scalars(text(statement))).all()) for statement in statements]


@pytest.mark.source("discussion:93-94")
async def test_a_bad_key_is_refused_before_any_other_error(bank: RunningBank) -> None:
    balances = await key_of(bank, "only balances", "balances")
    body = {"amount": "no money", "currency": "RUB", "source": "op", "payee_account": "x", "reference": "r"}
    before = await everything_stored(bank)
    async with httpx.AsyncClient(base_url=bank.url, trust_env=False, verify=False) as http:
        for wrong, code in ((body, "bad_amount"), ({"amount": "1.00"}, "missing_field")):
            for secret, expected in (
                (None, (401, "no_api_key")),
                (UNKNOWN, (401, "bad_api_key")),
                (balances, (403, "scope_missing")),
                (bank.payments_key, (422, code)),
            ):
                answer = await ask(http, "POST /api/v1/credits", Real(body=wrong), secret, bank.key())
                assert refused(answer) == expected
    assert await everything_stored(bank) == before


async def test_paying_out_is_a_right_of_its_own(bank: RunningBank) -> None:
    payee = bank.parties[-1]
    await bank.fund(payee.bank_id, Money(1_000, "RUB"))
    body = {"payee_account": payee.number, "amount": "10.00", "currency": "RUB", "expected_fee": "0.00"}
    body |= {"reference": "withdrawal/1"}
    answers = {}
    for scopes in (("payments",), ("payouts",)):
        secret = await create_api_key(bank.database, f"only-{scopes[0]}", scopes, pepper=bank.settings.pepper_bytes)
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": bank.key("payout")}
        answers[scopes[0]] = await bank.shop.post("/payouts", json=body, headers=headers)
    assert (answers["payments"].status_code, answers["payments"].json()["code"]) == (403, "scope_missing")
    assert answers["payouts"].status_code == 201
    assert (await bank.balance(payee.number))[0] == "10010.00"


async def test_a_parameter_that_no_route_asked_for_is_refused(bank: RunningBank) -> None:
    misspelt = await bank.shop.get("/operations", params={"reference": "deal/1", "limt": "5"})
    written = await bank.shop.post("/operations?dry_run=1", json={}, headers={"Idempotency-Key": bank.key()})
    stranger = await bank.shop.get("/banks?x=1", headers={"Authorization": ""})
    known = await bank.admin.get("/fees/quote", params=QUOTED)
    found = [(reply.status_code, reply.json().get("field")) for reply in (misspelt, written, stranger, known)]
    assert found == [(422, "limt"), (422, "dry_run"), (422, "x"), (200, None)]


QUOTED = {"payer_bank": "1", "payee_bank": "2", "amount": "1.00", "currency": "RUB"}
