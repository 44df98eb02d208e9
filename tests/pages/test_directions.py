"""Right-to-left text of users is isolated: it does not affect its surroundings."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import parse_money
from store.wallets.holds import hold_money
from store.wallets.wallets import wallet_for
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.directions import loose
from tests.pages.test_wallets import address, opened

TITLE, NAME, WORDS = "שולחן אגוז 7", "دانا", "בגלל השריטה (2)"


async def _turned_round(somebody: Person, *paths: str) -> dict[str, list[str]]:
    """Texts by page that could change the direction of their surroundings."""
    found = {}
    for path in paths:
        await somebody.read(path)
        assert somebody.page.status_code == 200, path
        found[path] = loose(somebody.page.text)
    return {path: texts for path, texts in found.items() if texts}


async def test_titles_names_and_reasons_of_a_deal(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client(f"{NAME} א", 2), await cabinet.client(f"{NAME} ב", 1)
    offer = await cabinet.on_sale(seller, title=TITLE, terms=None)
    rejected = await cabinet.served.shop.offer(seller.user_id, "5.00", title=TITLE)
    await cabinet.served.operator.make(f"/offers/{rejected['id']}/moderation", {"approve": False, "reason": WORDS})
    deal = await buyer.buy(offer)
    await buyer.pay(deal, "400.00")
    await buyer.read(f"/deals/{deal}")
    await buyer.until("A part of the price is paid")
    assert WORDS in await buyer.send(f"/deals/{deal}/cancellation", reason=WORDS)
    of_buyer = ("/", f"/offers/{offer['id']}", "/my/deals", f"/deals/{deal}", f"/deals/{deal}/payment", "/my/profile")
    of_seller = ("/my/offers", f"/my/offers/{rejected['id']}", f"/deals/{deal}", "/my/earnings")
    assert await _turned_round(buyer, *of_buyer) == {}
    assert await _turned_round(seller, *of_seller) == {}
    await seller.read(f"/deals/{deal}")
    assert WORDS in seller.words and TITLE in seller.words
    assert f"<title>\u2068{TITLE}\u2069 – Holdfast</title>" in seller.page.text
    payment = await buyer.begin(deal, "100.00")
    assert await _turned_round(buyer, f"/payments/{payment}") == {}


async def test_what_wallets_say_of_each_other(cabinet: Cabinet) -> None:
    dana, boris = await cabinet.client(NAME, 1), await cabinet.client(f"{NAME} ב", 1)
    mine, theirs = await opened(cabinet, dana, "500.00"), await opened(cabinet, boris)
    await dana.read(f"{mine}/transfer")
    await dana.send(to=address(theirs), amount="10", details=WORDS)
    await boris.read(f"{theirs}/requests")
    await boris.send(**{"from": address(mine)}, amount="20", details=WORDS)

    async def held(session: AsyncSession) -> None:
        to = await wallet_for(session, UUID(boris.user_id), "RUB")
        sides = (cabinet.market.marketplace_id, UUID(address(mine)), to.id)
        await hold_money(session, *sides, parse_money("5.00", "RUB"), details=WORDS, expires_in=timedelta(days=1))

    await cabinet.market.database.run(held)
    assert await _turned_round(dana, mine, f"{mine}/requests", f"{mine}/holds") == {}
    assert await _turned_round(boris, theirs, f"{theirs}/requests") == {}
    refused = await dana.http.post(f"{mine}/transfer", data={"to": "x", "amount": "0", "details": WORDS})
    assert refused.status_code == 403  # without its token; with it the words are in their field again
    await dana.read(f"{mine}/transfer")
    await dana.send(to="nobody", amount="0", details=WORDS)
    assert loose(dana.page.text) == [] and f'value="{WORDS}"' in dana.page.text
