"""Administrators keep the webhook endpoints of a marketplace at /admin: the acts of REST, and a secret seen once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import httpx

from edge.sealing import Sealer
from market.feed import number_all
from market.webhook_deliveries import Tried, next_batch, record
from tests.fixtures.administration import browser, csrf, log_in
from tests.fixtures.market import Api
from tests.fixtures.people import People
from tests.fixtures.shop import Shop

URL = "https://shop.example/webhooks"
SECRET = re.compile(r"whsec_[\w+/=]+")
WAITING = "SELECT event_id FROM webhook_deliveries WHERE endpoint_id = :id AND state = 'waiting'"


def words(reply: httpx.Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.text)))


def key(page: httpx.Response) -> str:
    return re.findall(r'name="key" value="([^"]+)"', page.text)[0]


async def send(client: httpx.AsyncClient, page: str, what: str, **fields: str) -> httpx.Response:
    """Sends a form of the page, under the key that the page has given it."""
    shown = await client.get(page)
    form = {"csrftoken": csrf(shown.text), "key": key(shown), **fields}
    return await client.post(f"{page.partition('?')[0]}{what}", data=form)


async def made(client: httpx.AsyncClient, api: Api, url: str = URL, **more: str) -> tuple[str, str]:
    """The page of a new endpoint, and its secret."""
    said = {"marketplace": str(api.marketplace_id), "url": url, "types": "", **more}
    shown = await send(client, f"/admin/webhooks?marketplace={api.marketplace_id}", "", **said)
    assert shown.status_code == 200, words(shown)
    [id_] = set(re.findall(r"/admin/webhooks/([0-9a-f-]{36})/secret", shown.text))
    [secret] = SECRET.findall(shown.text)
    return f"/admin/webhooks/{id_}", secret


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_made(people: People) -> None:
    api = people.api
    async with browser(api) as client:
        await log_in(client, await people.staff(administrator=True))
        page = f"/admin/webhooks?marketplace={api.marketplace_id}"
        for fields, field, said in (
            ({"url": "http://10.0.0.7/", "types": ""}, "url", "https"),
            ({"url": URL, "types": "deal.funded deal.fonded"}, "types", "no event of the type deal.fonded"),
            ({"url": URL, "types": "", "email": "nobody"}, "email", "not an e-mail address"),
        ):
            refused = await send(client, page, "", marketplace=str(api.marketplace_id), **fields)
            assert refused.status_code == 422 and said in words(refused), words(refused)
            assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', refused.text)
        for unknown in ("", "nobody", str(UUID(int=7))):
            refused = await send(client, page, "", marketplace=unknown, url=URL, types="")
            assert refused.status_code == 422 and "no such marketplace" in words(refused), words(refused)
    urls = [one["url"] for one in (await api.client.read("/webhook-endpoints"))["items"]]
    assert "http://10.0.0.7/" not in urls


async def test_a_secret_is_shown_once_and_again_only_to_the_same_form(people: People) -> None:
    api, url = people.api, f"{URL}/once"
    async with browser(api) as client:
        await log_in(client, await people.staff(administrator=True))
        shown = await client.get(f"/admin/webhooks?marketplace={api.marketplace_id}")
        form = {"csrftoken": csrf(shown.text), "key": key(shown), "url": url, "types": "deal.funded, deal.completed"}
        form["marketplace"] = str(api.marketplace_id)
        first, again = [await client.post("/admin/webhooks", data=form) for _ in "12"]
        [page] = {f"/admin/webhooks/{id_}" for id_ in re.findall(r"/admin/webhooks/([0-9a-f-]{36})/secret", first.text)}
        later = await client.get(page)
        rotated = await send(client, page, "/secret")
    [secret], [new] = SECRET.findall(first.text), SECRET.findall(rotated.text)
    assert SECRET.findall(again.text) == [secret] and SECRET.findall(later.text) == []
    assert new != secret and "the one before signs too until" in words(rotated)
    [endpoint] = [one for one in (await api.client.read("/webhook-endpoints"))["items"] if one["url"] == url]
    assert (endpoint["types"], endpoint["secrets"]) == (["deal.completed", "deal.funded"], 2)


async def test_an_endpoint_is_tested_watched_changed_sent_to_again_and_deleted(people: People, shop: Shop) -> None:
    api = people.api
    async with browser(api) as client:
        await log_in(client, await people.staff(administrator=True))
        page, _ = await made(client, api, f"{URL}/watched")
        assert (await send(client, page, "/test")).status_code == 303
        assert "webhook.test" in words(await client.get(page))
        await _answered(api, page, 204)
        await shop.deal()
        await number_all(api.database)
        await _answered(api, page, 503, "not today")
        failing = words(await client.get(f"{page}?state=waiting"))
        assert "503 in 12 ms not today" in failing and "webhook.test" not in failing and "Failing since" in failing
        span = {"since": "2020-01-01T00:00:00", "until": "2100-01-01T00:00"}
        long_ago = {"since": "2019-01-01T00:00:00", "until": "2019-01-02T00:00:00"}
        for those, number in ((long_ago, "0"), (span, "[1-9]")):
            assert (await send(client, page, "/redelivery", **those)).status_code == 303
            assert re.search(f"Events that are sent again: {number}", words(await client.get(page)))
        await _answered(api, page, 204)
        delivered = await client.get(f"{page}?state=delivered")
        [event, *_] = re.findall(r'name="event" value="([^"]+)"', delivered.text)
        assert (await send(client, page, "/redelivery", event=event)).status_code == 303
        assert [row[0] for row in await api.rows(WAITING, id=_id(page))] == [UUID(event)]
        wrong = await send(client, page, "/redelivery", since="yesterday", until="2100-01-01T00:00")
        assert wrong.status_code == 422 and "Say from when and until when" in words(wrong)
        changed = await send(client, page, "/change", url=f"{URL}/new", types="", enabled="no", language="ru")
        refused = await send(client, page, "/redelivery", **span)
        assert (changed.status_code, refused.status_code) == (303, 409) and "is disabled" in words(refused)
        assert (await send(client, page, "/deletion")).status_code == 303
        last = await client.get(page)
        gone = await client.post(f"{page}/secret", data={"csrftoken": csrf(last.text), "key": "x"})
    assert "deleted" in words(last) and "<form" not in last.text.partition("<main")[2].partition("Deliveries")[0]
    assert gone.status_code == 404
    states = await api.rows("SELECT DISTINCT state FROM webhook_deliveries WHERE endpoint_id = :id", id=_id(page))
    assert {row[0] for row in states} <= {"delivered", "dropped"}


async def _answered(api: Api, page: str, status: int, answer: str = "") -> None:
    """What is due is sent, and answered so."""
    async with api.database.transaction() as session:
        batch, _ = await next_batch(session, _id(page), Sealer(api.settings.sealing_key_bytes))
        while batch is not None:
            at = batch.now - timedelta(seconds=1)
            tried = [Tried(one.delivery_id, at, 12, status=status, answer=answer) for one in batch.messages]
            await record(session, _id(page), tried)
            batch, _ = await next_batch(session, _id(page), Sealer(api.settings.sealing_key_bytes))


def _id(page: str) -> UUID:
    return UUID(page.rpartition("/")[2])
