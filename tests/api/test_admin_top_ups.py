"""Administrators find a top-up by its address, and what came in for it, with the ways to its deal and its workflow."""

from __future__ import annotations

import re
from html import unescape

from tests.fixtures.administration import browser, log_in
from tests.fixtures.chain import Chain, arrival
from tests.fixtures.people import People
from tests.fixtures.suspense import in_suspense
from tests.fixtures.wallets import Wallets


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))).replace("\xa0", " ")


async def test_a_top_up_is_found_by_its_address_with_all_that_came_for_it(wallets: Wallets, people: People) -> None:
    chain = Chain(wallets.api.database)
    await chain.fill_pool()
    await chain.block()
    wallet = await wallets.wallet(currency="USDT")
    order = {"wallet_id": wallet, "gateway": "usdt_tron", "amount": {"amount": "80", "currency": "USDT"}}
    top_up = await wallets.api.client.make("/top-ups", order)
    address, at = top_up["gateway_data"]["address"], await chain.now()
    await chain.block(arrival(address, "30", at), arrival(address, "20", at, held_back=True), at=at)
    unowned = await in_suspense(wallets.api.database, "12.34")
    async with browser(people.api) as client:
        await log_in(client, await people.staff(administrator=True))
        listed = words((await client.get("/admin/top-ups/list", params={"q": address})).text)
        shown = (await client.get("/admin/top-ups/detail", params={"pk": top_up["top_up_id"]})).text
        held_back = words((await client.get("/admin/incoming-transfers/list", params={"q": "held_back"})).text)
        case = (await client.get("/admin/incoming-transfers/detail", params={"pk": str(unowned.id)})).text
        strange = words((await client.get("/admin/top-ups/list", params={"q": "T" + "x" * 33})).text)
    assert address in listed and "80.000000 USDT" in listed and "30.000000 USDT" in listed
    assert "confirmed" in listed and "second" in listed
    assert f"top-up%2F{top_up['top_up_id']}" in shown and "30.000000 USDT" in words(shown)
    assert "20.000000 USDT" in held_back and "held_back" in held_back
    assert f"/admin/suspense/{unowned.id}" in case
    assert address not in strange and "USDT" not in strange
