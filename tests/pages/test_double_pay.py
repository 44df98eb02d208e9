"""Nobody pays twice, however a browser or its user sends a form that moves money."""

from __future__ import annotations

import pytest
from playwright.async_api import Route

from tests.pages.conftest import Site

NEWS = "**/live?*"


async def unanswered(_: Route) -> None:
    """News that never come."""


@pytest.mark.source("discussion:17-18")
async def test_reload_back_double_click_and_two_tabs_pay_once(site: Site):
    seller = await site.somebody("Sonja", 2)
    buyer = await site.visitor(await site.somebody("Boris", 2))
    assert buyer.somebody is not None
    offer = await site.on_sale(seller)
    page = buyer.page

    await buyer.go(f"/offers/{offer['id']}")
    await page.locator("aside button").dblclick(no_wait_after=True)
    await buyer.see("How do you want to pay?")
    await page.go_back()
    await page.reload()
    await buyer.follow("Continue to payment")
    await buyer.see("How do you want to pay?")
    [deal] = [each for each in (await site.shop.read("/deals"))["items"] if each["offer_id"] == offer["id"]]

    await buyer.press("Review the total")
    await buyer.see("Is this right?")
    review = page.url
    other = await buyer.context.new_page()
    await other.route(NEWS, unanswered)  # else it may show that the code was entered before it enters it too
    await other.goto(review)
    await page.get_by_role("button", name="Pay 1,000.00").click()
    await buyer.see("Enter the code")
    paying = page.url
    await other.get_by_role("button", name="Pay 1,000.00").click()
    await other.get_by_text("Enter the code").wait_for()
    assert other.url == paying
    await page.go_back()
    await page.reload()
    await buyer.follow("Go on: 1,000.00")
    await buyer.see("Enter the code")
    assert page.url == paying
    assert (await site.shop.read(f"/deals/{deal['id']}"))["payments"] == [paying.rsplit("/", 1)[1]]

    code = await site.code_of(buyer.somebody)
    await page.locator("#code").fill(code)
    await other.locator("#code").fill(code)
    await page.get_by_role("button", name="Pay 1,000.00").click()
    async with other.expect_response(lambda answer: answer.request.method == "POST"):
        await other.get_by_role("button", name="Pay 1,000.00").click()
    await buyer.see("The seller has been paid.")
    await page.reload()
    await other.unroute(NEWS)
    await other.reload()
    await other.get_by_text("The seller has been paid.").wait_for()
    payment = await site.shop.read(f"/payments/{paying.rsplit('/', 1)[1]}")

    assert len(payment["attempts"]) == 1
    assert await site.operations(buyer.somebody) == [
        ("debit", "success", 1000_00),
        ("credit", "success", 950_00),
        ("credit", "success", 50_00),
    ]
    assert await site.steps(payment["id"]) == [("capture", "done"), ("credit", "done"), ("commission", "done")]
    assert await site.taken(buyer.somebody) == "4000.00, 0.00 held"
    assert await site.taken(seller) == "5950.00, 0.00 held"


@pytest.mark.source("marketplace:87-90")
async def test_two_parts_pay_the_price_and_not_more(site: Site):
    seller = await site.somebody("Sonja", 2)
    buyer = await site.visitor(await site.somebody("Boris", 2))
    assert buyer.somebody is not None
    deal = await site.shop.buy((await site.on_sale(seller))["id"], str(buyer.somebody.user_id))

    await buyer.go(f"/deals/{deal['id']}/payment")
    await buyer.page.get_by_label("A part of it").check()
    await buyer.page.locator("#amount").fill("1000.01")
    await buyer.press("Review the total")
    await buyer.see("At most 1,000.00 RUB can be paid now.")
    await buyer.page.locator("#amount").fill("abc")
    await buyer.press("Review the total")
    assert await buyer.page.locator("#amount-error").inner_text() != ""
    after = site.market.mailbox.last_id
    for amount, words in (("400", "The rest is still to be paid"), ("", "The seller has been paid.")):
        await buyer.go(f"/deals/{deal['id']}/payment")
        if amount:
            await buyer.page.get_by_label("A part of it").check()
            await buyer.page.locator("#amount").fill(amount)
        await buyer.press("Review the total")
        await buyer.press("Pay ")
        await buyer.see("Enter the code")
        await buyer.page.locator("#code").fill(await site.code_of(buyer.somebody, after))
        after = site.market.mailbox.last_id
        await buyer.press("Pay ")
        await buyer.see(words)

    assert await site.taken(buyer.somebody) == "4000.00, 0.00 held"
