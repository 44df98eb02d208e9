"""/admin: administrators alone, from our own pages alone, and nothing there moves money."""

from __future__ import annotations

import re
import secrets
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from starlette.routing import Mount, Route

from domain.money import parse_money
from store.deals.offers import create_offer
from store.people.password_links import disable
from store.people.sessions import end_session
from tests.fixtures.administration import browser, csrf, log_in, shown, submit
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.shop import Shop
from tests.fixtures.statuses import new_status
from tests.pages.routes import program

SCRIPT = "<script>alert('stored')</script>"
READ_ONLY = (
    "logins", "operators", "marketplaces", "banks", "offers", "deals", "payments", "withdrawals", "overrides",
    "corrections", "sweeps", "outgoing-transactions", "chain-accounts", "top-ups", "incoming-transfers",
)  # fmt: skip


@pytest.mark.source("marketplace:1-7")
async def test_an_administrator_comes_in_and_goes(people: People) -> None:
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        before = await client.get("/admin/users/list")
        came = await log_in(client, admin)
        seen = await client.get("/admin/users/list")
        left = await _log_out(client)
        after = await client.get("/admin/users/list")
    assert (before.status_code, came.status_code, seen.status_code) == (303, 303, 200)
    assert "admin/login" in before.headers["location"]
    cookie = came.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("admin_session=", "httponly", "samesite=strict", "path=/admin"))
    assert (left.status_code, after.status_code) == (303, 303)


async def test_a_browser_keeps_the_files_of_the_library_and_no_page(people: People) -> None:
    async with browser(people.api) as client:
        page = await client.get("/admin/login")
        found = set(re.findall(r'"(/admin/static/[^"]+)"', page.text))
        files = [await client.get(path) for path in sorted(found)[:2]]
    assert page.headers["cache-control"] == "no-store"
    assert [(file.status_code, file.headers["cache-control"]) for file in files] == [(200, "max-age=3600")] * 2


async def _log_out(client: httpx.AsyncClient) -> httpx.Response:
    page = await client.get("/admin/moderation")
    return await client.post("/admin/logout", data={"csrftoken": csrf(page.text)})


async def test_others_get_the_answer_for_strangers(people: People) -> None:
    others = [await people.client(), await people.staff(), await people.staff(approver=True)]
    admin, answers = await people.staff(administrator=True), []
    async with browser(people.api) as client:
        for somebody, password in [*((each, PASSWORD) for each in others), (admin, "wrong password")]:
            reply = await log_in(client, somebody, password)
            answers.append(
                (reply.status_code, "Login or password is wrong." in reply.text, "admin_session" in client.cookies)
            )
            assert (await client.get("/admin/deals/list")).status_code == 303
    [(open_sessions,)] = await people.api.rows(
        "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND login_id = ANY(:ids)",
        ids=[o.login_id for o in others],
    )
    assert set(answers) == {(400, True, False)}
    assert open_sessions == 0


async def test_every_page_of_the_program_is_closed_to_everybody_but_administrators(people: People) -> None:
    client_, plain, gone = await people.client(), await people.staff(), await people.staff(administrator=True)
    left = await people.staff(administrator=True)
    tokens = {
        name: await people.log_in.session(who.login, PASSWORD, "192.0.2.9")
        for name, who in (("client", client_), ("operator", plain), ("disabled", gone), ("logged out", left))
    }
    async with people.database.transaction() as session:
        await disable(session, gone.login_id)
        await end_session(session, people.pepper, tokens["logged out"])
    routes = list(_routes())
    leaks = []
    for name, cookie in [("anonymous", ""), ("nonsense", "x" * 43), *tokens.items()]:
        async with browser(people.api) as client:
            client.cookies.set("admin_session", cookie, path="/admin")
            token = csrf((await client.get("/admin/login")).text)
            for method, path in routes:
                reply = await client.request(method, path, headers={"X-CSRFToken": token})
                if reply.status_code != 303 or "/admin/login" not in reply.headers.get("location", ""):
                    leaks.append((name, method, path, reply.status_code))
    assert len(routes) > 12
    assert leaks == []


def _routes() -> set[tuple[str, str]]:
    """Every route below /admin, from the program itself; parameters filled with something."""
    [mount] = [route for route in program().routes if isinstance(route, Mount) and route.path == "/admin"]
    found = set()
    for route in mount.routes:
        if isinstance(route, Route) and route.name != "login":
            path = route.path.replace("{key}", "deals").replace(
                "{offer_id:uuid}", "01890000-0000-7000-8000-000000000000"
            )
            path = re.sub(r"\{[^}]+\}", "x", path)
            found |= {(method, f"/admin{path}") for method in route.methods or () if method != "HEAD"}
    return found


