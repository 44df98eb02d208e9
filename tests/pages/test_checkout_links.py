"""The hosted checkout: somebody without an account of ours pays one deal, and is sent back to the shop."""

from __future__ import annotations

from urllib.parse import urlsplit

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
    await guest.press("Go on to the payment")
    await guest.see("How do you want to pay?")
    assert await guest.page.get_by_role("link", name="Back to the shop").get_attribute("href") == back
    await guest.picture("hosted-checkout")
    await guest.press("Go on to the total")
    await guest.press("Pay ")
    await guest.see("Enter the code")
    await guest.page.locator("#code").fill(await site.code_of(buyer))
    await guest.press("Pay ")
    await guest.see("The seller has been paid.")
    await guest.picture("hosted-paid")
    assert await site.taken(buyer) == "3975.00, 0.00 held"

    for elsewhere in (f"/deals/{other['id']}/payment", f"/deals/{deal['id']}", "/my/accounts"):
        answer = await guest.page.goto(site.address + elsewhere)
        assert answer is not None
        assert answer.status == 404
    second = await site.visitor()
    answer = await second.page.goto(site.address + path)
    assert answer is not None
    assert answer.status == 404
