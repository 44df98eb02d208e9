"""Route by route, from the program itself: who may not, gets nothing and changes nothing. No route is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from api.dependencies import Rights
from domain.roles import Role, Scope
from edge.api_keys import prefix_of
from store.api_keys import issue_key, revoke_key
from store.marketplaces import create_marketplace
from store.password_links import disable
from tests.bank.matrix import Route, Sample, send
from tests.fixtures.databases import TestDatabase
from tests.fixtures.market import DEPOSIT_KEYS, Api, market_settings
from tests.fixtures.people import PASSWORD, People, Somebody
from tests.fixtures.shop import Shop
from tests.fixtures.wallets import deposit, transfer

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:9/none"
# Who is not known yet, a bank that signs what it says, and what all who are known may read.
OPEN = {"/health", "/ready", "/docs", "/docs/oauth2-redirect", "/redoc", "/api/v1/bank-webhooks"} | {
    f"/api/v1/{path}" for path in ("oauth/token", "oauth/revoke", "sign-ups", "password-resets", "passwords")
}
# Reported by payment systems and banks, with keys of their own.
OF_SOURCES = {"/api/v1/deposits"}
FOR_ALL = {"/api/v1/banks", "/api/v1/fees", "/api/v1/deal-titles"}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A route and who may use it; `rights` None: every known caller."""

    route: Route
    rights: Rights | None

    def __str__(self) -> str:
        return str(self.route)


def guarded() -> list[Guarded]:
    """Every route that is not open to strangers."""
    app = create_app(market_settings(TestDatabase("none", NOWHERE, NOWHERE, NOWHERE)))
    document = app.openapi()
    found: list[Guarded] = []
    for context in iter_route_contexts(app.routes):
        path, route = context.path, context.original_route
        if not isinstance(route, APIRoute) or path in OPEN or path not in document["paths"]:
            continue
        for method in sorted(route.methods or ()):
            operation = document["paths"][path][method.lower()]
            found.append(Guarded(Route(method, str(path), None, operation), _rights(route.dependant)))
    return found


def _rights(dependant: Dependant) -> Rights | None:
    for dependency in dependant.dependencies:
        call: object = dependency.call
        if isinstance(call, Rights):
            return call
    return None


ROUTES = guarded()
DOCUMENT = create_app(market_settings(TestDatabase("none", NOWHERE, NOWHERE, NOWHERE))).openapi()


@dataclass
class World:
    api: Api
    people: People
    shop: Shop
    sample: Sample
    secrets_of_all: set[str]
    """What no stranger's answer may contain."""

    async def ask(self, secret: str | None) -> dict[str, tuple[int, str]]:
        """Status and body of a valid request to each route, with this key or token."""
        answers: dict[str, tuple[int, str]] = {}
        async with httpx.AsyncClient(base_url=f"{self.api.address}/api/v1", trust_env=False, timeout=120) as http:
            for number, each in enumerate(ROUTES):
                reply = await send(http, secret, self.request(each, f"matrix-{number}"))
                answers[str(each)] = (reply.status_code, reply.text)
        return answers

    def request(self, each: Guarded, key: str) -> dict[str, Any]:
        """A valid request: where an account and a wallet could be named as the source, the account is."""
        request = self.sample.request(each.route, key)
        if "account_id" in request.get("params", {}):
            request["params"].pop("wallet_id", None)
        return request

    async def token(self, somebody: Somebody) -> str:
        async with httpx.AsyncClient(base_url=self.api.address, trust_env=False, timeout=120) as http:
            form = {"grant_type": "password", "username": somebody.login, "password": PASSWORD}
            reply = await http.post("/api/v1/oauth/token", data=form)
        return str(reply.json()["access_token"])

    async def key(self, scopes: list[Scope], *, other: bool = False) -> str:
        async with self.api.database.transaction() as session:
            owner = (await create_marketplace(session, "Another")).id if other else self.api.marketplace_id
            pepper = self.api.settings.pepper_bytes
            return await issue_key(session, pepper, marketplace_id=owner, scopes=scopes)


@pytest_asyncio.fixture(loop_scope="session")
async def world(people: People, shop: Shop) -> World:
    deal = await shop.deal()
    payment = await shop.payment(deal, "100.00")
    wallets = await _wallets(shop)
    hidden = await shop.api.client.offer(shop.seller["id"], "10.00", title="Hidden from strangers")
    values: Mapping[str, Any] = {
        "user_id": shop.buyer["id"], "buyer_id": shop.buyer["id"], "seller_id": shop.seller["id"],
        "deal_id": deal["id"], "payment_id": payment["id"], "offer_id": hidden["id"],
        "account_id": shop.account["id"], "refund_id": deal["id"], "marketplace_id": str(shop.api.marketplace_id),
        "number": "001eeeeeeeeee", "reference": "matrix", "email": "matrix@example.test", "state": "funded",
        "cause": "dispute", "pay_by": "2099-01-01T00:00:00Z", "login": "matrix", "password": PASSWORD, "limit": 50,
        "pay_within_s": 600,
        **wallets,
    }  # fmt: skip
    theirs = {str(values[name]) for name in ("user_id", "seller_id", "deal_id", "payment_id", "offer_id", "account_id")}
    theirs |= set(wallets.values())
    return World(shop.api, people, shop, Sample(DOCUMENT, values), theirs)