async def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(people: People) -> None:
    admin = await people.staff(administrator=True)
    title = "/admin/deal-titles/edit?pk=funded"
    async with browser(people.api) as client:
        await log_in(client, admin)
        token = csrf((await client.get(title)).text)
        body = {"en": "Stolen", "ru": "Stolen"}
        no_token = await client.post(title, data=body)
        foreign = [
            await client.post(title, data=body | {"csrftoken": token}, headers=headers)
            for headers in (
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
                {"Origin": "https://elsewhere.example"},
                {"Origin": "null", "Sec-Fetch-Site": "none"},
            )
        ]
        del client.headers["Origin"], client.headers["Sec-Fetch-Site"]
        foreign.append(await client.post(title, data=body | {"csrftoken": token}))
    assert [no_token.status_code, *(reply.status_code for reply in foreign)] == [403] * 6
    [(en,)] = await people.api.rows("SELECT en FROM deal_titles WHERE state = 'funded'")
    assert en != "Stolen"


@pytest.mark.source("marketplace:21-28", "discussion:7-8")
async def test_a_title_is_changed_and_clients_read_it(people: People) -> None:
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        await log_in(client, admin)
        empty = await submit(client, "/admin/deal-titles/edit?pk=funded", en="", ru="Оплачена")
        done = await submit(client, "/admin/deal-titles/edit?pk=funded", en="Paid in full", ru="Оплачена")
    titles = {title["state"]: title["en"] for title in (await people.api.client.read("/deal-titles"))["items"]}
    assert (empty.status_code, done.status_code, titles["funded"]) == (422, 303, "Paid in full")


@pytest.mark.source("marketplace:21-28")
async def test_a_status_is_added_changed_and_retired_here(people: People, shop: Shop) -> None:
    admin, code = await people.staff(administrator=True), f"s_{secrets.token_hex(6)}"
    form: dict[str, Any] = {"code": code, "en": "Packed", "ru": "Упаковано"}
    chosen: dict[str, Any] = {"states": ["completed", "funded"], "set_by": ["seller"]}
    edit = f"/admin/statuses/edit?pk={code}"
    async with browser(people.api) as client:
        await log_in(client, admin)
        empty = await submit(client, "/admin/statuses/create", **form)
        bad = await submit(client, "/admin/statuses/create", **form | chosen | {"code": "Not a code"})
        made = await submit(client, "/admin/statuses/create", **form | chosen)
        again = await submit(client, "/admin/statuses/create", **form | chosen)
        page = (await client.get(edit)).text
        retired = await submit(client, edit, en="In a box", ru="В коробке", **chosen)
        stale = await client.post(edit, data={"csrftoken": csrf(page), **shown(page), "en": "X", "ru": "X", **chosen})
        listed = (await client.get("/admin/statuses/list")).text
    assert [reply.status_code for reply in (empty, bad, made, again, retired, stale)] == [422, 422, 303, 422, 303, 422]
    [read] = [each for each in (await people.api.client.read("/statuses"))["items"] if each["status"] == code]
    assert read == {"status": code, "en": "In a box", "ru": "В коробке", "active": False} | {
        "states": ["funded", "completed"], "set_by": ["seller"],
    }  # fmt: skip
    assert "funded, completed" in listed


async def test_deals_are_found_by_their_status_and_show_who_set_it(people: People, shop: Shop) -> None:
    admin, code = await people.staff(administrator=True), await new_status(people.api, en="Papers awaited")
    deal, other = await shop.deal(), await shop.deal()
    await shop.api.client.make(f"/deals/{deal['id']}/status", {"status": code, "user_id": shop.seller["id"]})
    async with browser(people.api) as client:
        await log_in(client, admin)
        filtered = await client.get("/admin/deals/list", params={"filter": f"status__eq={code}"})
        searched = await client.get("/admin/deals/list", params={"q": code})
        page = (await client.get(f"/admin/deals/detail?pk={deal['id']}")).text
    for listed in (filtered.text, searched.text):
        assert (f"pk={deal['id']}" in listed, f"pk={other['id']}" in listed) == (True, False)
    assert "Papers awaited" in page and "from the seller" in page


