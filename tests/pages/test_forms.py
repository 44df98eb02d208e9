"""Unexpected forms, and values in forms that a browser could take for a program."""

from __future__ import annotations

import re
from typing import Any

import pytest
import pytest_asyncio

from tests.fixtures.cabinet import Cabinet, Person
from tests.pages.routes import PageRoute, page_routes
from tests.pages.world import SAID, World, open_world

FORMS = [page for page in page_routes() if page.method == "POST"]
PAGES = [page for page in page_routes() if page.method == "GET" and "/static/" not in page.path]
KINDS_EACH = 1  # of the seven; somebody else sends the next one to the same form
SCRIPT = "</title><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'{{7*7}}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(cabinet: Cabinet) -> World:
    """Each text that a client or a shop can leave behind has a script in it."""
    return await open_world(cabinet, SCRIPT)


async def _csrf(somebody: Person) -> str:
    await somebody.read("/my/profile" if somebody.user_id else "/sign-up")
    return somebody.form("/log-out" if somebody.user_id else "/sign-up").fields["csrf"]


def _forms_of(somebody: Person) -> list[PageRoute]:
    """All but the log-out, which would end the session."""
    return [page for page in FORMS if page.path != "/log-out" and (somebody.user_id or not page.guarded)]


async def test_no_form_takes_an_upload_another_media_type_or_a_field_that_it_does_not_have(world: World) -> None:
    before, taken, asked = await world.written(), [], 0
    for person, somebody in enumerate((world.seller, world.buyer, world.cabinet.stranger())):
        csrf = await _csrf(somebody)
        for number, page in enumerate(_forms_of(somebody)):
            url = page.filled({**world.values, "token": "x"})
            fields = {"csrf": csrf, **SAID.get(str(page), {})}
            sent: dict[str, dict[str, Any]] = {
                "an upload": {"data": fields, "files": {"title": ("x.svg", b"<svg onload='x'/>", "image/svg+xml")}},
                "JSON": {"json": fields},
                "text": {"content": "csrf=" + csrf, "headers": {"Content-Type": "text/plain"}},
                "another field": {"data": fields | {"roles": "administrator"}},
                "a field twice": {"data": {**fields, "csrf": [csrf, csrf]}},
                "NUL": {"data": fields | {"csrf": csrf + "\0"}},
                "a coding": {"data": fields, "headers": {"Content-Encoding": "gzip"}},
            }
            for place in range(KINDS_EACH):
                what = list(sent)[(number + KINDS_EACH * person + place) % len(sent)]
                reply = await somebody.http.post(url, follow_redirects=False, **sent[what])
                asked += 1
                if reply.status_code not in (403, 415 if what == "a coding" else 422):
                    taken.append((str(page), what, reply.status_code))
    assert taken == []
    assert asked > 100
    assert await world.written() == before


async def test_a_script_in_any_text_is_shown_as_text_on_every_page(world: World) -> None:
    cabinet, seller, buyer = world.cabinet, world.seller, world.buyer
    done = await buyer.buy(await cabinet.on_sale(seller, title=f"A chair{SCRIPT}"))
    await buyer.pay(done)
    await seller.read(f"/deals/{done}")
    await seller.until("Completed")
    await seller.send(f"/deals/{done}/refund", amount="100", reason=f"A scratch{SCRIPT}")
    await seller.until("A refund is done")
    begun = await buyer.buy(await cabinet.on_sale(seller, title=f"A lamp{SCRIPT}"))
    await buyer.pay(begun, "400")
    await buyer.read(f"/deals/{begun}")
    await buyer.until("partly paid")  # the deal has moved on; a form made before that would be refused as outdated
    await buyer.send(f"/deals/{begun}/cancellation", reason=f"Too dear{SCRIPT}")
    faults, shown = [], 0
    for somebody in (seller, buyer, cabinet.stranger()):
        for deal in (world.values["deal_id"], done, begun):
            for page in PAGES:
                if deal in (done, begun) and "{deal_id}" not in page.path:
                    continue
                news = "?seen=nothing" if page.path.endswith("/live") else ""
                reply = await somebody.http.get(page.filled(world.values | {"deal_id": deal} | _OTHERS) + news)
                shown += reply.text.count("document.title=&#39;owned&#39;")
                if re.search(r"<script>doc|<img src=x|</title><script|'\{\{7\*7|\b49\b.*owned", reply.text):
                    faults.append((somebody.name[:5], str(page)))
    assert faults == []
    assert shown > 60
    for deal, words in ((done, "A scratch</title><script>"), (begun, "Too dear</title><script>")):
        for somebody in (seller, buyer):
            assert words in await somebody.read(f"/deals/{deal}")


@pytest.mark.source("marketplace:1-7")
async def test_a_page_of_staff_shows_it_as_text_too(world: World) -> None:
    administrator = await world.cabinet.administrator()
    links = re.findall(r'href="[^"]*?(/admin/[^"#]*)"', (await administrator.http.get("/admin/")).text)
    pages = {"/admin/moderation", *(link for link in links if "logout" not in link and "/static/" not in link)}
    shown = 0
    for path in sorted(pages):
        reply = await administrator.http.get(path)
        assert reply.status_code == 200, path
        assert not re.search(r"<script>doc|<img src=x", reply.text), path
        shown += reply.text.count("owned")
    assert shown > 2


_OTHERS = {"code": "en", "token": "x"}
