"""What clients read and do in their cabinet: offers, deals, accounts, and a payment that takes its time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.cabinet import Cabinet
from tests.fixtures.withholding import tell, withhold


@pytest.mark.source("marketplace:8-9", "marketplace:43-44", "discussion:23-24")
async def test_one_client_sells_and_buys_and_reads_of_both(cabinet: Cabinet) -> None:
    trader = await cabinet.client("Tanja Trader", 2)
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    bought = await trader.buy(await cabinet.on_sale(seller, title="What she buys"))
    sold = await buyer.buy(await cabinet.on_sale(trader, title="What she sells"))
    said = await trader.read("/my/deals")
    assert f"/deals/{bought}" in trader.page.text and f"/deals/{sold}" in trader.page.text
    assert said.index("What she sells") < said.index("What she buys")
    assert ("You buy" in said, "You sell" in said) == (True, True)
    assert "You buy from" in await trader.read(f"/deals/{bought}")
    assert "You sell to" in await trader.read(f"/deals/{sold}")
    profile = await trader.read("/my/profile")
    assert "Tanja Trader" in profile and trader.email in profile


@pytest.mark.source("discussion:13-14", "discussion:29-30")
async def test_offers_and_deals_are_listed_a_page_at_a_time(cabinet: Cabinet) -> None:
    seller, lots = await cabinet.client("Sven", 2), await cabinet.client("Lotte", 1)
    offers = [await cabinet.on_sale(seller, title=f"Chair number {number}.") for number in range(26)]
    deals = [(await cabinet.served.shop.buy(offer["id"], lots.user_id))["id"] for offer in offers[:21]]
    first = await lots.read("/")
    assert "Chair number 25." in first
    second = await lots.read("/?before=" + lots.page.text.split('href="/?before=')[1].split('"')[0])
    shown = [number for number in range(26) if f"Chair number {number}." in first + second]
    assert (shown, "Chair number 25." in second) == (list(range(26)), False)
    await lots.read("/my/deals")
    newest = lots.page.text
    assert "Older deals" in lots.words
    await lots.read("/my/deals?before=" + newest.split("?before=")[1].split('"')[0])
    assert [deal for deal in deals if deal not in newest + lots.page.text] == []
    assert "Older deals" not in lots.words


@pytest.mark.source("marketplace:93-94", "discussion:7-8", "discussion:25-26")
async def test_a_deal_shows_price_paid_left_and_until_when(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    before = await seller.balance()
    deal = await buyer.buy(await cabinet.on_sale(seller))
    assert "Awaiting payment" in await buyer.read(f"/deals/{deal}")
    await buyer.pay(deal, "400")
    await buyer.read(f"/deals/{deal}")
    said = await buyer.until("In progress: partly paid")
    assert "Price 1,000.00 RUB Paid 400.00 RUB Left to pay 600.00 RUB To be paid by" in said
    assert "and a fee of 10.00" in said
    assert "Left to pay 600.00 RUB" in await seller.read(f"/deals/{deal}")
    assert (buyer.number in seller.words, "fee of" in seller.words) == (False, False)
    assert await seller.balance() == before, "nothing is the seller's before the whole price is there"


@pytest.mark.source("marketplace:95-96", "marketplace:97-100", "discussion:69-70")
async def test_who_paid_in_the_last_second_reads_that_it_is_processed_while_the_bank_is_slow(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    code = await buyer.code()
    await withhold(cabinet.market.bank, 1, "debit")
    said = await buyer.send(f"/payments/{payment}/code", code=code)
    assert "The payment is being processed" in said, "the page is there before the bank has answered"
    await cabinet.move_clock(deal, timedelta(minutes=70))
    assert "The payment is being processed" in await buyer.read(f"/payments/{payment}")
    stored = await cabinet.rows("SELECT state FROM payments WHERE deal_id = CAST(:id AS uuid)", id=deal)
    assert [row.state for row in stored] == ["processing"]
    await tell(cabinet.market.bank, 1)
    await buyer.until("The seller has been paid.")
    done = await cabinet.bank_steps(payment)
    assert done.index("debit") < done.index("capture") < done.index("credit")


@pytest.mark.source("marketplace:85-86")
async def test_the_percents_are_copied_in_the_background_and_nobody_waits_for_the_bank(cabinet: Cabinet) -> None:
    bank, seller, buyer = cabinet.market.bank, await cabinet.client("Sonja", 2), await cabinet.client("Bella", 3)
    [before] = [row for row in await bank.client.fees() if (row.payer_bank, row.payee_bank) == (3, 2)]
    terms = {"percent": "3.00", "minimum": "0.00", "currency": "RUB"}
    assert (await bank.admin.put("/fees/3/2", json=terms)).is_success
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.send(f"/deals/{deal}/payment/review")
    assert "1,030.00" not in buyer.words, "the copy counts until the next one"
    await cabinet.copy_directory()
    await buyer.read(f"/deals/{deal}/payment")
    await buyer.send(f"/deals/{deal}/payment/review")
    assert "1,030.00" in buyer.words
    rule = {"percent": f"{before.rule.percent_bp / 100:.2f}", "minimum": f"{before.rule.minimum_minor / 100:.2f}"}
    assert (await bank.admin.put("/fees/3/2", json=rule | {"currency": "RUB"})).is_success