@pytest.mark.source("marketplace:29-36", "discussion:9-10")
async def test_the_default_commission_is_changed_for_all_offers_but_those_with_their_own(
    people: People, shop: Shop
) -> None:
    admin = await people.staff(administrator=True)
    offers = [await shop.api.client.offer(shop.seller["id"], "10.00") for _ in range(2)]
    await shop.api.operator.moderate(offers[0]["id"], commission_percent="3.00")
    form = {"sign_up_marketplace_id": ""}
    async with browser(people.api) as client:
        await log_in(client, admin)
        page = "/admin/platform-settings/edit?pk=True"
        wrong = await submit(client, page, default_commission_percent="51", **form)
        done = await submit(client, page, default_commission_percent="6.00", **form)
        seen = [(await shop.api.operator.read(f"/offers/{each['id']}"))["commission_percent"] for each in offers]
        await submit(client, page, default_commission_percent="5.00", **form)
    assert (wrong.status_code, done.status_code, seen) == (422, 303, ["3.00", "6.00"])


@pytest.mark.source("marketplace:10-12", "marketplace:13-20", "discussion:1-6")
async def test_an_administrator_makes_a_client_by_name_login_and_password(people: People) -> None:
    admin, login = await people.staff(administrator=True), f"klara-{people.api.marketplace_id}"
    person = {"name": "Klara Klein", "email": "klara@example.test", "marketplace_id": str(people.api.marketplace_id)}
    async with browser(people.api) as client:
        await log_in(client, admin)
        weak = await submit(client, "/admin/users/create", login=login, password="short", **person)
        made = await submit(client, "/admin/users/create", login=login, password=PASSWORD, **person)
        again = await submit(client, "/admin/users/create", login=login, password=PASSWORD, **person)
    assert (weak.status_code, made.status_code, again.status_code) == (422, 303, 422)
    [row] = await people.api.rows(
        "SELECT u.name, u.marketplace_id FROM users u JOIN logins l ON l.user_id = u.id WHERE l.name = :n", n=login
    )
    assert tuple(row) == ("Klara Klein", people.api.marketplace_id)
    assert await people.log_in.session(login, PASSWORD, "192.0.2.10")


async def test_a_stored_script_is_shown_as_text(people: People, shop: Shop) -> None:
    admin = await people.staff(administrator=True)
    async with people.database.transaction() as session:
        offer = await create_offer(
            session, people.api.marketplace_id, UUID(shop.seller["id"]), title=SCRIPT, description=SCRIPT,
            price=parse_money("1.00", "RUB"), pay_within_s=60, quantity=1,
        )  # fmt: skip
        await session.execute(
            text("UPDATE users SET name = :s WHERE id = :id"), {"s": SCRIPT, "id": UUID(shop.buyer["id"])}
        )
    pages = [
        f"/admin/offers/detail?pk={offer.id}",
        "/admin/moderation",
        f"/admin/users/detail?pk={shop.buyer['id']}",
        "/admin/users/list",
    ]
    async with browser(people.api) as client:
        await log_in(client, admin)
        replies = [await client.get(page) for page in pages]
    await shop.api.operator.moderate(str(offer.id), approve=False)
    for page, reply in zip(pages, replies, strict=True):
        assert (page, reply.status_code, SCRIPT in reply.text) == (page, 200, False)
        policy = reply.headers["content-security-policy"]
        nonce = re.findall(r"'nonce-([\w-]+)'", policy)[0]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
        scripts = re.findall(r"<script([^>]*)>", reply.text)
        assert scripts and all(f'nonce="{nonce}"' in script for script in scripts)
    assert "&lt;script&gt;" in replies[0].text and "&lt;script&gt;" in replies[1].text


async def test_money_states_and_secrets_are_not_changed_here(people: People) -> None:
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        await log_in(client, admin)
        token = {"csrftoken": csrf((await client.get("/admin/moderation")).text)}
        for key in READ_ONLY:
            listed = await client.get(f"/admin/{key}/list")
            assert (listed.status_code, "$argon2" in listed.text) == (200, False), key
            made = await client.get(f"/admin/{key}/create")
            posted = await client.post(f"/admin/{key}/create", data=token)
            assert {made.status_code, posted.status_code} <= {403, 404}, key
            removed = await client.post(f"/admin/{key}/actions/delete?pks=1", data=token)
            assert removed.status_code >= 400, key
