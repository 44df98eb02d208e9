"""Route by route, from the program itself: who may not, gets nothing and changes nothing. No route is left out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from domain.roles import Role, Scope
from edge.api_keys import prefix_of
from store.people.api_keys import issue_key, revoke_key
from store.people.marketplaces import create_marketplace
from store.people.password_links import disable
from tests.fixtures.market import Api
from tests.fixtures.people import PASSWORD, Somebody
from tests.openapi.exploring import Real, ask
from tests.openapi.market import real_requests_of
from tests.openapi.market_routes import DOCUMENT, FOR_ALL, OF_SOURCES, OPEN, ROUTES
from tests.openapi.market_stand import Stand, stand_fixture
from tests.openapi.matrix import Route

__all__ = ["stand_fixture"]


@dataclass
class World:
    """`reals` are requests that would succeed, were they the shop's; `theirs` is in no stranger's answer."""

    stand: Stand
    reals: dict[str, Real]
    theirs: set[str]

    async def ask(self, secret: str | None, routes: list[Route], who: str) -> dict[str, tuple[int, str]]:
        """Status and body of the request to each route, with this key or token."""
        answers: dict[str, tuple[int, str]] = {}
        for number, route in enumerate(map(str, routes)):
            reply = await ask(self.stand.http, route, self.reals[route], secret, f"{who}/{number}".replace(" ", "-"))
            answers[route] = (reply.status_code, reply.text)
        return answers

    def leaks(self, said: str) -> bool:
        return any(theirs in said for theirs in self.theirs)

    async def token(self, somebody: Somebody) -> str:
        form = {"grant_type": "password", "username": somebody.login, "password": PASSWORD}
        return str((await self.stand.http.post("/api/v1/oauth/token", data=form)).json()["access_token"])

    async def key(self, scopes: list[Scope], *, other: bool = False) -> str:
        api = self.stand.shop.api
        async with api.database.transaction() as session:
            owner = (await create_marketplace(session, "Another")).id if other else api.marketplace_id
            return await issue_key(session, api.settings.pepper_bytes, marketplace_id=owner, scopes=scopes)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(stand: Stand) -> World:
    reals = await real_requests_of(stand)
    sample = stand.sample.values
    named = [sample[name] for name in ("user_id", "seller_id", "deal_id", "payment_id", "offer_id", "account_id")]
    named += [value for real in reals.values() for value in {**real.path, **(real.body or {})}.values()]
    marketplace = str(stand.shop.api.marketplace_id)
    return World(stand, reals, {str(value) for value in named if _is_id(value)} - {marketplace})


def _is_id(value: object) -> bool:
    try:
        return str(UUID(str(value))) == value
    except ValueError:
        return False


async def test_every_route_names_who_may() -> None:
    assert {each.path for each in ROUTES if each.right is None} == FOR_ALL | OF_SOURCES
    assert len(ROUTES) >= 35
    assert {each.path for each in ROUTES} == {path for path in DOCUMENT["paths"] if path not in OPEN}


async def test_anonymous_wrong_revoked_and_ended_get_nothing(world: World) -> None:
    people = world.stand.people
    revoked, gone = await world.key(list(Scope)), await people.client()
    ended = await world.token(gone)
    async with people.database.transaction() as session:
        await revoke_key(session, prefix_of(revoked) or "")
        await disable(session, gone.login_id)
    leaks, bad = [], {"wrong": "x", "jwt": "a.b.c", "revoked": revoked, "ended": ended}
    routes = {name: ROUTES[place :: len(bad)] for place, name in enumerate(bad)}  # all check a key in one place
    for name, asked in {"anonymous": ROUTES, **routes}.items():
        answers = await world.ask(bad.get(name), asked, name)
        leaks += [(name, route, status) for route, (status, _) in answers.items() if status != 401]
    assert leaks == []


@pytest.mark.parametrize(
    "who", ["every scope", "no scope", "client", "operator", "approver", "arbiter", "administrator", "refunds only"]
)
async def test_without_the_right_a_route_is_refused(world: World, who: str) -> None:
    people, api = world.stand.people, world.stand.shop.api
    if who in ("every scope", "no scope", "refunds only"):
        scopes = {"every scope": list(Scope), "no scope": [], "refunds only": [Scope.REFUNDS]}[who]
        secret, allowed = await world.key(scopes), lambda r: r.scope in scopes
    elif who == "client":
        secret, allowed = await world.token(await people.client()), lambda r: r.client
    else:
        roles = {Role.OPERATOR} | ({Role(who)} if who != "operator" else set())
        staff = await people.staff(**{str(role): True for role in roles - {Role.OPERATOR}})
        secret, allowed = await world.token(staff), lambda r: r.role in roles
    closed, before = [each for each in ROUTES if each.right is not None and not allowed(each.right)], await _rows(api)
    answers = await world.ask(secret, closed, who)
    assert len(answers) >= 3
    assert {route: said for route, said in answers.items() if said[0] != 403 or world.leaks(said[1])} == {}
    assert await _rows(api) == before


@pytest.mark.parametrize("who", ["another client", "another marketplace"])
async def test_what_belongs_to_others_is_unknown_on_every_route(world: World, who: str) -> None:
    if who == "another client":
        secret = await world.token(await world.stand.people.client())
    else:
        secret = await world.key(list(Scope), other=True)
    leaks, before = [], await _rows(world.stand.shop.api)
    for each, (route, (status, body)) in zip(ROUTES, (await world.ask(secret, ROUTES, who)).items(), strict=True):
        # A marketplace's own reference of a user names nothing of another one: each makes users of its own with it.
        path = each.path.replace("{reference}", "")
        names_something = "{" in path or route in ("POST /api/v1/offers", "POST /api/v1/deals")
        said = "unknown" if status == 404 and json.loads(body)["code"].startswith("unknown_") else status
        shown = names_something and each.path not in FOR_ALL and said not in (403, "unknown")
        on_sale = who == "another client" and route == "GET /api/v1/offers"  # every client of the shop may read them
        if shown or (world.leaks(body) and not on_sale):
            leaks.append((route, status, body))
    assert leaks == []
    assert [row for row in await _rows(world.stand.shop.api) if row[0] != "users"] == before[1:]
    deal = await world.stand.shop.api.client.deal(str(world.stand.sample.values["deal_id"]))
    assert (deal["state"], len(deal["payments"])) == ("awaiting_payment", 1)


async def _rows(api: Api) -> list[Any]:
    tables = "users offers deals payments codes accounts agreements refunds holds overrides corrections".split()
    return [(table, (await api.rows(f"SELECT count(*) FROM {table}"))[0][0]) for table in tables]
