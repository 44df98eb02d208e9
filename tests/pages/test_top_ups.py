"""Bringing money into a wallet on the pages: how to pay, and what has arrived."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from store.wallets.wallets import wallet_for
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.chain import Chain, arrival


async def _wallet(cabinet: Cabinet, owner: Person) -> str:
    """The page of the owner's wallet in USDT; addresses are free."""
    await Chain(cabinet.market.database).fill_pool()
    async with cabinet.market.database.transaction() as session:
        wallet = await wallet_for(session, UUID(owner.user_id), "USDT")
    return f"/my/wallets/{wallet.id}"


async def test_a_client_orders_a_top_up_and_sees_how_to_pay_it_and_what_comes(cabinet: Cabinet) -> None:
    anna, eve, chain = await cabinet.client("Anna", 1), await cabinet.client("Eve", 2), Chain(cabinet.market.database)
    wallet = await _wallet(cabinet, anna)
    await chain.block()
    assert "Nothing was ordered yet" in await anna.read(f"{wallet}/top-ups")
    await anna.send(f"{wallet}/top-ups", gateway="usdt_tron", amount="0.5")
    assert "The least that can be added this way is 1.00" in anna.words.replace("\xa0", " ")
    await anna.send(f"{wallet}/top-ups", gateway="usdt_tron", amount="25")
    path = anna.at
    [address] = re.findall(r'<dd class="code-like">(T[^<]+)</dd>', anna.page.text)
    assert re.search(r'<figure class="qr"[^>]*><svg xmlns', anna.page.text) and "style=" not in anna.page.text
    assert f"tron:{address}?amount=25.000000" in anna.page.text and "Waiting for the money" in anna.words
    await eve.read(path)
    assert eve.page.status_code == 404
    at = await chain.now()
    await chain.block(arrival(address, "10", at), at=at)
    assert "A part has arrived" in await anna.read(path)
    await chain.block(arrival(address, "20", at), at=at + timedelta(seconds=3))
    assert "In the wallet: more than ordered" in await anna.read(path) and "How to pay" not in anna.words
    assert "30.00" in (await anna.read(wallet)) and "Top-up" in anna.words
    roubles = await cabinet.market.database.run(lambda session: wallet_for(session, UUID(anna.user_id), "JPY"))
    assert "There is no way yet to bring JPY" in await anna.read(f"/my/wallets/{roubles.id}/top-ups")


async def test_a_form_sent_twice_orders_one_and_the_deal_is_kept(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    wallet = await _wallet(cabinet, anna)
    await anna.read(f"{wallet}/top-ups?deal=01890000-0000-7000-8000-000000000000")
    form = anna.form(f"{wallet}/top-ups")
    assert form.fields["deal"] == "01890000-0000-7000-8000-000000000000"
    sent = form.fields | {"gateway": "usdt_tron", "amount": "5"}
    assert (await anna.http.post(form.url, data=sent)).status_code == 404
    replies = [await anna.http.post(form.url, data=sent | {"deal": ""}) for _ in range(3)]
    assert len({reply.url.path for reply in replies}) == 1
    [(count,)] = await cabinet.rows("SELECT count(*) FROM top_ups WHERE wallet_id = :id", id=wallet.rsplit("/", 1)[1])
    assert count == 1
