"""Deadlines count down to the second by the market's clock, with any browser clock."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from tests.pages.conftest import Site, Somebody, Visitor

WRONG_CLOCK = datetime(2020, 2, 29, 23, 59, 30, tzinfo=UTC)


async def left_s(site: Site, deal_id: str) -> float:
    """Seconds to the deadline by the market database."""
    query = text("SELECT extract(epoch FROM pay_by - market_now(id)) FROM deals WHERE id = CAST(:id AS uuid)")
    async with site.market.database.transaction() as session:
        return float((await session.execute(query, {"id": deal_id})).scalar_one())


async def begun(site: Site, buyer: Somebody, pay_within_s: int) -> str:
    offer = await site.on_sale(await site.somebody("Sonja", 2), pay_within_s=pay_within_s)
    return (await site.shop.buy(offer["id"], str(buyer.user_id)))["id"]


def seconds_of(shown: str) -> int:
    """`6 days 23:59:59` in seconds."""
    words = shown.split()
    hours, minutes, seconds = map(int, words[-1].split(":"))
    assert len(words) in (1, 3) and (len(words) == 1 or words[1] in ("day", "days"))
    return (int(words[0]) if len(words) == 3 else 0) * 86_400 + hours * 3600 + minutes * 60 + seconds


async def shown_s(visitor: Visitor) -> int:
    return seconds_of(await visitor.page.get_by_role("timer").last.inner_text())


async def test_every_page_of_a_payment_counts_down_by_the_markets_clock(site: Site) -> None:
    buyer = await site.visitor(await site.somebody("Boris", 1))
    assert buyer.somebody is not None
    deal = await begun(site, buyer.somebody, 3600)
    page, clock = buyer.page, buyer.page.clock
    await clock.install(time=WRONG_CLOCK)

    async def counts_down(picture: str) -> None:
        until = page.locator("p", has=page.locator(".lasting")).last
        first = await shown_s(buyer)
        assert await left_s(site, deal) - 1 <= first <= before
        place = await until.bounding_box()
        await clock.fast_forward("30:00")
        second = await shown_s(buyer)
        assert await left_s(site, deal) - 1801 <= second <= first - 1800
        assert await until.locator(".near").count() == 0
        await clock.fast_forward("25:00")
        assert await shown_s(buyer) <= second - 1500
        assert await until.locator(".near [role=timer]").count() == 1
        assert await until.bounding_box() == place
        await buyer.picture(f"countdown-{picture}")
        await clock.fast_forward("10:00")
        assert await until.get_by_text("The time to pay is over.").is_visible()
        await page.reload()

    for path in (f"/deals/{deal}", f"/deals/{deal}/payment"):
        before = await left_s(site, deal)
        await buyer.go(path)
        await counts_down(path.rsplit("/", 1)[1][-7:])
    before = await left_s(site, deal)
    await buyer.press("Review the total")
    await buyer.see("Is this right?")
    await counts_down("total")
    before = await left_s(site, deal)
    await buyer.press("Pay ")
    await buyer.see("Enter the code")
    await counts_down("code")
    assert buyer.faults == []


async def test_the_code_says_how_long_it_is_good_for_how_often_and_where_it_is(site: Site) -> None:
    buyer = await site.visitor(await site.somebody("Boris", 1))
    assert buyer.somebody is not None
    deal = await begun(site, buyer.somebody, 7 * 86_400)
    await buyer.go(f"/deals/{deal}/payment")
    assert (await buyer.page.get_by_role("timer").inner_text()).startswith("6 days 23:5")
    await buyer.press("Review the total")
    await buyer.press("Pay ")
    await buyer.see("It went to the address that your bank has for you.")
    await buyer.see("Open that mailbox, and come back to this page with the code.")
    await buyer.see("Tries left: 5")
    assert 0 < seconds_of(await buyer.page.get_by_role("timer").first.inner_text()) <= 600
    await buyer.page.locator("#code").fill("AAAA-AAAA")
    await buyer.press("Pay ")
    await buyer.see("Tries left: 4")
    await buyer.page.clock.install()
    await buyer.page.reload()
    await buyer.page.clock.fast_forward("10:00")
    await buyer.see("This code has expired. Ask for another one.")
    assert await buyer.page.get_by_role("timer").count() == 1


async def test_without_script_a_page_says_that_its_time_is_that_of_its_opening(site: Site) -> None:
    somebody = await site.somebody("Boris", 1)
    deal = await begun(site, somebody, 7 * 86_400)
    for locale, words, day in (
        ("en-GB", "when this page was opened", "6 days"),
        ("ru", "на момент открытия", "6 дней"),
    ):
        buyer = await site.visitor(somebody, script=False, locale=locale)
        await buyer.go(f"/deals/{deal}")
        assert words in await buyer.page.locator("main").inner_text()
        assert (await buyer.page.get_by_role("timer").inner_text()).startswith(f"{day} 23:5")
        scripted = await site.visitor(somebody, locale=locale)
        await scripted.go(f"/deals/{deal}")
        assert (await scripted.page.get_by_role("timer").inner_text()).startswith(f"{day} 23:5")
        assert words not in await scripted.page.locator("main").inner_text()
