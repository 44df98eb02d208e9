"""The whole way of a seller, an administrator and a buyer in their browsers, on the real stack."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Site, Visitor


async def _adds_his_account(site: Site, seller: Visitor) -> None:
    """And confirms it with the bank's code: it is then the payout account."""
    assert seller.somebody is not None
    await seller.follow("Accounts")
    await seller.page.locator("#bank").select_option("2")
    await seller.page.locator("#number").fill(seller.somebody.number)
    await seller.picture("accounts")
    await seller.press("Add the account")
    await seller.press("Have the bank send a code")
    await seller.see("The bank has sent a code.")
    await seller.picture("account-confirmation")
    await seller.page.locator("#code").fill((await site.code_of(seller.somebody)).lower())
    await seller.press("Confirm the account")
    await seller.see("Payouts go here")


@pytest.mark.source(
    "marketplace:49-52",
    "marketplace:65-66",
    "marketplace:67-70",
    "marketplace:71-72",
    "marketplace:83-84",
    "marketplace:199-204",
    "marketplace:209",
    "discussion:15-16",
    "discussion:19-20",
    "discussion:43-44",
    "discussion:45-52",
    "discussion:61-62",
)
async def test_a_seller_puts_up_an_offer_an_administrator_lets_it_through_and_a_buyer_pays_it(site: Site):
    seller = await site.visitor(await site.somebody("Sonja Seller", 2, named=False), by_form=True)
    assert seller.somebody is not None
    await _adds_his_account(site, seller)

    await seller.go("/my/offers/new")
    await seller.page.locator("#title").fill("A walnut desk")
    await seller.page.locator("#description").fill("Solid, 140 by 70 cm.\nPicked up in Kazan.")
    await seller.page.locator("#price").fill("1,000.00".replace(",", " "))
    await seller.picture("offer-form")
    await seller.press("Send to moderation")
    await seller.see("Waiting for moderation")

    buyer = await site.visitor(await site.somebody("Boris Buyer", 1), by_form=True)
    assert buyer.somebody is not None
    await buyer.see("Nothing is on sale yet")
    admin = await site.administrator(by_form=True)
    await admin.picture("admin")
    await admin.go("/admin/moderation")
    await admin.see("Solid, 140 by 70 cm.")
    await admin.page.get_by_label("Percent").fill("101")
    await admin.press("Approve")
    assert await admin.page.locator("[aria-invalid=true]").count() == 1
    await admin.picture("admin-moderation")
    await admin.page.get_by_label("Percent").fill("7.5")
    await admin.press("Approve")
    await admin.see("None: every offer is decided.")
    await buyer.go("/")
    await buyer.picture("offers")
    await buyer.follow("A walnut desk")
    await buyer.picture("offer")
    await buyer.press("Buy")
    await buyer.see("How do you want to pay?")
    await buyer.picture("checkout")
    await buyer.press("Review the total")
    await buyer.see("Is this right?")
    await buyer.picture("review")
    await buyer.press("Pay 1,0")
    await buyer.see("Enter the code")
    await buyer.picture("code")
    await buyer.page.locator("#code").fill((await site.code_of(buyer.somebody)).lower())
    await buyer.press("Pay 1,0")
    await buyer.see("The seller has been paid.")
    await buyer.picture("paid")
    await buyer.follow("To the deal")
    await buyer.see("The seller got the money")
    await buyer.picture("deal")

    assert await site.taken(buyer.somebody) == "3975.00, 0.00 held"
    await seller.go("/my/earnings")
    await seller.see("925.00")
    await seller.picture("earnings")
    await seller.follow("A walnut desk")
    await seller.page.get_by_text("Give money back").first.click()
    await seller.page.locator("#amount").fill("1000.01")
    await seller.page.locator("#reason").fill("A scratch on the lid")
    await seller.press("Give the money back")
    assert "At most 1,000.00" in await seller.page.locator("#amount-error").inner_text()
    await seller.page.locator("#amount").fill("100")
    await seller.press("Give the money back")
    await seller.see("A refund is done")
    await seller.picture("refunded")
    assert "percent" not in (await seller.page.content()).lower()
    assert "422" in " ".join(admin.faults)
    assert [fault for fault in seller.faults if "409" not in fault] + buyer.faults == []
