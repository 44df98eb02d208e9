"""Pages for everybody: with other languages, without script, with other tools, and with hostile texts in them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from axe_playwright_python.base import AXE_SCRIPT

from domain.money import parse_money
from market.withdrawals import mail_code
from store.banks.accounts import accounts_of
from store.wallets.holds import hold_money
from store.wallets.payment_requests import ask_for_payment
from store.wallets.wallets import wallet_for
from store.wallets.withdrawal_begins import begin_withdrawal
from tests.fixtures.party_wallets import give
from tests.fixtures.statuses import put_status
from tests.pages.conftest import RETURN_ORIGIN, Site, Somebody, Visitor

WIDTHS: Final = (1200, 320)
STORED_SCRIPT: Final = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">{{7*7}}"


# What axe calls serious or critical, and where. What it found right is long, and stays there; only `media` is fetched.
_LOOK: Final = """apart => axe.run(apart ? {exclude: apart} : document, {
    resultTypes: ["violations"], preload: {assets: ["media"]},
}).then(({violations}) => violations.filter(({impact}) => ["serious", "critical"].includes(impact)).map(
    ({id, nodes}) => [id, nodes.slice(0, 3).map(({target}) => target)]
))"""
AROUND: Final = ["body > header", "body > footer", "aside.navbar"]  # what pages and /admin have around each page


async def serious_faults(visitor: Visitor, apart: list[str] | None = None) -> list[str]:
    """What axe calls serious or critical on the page that is shown, `apart` from what other pages have as well."""
    # The engine is put in by the driver, past the page's own policy.
    await visitor.page.evaluate(AXE_SCRIPT)
    found = await visitor.page.evaluate(_LOOK, apart)
    return [f"{visitor.page.url}: {fault} {json.dumps(targets)}" for fault, targets in found]


async def faults_of(visitor: Visitor, path: str, apart: list[str] | None) -> list[str]:
    """Of a page at both widths. Axe looks at it at the width at which it was loaded: the next page at the other."""
    await visitor.go(path)
    faults = await serious_faults(visitor, apart)
    shown = visitor.page.viewport_size
    assert shown is not None
    for width in sorted(WIDTHS, key=lambda width: width != shown["width"]):
        await visitor.page.set_viewport_size({"width": width, "height": shown["height"]})
        faults += [f"{path} is wider than {width} px"] if await visitor.too_wide() else []
    return faults


async def _filled(site: Site, somebody: Somebody, payer: Somebody) -> str:
    """The address of the person's wallet, which has received money; the payer, too, and has held some for it."""
    async with site.market.database.transaction() as session:
        wallet = await wallet_for(session, somebody.user_id, "RUB")
        payers, money, day = await wallet_for(session, payer.user_id, "RUB"), parse_money("50.00", "RUB"), timedelta(1)
        await give(session, payers.id, "50.00", "a gift")
        sides = (site.market.marketplace_id, payers.id, wallet.id)
        await hold_money(session, *sides, money, details="A <boat>", expires_in=day)
        await give(session, wallet.id, "1250.00", "from <outside>")
    return f"/my/wallets/{wallet.id}"


async def _asked_and_withdrawing(site: Site, payee: Somebody, payer: Somebody, wallet: str) -> str:
    """The address of a withdrawal that waits for its code, once the wallet was asked for money and has some held."""
    payers, database = UUID(wallet.rsplit("/", 1)[1]), site.market.database
    sealer, marketplace = site.market.sealer, site.market.marketplace_id
    async with database.transaction() as session:
        payees = (await wallet_for(session, payee.user_id, "RUB")).id
        money = parse_money("12.00", "RUB")
        day = timedelta(days=1)
        await ask_for_payment(session, marketplace, payees, payers, money, details="<b>Lunch</b>", expires_in=day)
        await hold_money(session, marketplace, payers, payees, money, details="A bike", expires_in=day)
        [account, *_] = await accounts_of(session, payer.user_id)
        own = await wallet_for(session, payer.user_id, "RUB")
        withdrawal = await begin_withdrawal(session, own, account, money)
        await mail_code(session, sealer, b"pepper", withdrawal)
    return f"/my/withdrawals/{withdrawal.id}"


