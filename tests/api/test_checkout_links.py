"""Links to a hosted checkout: unguessable, for one deal, opened once, and back only to sites that were named."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, MarketClient, Refused, new_key
from tests.fixtures.shop import Shop

ORIGIN = "https://shop.example"
BACK = {"return_url": f"{ORIGIN}/orders/17?paid=1"}


async def administrator(api: Api) -> MarketClient:
    async with api.database.transaction() as session:
        operator = await create_operator(session, "Ada", administrator=True)
        secret = await issue_key(session, api.settings.pepper_bytes, operator_id=operator.id)
    return api.caller(secret)


async def named(api: Api, *origins: str) -> Json:
    staff = await administrator(api)
    try:
        return await staff.make(f"/marketplaces/{api.marketplace_id}/return-origins", {"origins": list(origins)})
    finally:
        await staff.aclose()


async def test_a_link_opens_our_page_and_a_repeat_returns_the_same_link_without_storing_it(shop: Shop) -> None:
    api, deal, key = shop.api, await shop.deal(), new_key()
    assert (await named(api, f"{ORIGIN}/any/page"))["origins"] == [ORIGIN]
    first = await api.client.post(f"/deals/{deal['id']}/checkout-links", BACK, key=key)
    again = await api.client.post(f"/deals/{deal['id']}/checkout-links", BACK, key=key)
    other = await api.client.make(f"/deals/{deal['id']}/checkout-links", BACK)
    link = first.json()
    assert first.status_code == 201
    assert (again.json(), again.headers["idempotency-replayed"]) == (link, "true")
    assert link["return_url"] == BACK["return_url"]
    token = urlsplit(link["url"]).path.removeprefix("/pay/")
    assert (link["url"].startswith(api.settings.public_url), len(token)) == (True, 43)
    assert other["url"] != link["url"]
    for table in ("checkout_links", "idempotency_answers"):
        rows = await api.rows(f"SELECT {table}::text FROM {table}")
        assert rows
        assert not [row for row in rows if token in row[0]]


ELSEWHERE = ("https://elsewhere.example/", "https://shop.example.evil.example/", "https://shop.example:8443/")
NO_SITES = ("https://shop.example@evil.example/", "http://shop.example/", "javascript:alert(1)", "//shop.example/")


async def test_a_link_that_leads_elsewhere_or_lasts_for_ever_is_refused(shop: Shop) -> None:
    deal = await shop.deal()
    await named(shop.api, ORIGIN)
    cases: list[tuple[Json, str, str]] = [
        *(({"return_url": url}, "return_url_not_allowed", "return_url") for url in ELSEWHERE),
        *(({"return_url": url}, "bad_return_url", "return_url") for url in NO_SITES),
        *((BACK | {"lasts_s": seconds}, "invalid_field", "lasts_s") for seconds in (59, 604_801)),
        (BACK | {"deal": "another"}, "unknown_field", "deal"),
    ]
    for body, code, field in cases:
        with pytest.raises(Refused) as refused:
            await shop.api.client.make(f"/deals/{deal['id']}/checkout-links", body)
        assert (refused.value.code, refused.value.body["field"]) == (code, field), body


async def test_without_named_sites_there_are_no_links_and_only_sites_can_be_named(shop: Shop) -> None:
    deal = await shop.deal()
    with pytest.raises(Refused, match="return_url_not_allowed"):
        await shop.api.client.make(f"/deals/{deal['id']}/checkout-links", BACK)
    with pytest.raises(Refused, match="bad_return_url"):
        await named(shop.api, "ftp://shop.example")
    staff = await administrator(shop.api)
    with pytest.raises(Refused, match="unknown_marketplace"):
        await staff.make(f"/marketplaces/{deal['id']}/return-origins", {"origins": [ORIGIN]})
    await staff.aclose()