async def _wallets(shop: Shop) -> dict[str, str]:
    """Wallets of buyer and seller, and what is open between them."""
    client = shop.api.client
    users = (shop.buyer["id"], shop.seller["id"])
    payer, payee = [(await client.make(f"/users/{user}/wallets", {"currency": "RUB"}))["wallet_id"] for user in users]
    source = shop.api.caller(DEPOSIT_KEYS["payment-system"])
    await source.make("/deposits", deposit(payer, "1000.00"))
    await source.aclose()
    account = await shop.api.account(shop.buyer["id"], "001ababababab")
    body = {"account_id": account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    withdrawal = await client.make(f"/wallets/{payer}/withdrawals", body)
    request = await client.make("/payment-requests", transfer(payer, payee, "1.00"))
    hold = await client.make("/holds", transfer(payer, payee, "1.00") | {"expires_in_s": 3600})
    ids = {"hold_id": hold["hold_id"], "withdrawal_id": withdrawal["withdrawal_id"]}
    ids |= {"request_id": request["request_id"]}
    return {"wallet_id": payer, "from_wallet_id": payer, "to_wallet_id": payee, **ids}


async def test_every_route_names_who_may(world: World) -> None:
    nobody_named = {each.route.path for each in ROUTES if each.rights is None}
    assert nobody_named == FOR_ALL | OF_SOURCES
    assert len(ROUTES) >= 35
    in_the_document = {path for path in DOCUMENT["paths"] if path not in OPEN}
    assert {each.route.path for each in ROUTES} == in_the_document


async def test_anonymous_wrong_revoked_and_ended_get_nothing(world: World) -> None:
    revoked, gone = await world.key(list(Scope)), await world.people.client()
    ended = await world.token(gone)
    async with world.api.database.transaction() as session:
        await revoke_key(session, prefix_of(revoked) or "")
        await disable(session, gone.login_id)
    leaks = []
    for name, secret in {"anonymous": None, "wrong": "x", "jwt": "a.b.c", "revoked": revoked, "ended": ended}.items():
        answers = await world.ask(secret)
        leaks += [(name, route, status) for route, (status, _) in answers.items() if status != 401]
    assert leaks == []


@pytest.mark.parametrize("who", ["no scope", "client", "operator", "approver", "administrator", "refunds only"])
async def test_without_the_right_a_route_is_refused(world: World, who: str) -> None:
    if who in ("no scope", "refunds only"):
        scopes = [Scope.REFUNDS] if who == "refunds only" else []
        secret, allowed = await world.key(scopes), lambda r: r.scope in scopes
    elif who == "client":
        secret, allowed = await world.token(await world.people.client()), lambda r: r.client
    else:
        roles = {Role.OPERATOR} | ({Role(who)} if who != "operator" else set())
        staff = await world.people.staff(approver=who == "approver", administrator=who == "administrator")
        secret, allowed = await world.token(staff), lambda r: r.role in roles
    checked, leaks, before = 0, [], await _written(world.api)
    async with httpx.AsyncClient(base_url=f"{world.api.address}/api/v1", trust_env=False, timeout=120) as http:
        for number, each in enumerate(ROUTES):
            if each.rights is None or allowed(each.rights):
                continue
            reply = await send(http, secret, world.request(each, f"right-{who}-{number}".replace(" ", "-")))
            checked += 1
            if reply.status_code != 403 or any(theirs in reply.text for theirs in world.secrets_of_all):
                leaks.append((str(each), reply.status_code, reply.text))
    assert checked >= 3
    assert leaks == []
    assert await _written(world.api) == before


@pytest.mark.parametrize("who", ["another client", "another marketplace"])
async def test_what_belongs_to_others_is_unknown_on_every_route(world: World, who: str) -> None:
    if who == "another client":
        secret = await world.token(await world.people.client())
    else:
        secret = await world.key(list(Scope), other=True)
    leaks = []
    for each, (route, (status, body)) in zip(ROUTES, (await world.ask(secret)).items(), strict=True):
        if any(theirs in body for theirs in world.secrets_of_all):
            leaks.append((route, status, body))
        # A marketplace's own reference of a user names nothing of another one: each makes users of its own with it.
        path = each.route.path.replace("{reference}", "")
        names_something = "{" in path or route in ("POST /api/v1/offers", "POST /api/v1/deals")
        if names_something and each.route.path not in FOR_ALL and status not in (403, 404):
            leaks.append((route, status, body))
    assert leaks == []
    deal = await world.api.client.read(f"/deals/{world.sample.values['deal_id']}")
    assert (deal["state"], len(deal["payments"])) == ("awaiting_payment", 1)


async def _written(api: Api) -> list[Any]:
    tables = ("users", "offers", "deals", "payments", "codes", "accounts", "agreements", "refunds")
    return [(table, (await api.rows(f"SELECT count(*) FROM {table}"))[0][0]) for table in tables]