async def test_axe_finds_no_serious_fault_on_any_page_and_no_page_is_too_wide_in_the_longer_language(site: Site):
    seller = await site.somebody("Sonja", 2)
    somebody = await site.somebody("Boris", 1)
    offer = await site.on_sale(seller, title="A desk")
    deal = await site.shop.buy(offer["id"], str(somebody.user_id))
    [account] = (await site.shop.read(f"/users/{somebody.user_id}/accounts"))["items"]
    payment = await site.shop.pay(deal["id"], account["id"], "100.00")
    review = f"/deals/{deal['id']}/payment/review?account={account['id']}&part=whole"
    for code in ("packed", "awaited"):
        await put_status(site.market.database, code, en=f"{code} in the yard", ru=f"{code} на складе")
    said = {"status": "packed", "user_id": str(somebody.user_id)}
    await site.shop.make(f"/deals/{deal['id']}/status", said)
    closed = ["/log-in", "/sign-up", "/password", "/password?token=x", "/password/asked", "/nothing-here"]
    own = ["/", f"/offers/{offer['id']}", "/my/offers", "/my/offers/new", "/my/accounts", "/my/deals", "/my/earnings"]
    wallet = await _filled(site, somebody, seller)
    own += ["/my/wallets", wallet, *(f"{wallet}/{part}" for part in ("transfer", "requests", "withdrawals", "holds"))]
    own += [await _asked_and_withdrawing(site, seller, somebody, wallet)]
    contract = await site.shop.propose_contract(str(somebody.user_id), str(seller.user_id), ("7.00", "8.00"))
    own += ["/my/contracts", "/my/contracts/new", f"/contracts/{contract['id']}"]
    own += ["/my/profile", f"/deals/{deal['id']}", f"/deals/{deal['id']}/payment", review, f"/payments/{payment['id']}"]
    faults: list[str] = []
    for whose, paths in ((None, closed), (somebody, own)):
        visitor = await site.visitor(whose, locale="ru-RU", width=WIDTHS[0])
        for path in paths:
            faults += await faults_of(visitor, path, None if path == paths[0] else AROUND)
            assert await visitor.page.locator("html").get_attribute("lang") == "ru"
            name = path.split("?")[0].strip("/").replace(f"{deal['id']}", "deal").replace("/", "-") or "first"
            await visitor.picture(f"ru-{name[:40]}")
        assert [fault for fault in visitor.faults if whose or "404" not in fault] == []
    assert faults == []


async def test_axe_finds_no_serious_fault_behind_a_checkout_link_and_at_the_administration(site: Site):
    seller, buyer = await site.somebody("Sonja", 2), await site.somebody("Boris", 1)
    waiting = await site.shop.offer(str(seller.user_id), "12.00", title="A lamp")
    deal = await site.shop.buy((await site.on_sale(seller, title="A desk"))["id"], str(buyer.user_id))
    link = await site.shop.make(f"/deals/{deal['id']}/checkout-links", {"return_url": f"{RETURN_ORIGIN}/orders/17"})
    faults: list[str] = []
    guest = await site.visitor(width=320)
    await guest.go(urlsplit(link["url"]).path)
    faults += await serious_faults(guest)
    for name in ("Continue to payment", "Review the total", "Pay "):
        await guest.press(name)
        await guest.page.wait_for_load_state()
        faults += await serious_faults(guest)
    admin = await site.administrator()
    hrefs = await admin.page.locator("a[href*='/admin/']").evaluate_all("links => links.map(link => link.href)")
    paths = sorted({urlsplit(href).path for href in hrefs if "logout" not in href} | {"/admin/login"})
    for path in paths:
        await admin.go(path)
        faults += await serious_faults(admin, None if path == paths[0] else AROUND)
    assert len(paths) > 5
    assert faults == []
    await site.operator.moderate(waiting["id"])


async def _tab_to(visitor: Visitor, words: str) -> None:
    """Presses Tab until what has the focus says `words`; it must be seen that it has."""
    shown = "(e => [e.innerText || e.value || '', e.id, getComputedStyle(e).outlineStyle])(document.activeElement)"
    for _ in range(80):
        await visitor.page.keyboard.press("Tab")
        said, name, outline = await visitor.page.evaluate(shown)
        if words in (" ".join(said.split()), name):
            assert outline != "none", f"nobody sees that {words} has the focus"
            return
    raise AssertionError(f"the keyboard never comes to {words}")


