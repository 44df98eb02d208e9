"""The hosted checkout: a person without an account here pays one deal, and is sent back to the shop."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import text

from tests.pages.conftest import RETURN_ORIGIN, Site


async def test_a_stranger_pays_behind_a_link_once_and_sees_nothing_else(site: Site):
    seller, buyer = await site.somebody("Sonja", 2), await site.somebody("Boris", 1)
    offer = await site.on_sale(seller, title="A lamp")
    deal = await site.shop.buy(offer["id"], str(buyer.user_id))
    other = await site.shop.buy(offer["id"], str(buyer.user_id))
    back = f"{RETURN_ORIGIN}/orders/17"
    link = await site.shop.make(f"/deals/{deal['id']}/checkout-links", {"return_url": back})
    path = urlsplit(link["url"]).path

    guest = await site.visitor()
    await guest.go(path)
    await guest.go(path)  # looking uses nothing up
    await guest.picture("hosted-arrival")
    await guest.press("Continue to payment")
    await guest.see("How do you want to pay?")
    assert await guest.page.get_by_role("link", name="Back to the shop").get_attribute("href") == back
    await guest.picture("hosted-checkout")
    await guest.press("Review the total")
    await guest.press("Pay ")
    await guest.see("Enter the code")
    await guest.page.locator("#code").fill(await site.code_of(buyer))
    await guest.press("Pay ")
    await guest.see("The seller has been paid.")
    await guest.picture("hosted-paid")
    assert await site.taken(buyer) == "3975.00, 0.00 held"

    await guest.go(f"/offers/{offer['id']}")  # where the buyer has begun another purchase
    await guest.see("Log in to buy")
    assert await guest.page.locator("main form, main a[href*='/deals/']").count() == 0
    for elsewhere in (f"/deals/{other['id']}/payment", f"/deals/{deal['id']}", "/my/accounts"):
        answer = await guest.page.goto(site.address + elsewhere)
        assert answer is not None
        assert answer.status == 404
    await guest.go(path)  # the person who opened it continues
    assert urlsplit(guest.page.url).path == f"/deals/{deal['id']}/payment"


async def test_a_link_that_opens_nothing_says_why_and_leads_back_to_the_shop(site: Site):
    seller, buyer = await site.somebody("Sonja", 2), await site.somebody("Boris", 1)
    deal = await site.shop.buy((await site.on_sale(seller))["id"], str(buyer.user_id))
    back = f"{RETURN_ORIGIN}/orders/18"
    links = [await site.shop.make(f"/deals/{deal['id']}/checkout-links", {"return_url": back}) for _ in range(2)]
    used, over = [urlsplit(link["url"]).path for link in links]

    guest = await site.visitor()
    await guest.go(used)
    # A first visit: the times of the page and what it says of them are of one zone, the browser's.
    assert await guest.page.locator("#zone").inner_text() == "Europe/Moscow"
    shown = await guest.page.locator("time[data-seconds]").inner_text()
    assert re.search(r"\d\d:\d\d:\d\d GMT\+3$", shown), shown
    await guest.press("Continue to payment")
    await guest.see("How do you want to pay?")

    async with site.market.database.transaction() as session:
        ended = "UPDATE checkout_links SET expires_at = clock_timestamp() WHERE opened_at IS NULL"
        await session.execute(text(ended))
    stranger = await site.visitor()
    for path, status, words in (
        (used, 410, "This link was opened already"),
        (over, 410, "This link has expired"),
        ("/pay/nonsense", 404, "This payment link is not valid"),
    ):
        answer = await stranger.page.goto(site.address + path)
        assert answer is not None and answer.status == status
        await stranger.see(words)
        shop = stranger.page.get_by_role("link", name="Back to the shop")
        assert await shop.count() == (1 if status == 410 else 0)
        if status == 410:
            assert await shop.get_attribute("href") == back
    await stranger.picture("hosted-ended")
