"""Addresses and headers that we did not make: each is refused, and none causes a failure."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from urllib.parse import quote_plus

import httpx
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette_admin.auth import login_not_required

from api.app import create_app
from edge.serving import serving
from pages.site import TAKEN, install
from tests.fixtures.cabinet import Cabinet
from tests.fixtures.market import RecordedSignals
from tests.fixtures.people import PASSWORD
from tests.pages.routes import page_routes, program

NOWHERE = (
    "//[",
    "http://[",
    "//a℀b",
    "https://elsewhere.test/",
    "//elsewhere.test",
    "/\\elsewhere.test",
    "javascript:x",
)
SAFE = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control")
HOSTILE = ("1", "' OR 1=1--", "\x00", "//[", "9" * 20, "-1", "\udcff")


def _quoted(value: str) -> str:
    return quote_plus(value, errors="surrogateescape")


def _callers(cabinet: Cabinet) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=cabinet.served.address, trust_env=False, timeout=120)


async def test_a_wrong_address_or_method_of_the_api_is_a_problem_and_no_page(cabinet: Cabinet) -> None:
    async with _callers(cabinet) as http:
        shown = [
            await http.request(method, path, headers={"Accept": "text/html"})
            for method, path in (
                ("DELETE", "/api/v1/users"),
                ("GET", "/api/v1/user"),
                ("GET", "/api/v1/deals/"),
                ("GET", "/api/v1/transfers"),
                ("POST", "/health"),
                ("GET", "/ready/x"),
                ("GET", "/api"),
            )
        ]
        page = await http.get("/nothing-here")
    assert [(reply.status_code, reply.json()["code"]) for reply in shown] == [
        (405, "method_not_allowed"),
        (404, "not_found"),
        (404, "not_found"),
        (405, "method_not_allowed"),
        (405, "method_not_allowed"),
        (404, "not_found"),
        (404, "not_found"),
    ]
    assert {reply.headers["content-type"] for reply in shown} == {"application/problem+json"}
    assert shown[0].headers["allow"] == "GET, POST"
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert page.headers["x-request-id"] in page.text


def test_no_page_has_an_address_of_the_api_and_every_address_of_the_api_is_kept_from_them() -> None:
    routes = program().routes
    of_api = {str(context.path) for context in iter_route_contexts(routes)}
    of_api |= {route.path for route in routes if isinstance(route, Mount | Route)}
    assert {f"{path}/".split("/")[1] for path in of_api} - {""} == TAKEN
    assert not {page.path.split("/")[1] for page in page_routes()} & TAKEN


async def test_links_stay_on_our_site_and_an_unreadable_address_leads_to_the_first_page(cabinet: Cabinet) -> None:
    klara, administrator = await cabinet.client("Klara", 1), await cabinet.administrator()
    for where in NOWHERE:
        stranger = cabinet.stranger()
        await stranger.read("/log-in")
        page = await stranger.http.get("/log-in", params={"next": where})
        assert (page.status_code, stranger.form("/log-in").fields["next"]) == (200, "/"), where
        chosen = await stranger.http.get("/language/ru", params={"back": where}, follow_redirects=False)
        form = stranger.form("/log-in").fields | {"login": klara.email, "password": "wrong", "next": where}
        refused = await stranger.http.post("/log-in", data=form)
        entered = await stranger.http.post("/log-in", data=form | {"password": PASSWORD}, follow_redirects=False)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/"), where
        assert refused.status_code == 401, where
        assert (entered.status_code, entered.headers["location"]) == (303, "/"), where
        again = await administrator.http.get("/admin/login", params={"next": where}, follow_redirects=False)
        assert (again.status_code, again.headers["location"]) == (303, "/admin/"), where
        login = await administrator.http.post("/admin/login", params={"next": where}, follow_redirects=False)
        assert login.status_code < 500, where


async def test_no_value_in_an_address_makes_a_page_fail(cabinet: Cabinet) -> None:
    klara, administrator = await cabinet.client("Klara", 1), await cabinet.administrator()
    nouns = sorted(set(re.findall(r"/admin/([a-z-]+)/list", (await administrator.http.get("/admin/")).text)))
    addresses = []
    for page, queries in zip(_read_pages(), _in_turn(1), strict=False):
        for query in queries:
            path = "/".join(query if "{" in part else part for part in page.split("/"))
            asked_for = "&".join(f"{name}={query}" for name in ("next", "back", "token", "page", "before"))
            addresses.append((klara, f"{path}?{asked_for}"))
    kinds = ("list?page={0}", "list?q={0}&sort={0}&where={0}&page_size={0}", "detail?pk={0}", "edit?pk={0}")
    for (noun, kind), queries in zip(itertools.product(nouns, kinds), _in_turn(1), strict=False):
        addresses += [(administrator, f"/admin/{noun}/{kind.format(query)}") for query in queries]
    failed = []
    for somebody, address in addresses:
        reply = await somebody.http.get(address, follow_redirects=False)
        if reply.status_code >= 500:
            failed.append((address, reply.status_code))
    assert failed == []
    assert len(addresses) > 120


def _read_pages() -> list[str]:
    return [page.path for page in page_routes() if page.method == "GET" and not page.path.endswith("/live")]


def _in_turn(values: int) -> Iterator[list[str]]:
    """So many hostile values at a time: neighbours get others, so that every kind of page gets each."""
    turn = itertools.cycle(map(_quoted, HOSTILE))
    while True:
        yield [next(turn) for _ in range(values)]


async def test_bytes_that_are_no_text_and_headers_that_cannot_be_read_make_no_page_fail(cabinet: Cabinet) -> None:
    host = cabinet.served.address.removeprefix("http://")
    shown = []
    for head in (
        b"GET /log-in?next=\xff HTTP/1.1\r\nHost: %s\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: %s\r\n",
        b"GET /log-in HTTP/1.1\r\nHost: [\r\nX: %s\r\n",
        b"POST /admin/login HTTP/1.1\r\nHost: %s\r\nOrigin: http://[\r\nContent-Length: 0\r\n",
        b"POST /log-in HTTP/1.1\r\nHost: %s\r\nOrigin: http://[\r\nContent-Length: 0\r\n",
        b"GET /log-in HTTP/1.1\r\nHost: %s\r\nCookie: zone=//[; language=\xff; session=\xff\r\n",
        b"GET /log-in HTTP/1.1\r\nHost: %s\r\nAccept-Language: \xff;q=x,,;q=1e999\r\n",
    ):
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(head % host.encode() + b"Connection: close\r\n\r\n")
        shown.append((await reader.read()).split(b"\r\n")[0])
        writer.close()
    assert [line for line in shown if not line.startswith(b"HTTP/1.1 ") or line[9:10] == b"5"] == []


async def test_no_link_of_a_page_leads_to_the_host_that_the_caller_made_up(cabinet: Cabinet) -> None:
    administrator = await cabinet.administrator()
    evil = {"Host": "evil.test"}
    pages = [
        await who.get(path, headers=evil, follow_redirects=False)
        for who in (administrator.http, cabinet.stranger().http)
        for path in ("/admin", "/admin/", "/admin/login", "/admin/deals/list", "/log-in", "/log-in/", "/api/v1/deals/")
    ]
    assert [str(page.url) for page in pages if "evil.test" in page.text + str(page.headers)] == []
    assert "/admin/deals/list" in pages[1].text


async def test_our_own_failures_are_sent_with_every_safe_header(cabinet: Cabinet) -> None:
    app = create_app(cabinet.served.services.settings, RecordedSignals())
    pages = install(app)

    async def broken() -> None:
        raise RuntimeError("a bug")

    @login_not_required
    async def broken_for_staff(request: object) -> None:
        raise RuntimeError("a bug")

    pages.add_api_route("/broken", broken)
    app.add_api_route("/api/v1/broken", broken)
    app.router.routes.insert(0, app.router.routes.pop())  # before the pages, which take all that is left
    [admin] = [route for route in app.routes if isinstance(route, Mount) and route.path == "/admin"]
    assert isinstance(admin.app, Starlette)
    admin.app.router.routes.insert(0, Route("/broken", broken_for_staff))
    async with serving(app, "127.0.0.1", 0) as address, httpx.AsyncClient(base_url=address, trust_env=False) as http:
        failed = [await http.get(path) for path in ("/broken", "/api/v1/broken", "/admin/broken")]
        others = [await http.get(path) for path in ("/health", "/docs", "/openapi.json", "/api/v1/nothing", "/log-in/")]
    assert [reply.status_code for reply in failed] == [500, 500, 500]
    for reply in (*failed, *others):
        lacking = [name for name in SAFE if name not in reply.headers]
        assert lacking == [], reply.url
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["cache-control"] == "no-store"
    assert {"script-src 'self'" in reply.headers["content-security-policy"] for reply in failed} == {True, False}