async def test_a_deal_is_bought_and_paid_by_keyboard_alone(site: Site):
    seller = await site.somebody("Sonja", 2)
    buyer = await site.visitor(await site.somebody("Boris", 1))
    assert buyer.somebody is not None
    keys, offer = buyer.page.keyboard, await site.on_sale(seller, title="A kettle")
    await buyer.go("/")
    await _tab_to(buyer, "A kettle")
    await keys.press("Enter")
    await buyer.page.wait_for_url(f"**/offers/{offer['id']}")
    await _tab_to(buyer, "Buy")
    await keys.press("Enter")
    await buyer.see("How do you want to pay?")
    await _tab_to(buyer, "Review the total")
    await keys.press("Enter")
    await buyer.see("Is this right?")
    await _tab_to(buyer, "Pay 1,025.00 RUB")
    await keys.press("Enter")
    await buyer.see("Enter the code")
    await _tab_to(buyer, "code")
    await keys.type(await site.code_of(buyer.somebody))
    await keys.press("Enter")
    await buyer.see("The seller has been paid.")
    assert await site.taken(buyer.somebody) == "3975.00, 0.00 held"


async def test_stored_script_is_shown_as_text(site: Site):
    hostile = await site.somebody(STORED_SCRIPT, 2)
    seller = await site.visitor(hostile)
    await seller.go("/my/offers/new")
    for name in ("title", "description"):
        await seller.page.locator(f"#{name}").fill(STORED_SCRIPT)
    await seller.page.locator("#price").fill("10")
    await seller.page.locator("#quantity").fill("5")
    await seller.press("Send to moderation")
    await seller.see("Waiting for moderation")
    [offer] = (await site.operator.read("/offers", state="pending"))["items"]
    admin = await site.administrator()
    await admin.go("/admin/moderation")
    await admin.see("{{7*7}}")
    await admin.press("Approve")
    await admin.see("None: every offer is decided.")
    for path in ("users", "offers"):
        await admin.go(f"/admin/{path}/list")
        await admin.see("{{7*7}}")
    assert await admin.page.locator("img[src=x]").count() == 0
    assert await admin.page.title() != "owned"
    buyer = await site.visitor(await site.somebody("Boris", 1))
    assert buyer.somebody is not None
    deal = await site.shop.buy(offer["id"], str(buyer.somebody.user_id))
    await buyer.go(f"/deals/{deal['id']}")
    await buyer.page.get_by_text("Cancel the deal").first.click()
    await buyer.page.locator("#reason").fill(STORED_SCRIPT)
    for visitor, paths in (
        (seller, ("/", "/my/offers", f"/my/offers/{offer['id']}", "/my/profile", "/my/deals")),
        (buyer, ("/", f"/offers/{offer['id']}", f"/deals/{deal['id']}", f"/deals/{deal['id']}/payment")),
    ):
        for path in paths:
            await visitor.go(path)
            assert "{{7*7}}" in await visitor.page.content()
            assert await visitor.page.locator("main script, main img, header script").count() == 0
            assert await visitor.page.title() != "owned"
    assert (seller.faults, buyer.faults) == ([], [])


async def test_everything_works_without_script(site: Site):
    seller = await site.somebody("Sonja", 2)
    buyer = await site.visitor(await site.somebody("Boris", 1), script=False, by_form=True)
    assert buyer.somebody is not None
    offer = await site.on_sale(seller, title="A lantern")
    await buyer.go("/")
    await buyer.follow("A lantern")
    await buyer.press("Buy")
    await buyer.press("Review the total")
    await buyer.press("Pay ")
    await buyer.see("Enter the code")
    await buyer.page.locator("#code").fill(await site.code_of(buyer.somebody))
    await buyer.press("Pay ")
    await buyer.see("The seller has been paid.")

    assert offer["title"] == "A lantern"
    assert await site.taken(buyer.somebody) == "3975.00, 0.00 held"
