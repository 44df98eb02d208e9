"""The text about the marketplace: from "buy" to the paid deal. Lines 67 to 108."""

from __future__ import annotations

from datetime import timedelta

from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.withholding import tell, withhold


async def test_a_deal_is_made_by_pressing_buy(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    offer = await cabinet.on_sale(seller)
    assert await cabinet.rows("SELECT id FROM deals WHERE offer_id = CAST(:id AS uuid)", id=offer["id"]) == []
    await buyer.buy(offer)
    [deal] = await cabinet.rows(
        "SELECT CAST(buyer_id AS text) AS buyer, state FROM deals WHERE offer_id = CAST(:id AS uuid)", id=offer["id"]
    )
    assert tuple(deal) == (buyer.user_id, "awaiting_payment")


async def test_buy_leads_to_the_payment_page(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    assert (buyer.at, buyer.page.history[0].status_code) == (f"/deals/{deal}/payment", 303)
    assert "How do you want to pay?" in buyer.words


async def test_paying_asks_for_the_sum_and_the_account(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    form = buyer.form(f"/deals/{deal}/payment/review")
    assert form.options == {"account": [buyer.account_id], "part": ["whole", "part"]}
    assert "amount" in form.fields
    review = f"/deals/{deal}/payment/review"
    for wrong, field in (({"part": "part", "amount": "0"}, "amount"), ({"account": seller.account_id}, "account")):
        await buyer.read(f"/deals/{deal}/payment")
        await buyer.send(review, **wrong)
        assert f'id="{field}-error"' in buyer.page.text


async def test_between_different_banks_the_total_with_the_commission_is_shown(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    offer = await cabinet.on_sale(seller)
    neighbour = await cabinet.client("Nora Neighbour", 2)
    totals = []
    for somebody in (buyer, neighbour):
        deal = await somebody.buy(offer)
        totals.append(("with a fee" in somebody.words, "no fee" in somebody.words))
        await somebody.send(f"/deals/{deal}/payment/review")
        totals.append(("1,025.00" in somebody.words, "1,000.00" in somebody.words))
    assert totals == [(True, False), (True, True), (False, True), (False, True)]


async def test_the_percent_between_banks_is_the_banks_and_is_taken_as_it_was_shown(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    before = await buyer.balance()
    deal = await buyer.buy(await cabinet.on_sale(seller))
    asked = await cabinet.market.bank.get("/fees/quote", payer_bank=1, payee_bank=2, amount="1000.00", currency="RUB")
    payment = await buyer.begin(deal)
    shown = (await cabinet.served.shop.payment(payment))["total"]["amount"]
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.until("The seller has been paid.")
    taken = float(before.split(",")[0]) - float((await buyer.balance()).split(",")[0])
    assert (float(asked["fee"]) + 1000, float(shown)) == (taken, taken)


async def test_the_percents_are_copied_in_the_background_into_our_own_database(
    cabinet: Cabinet, seller: Person
) -> None:
    bank, buyer = cabinet.market.bank, await cabinet.client("Bella", 3)
    [before] = [row for row in await bank.client.fees() if (row.payer_bank, row.payee_bank) == (3, 2)]
    terms = {"percent": "3.00", "minimum": "0.00", "currency": "RUB"}
    assert (await bank.admin.put("/fees/3/2", json=terms)).is_success
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.send(f"/deals/{deal}/payment/review")
    assert "1,030.00" not in buyer.words, "nobody waits for the bank: the copy counts until the next one"
    await cabinet.copy_directory()
    await buyer.read(f"/deals/{deal}/payment")
    await buyer.send(f"/deals/{deal}/payment/review")
    assert "1,030.00" in buyer.words
    rule = {"percent": f"{before.rule.percent_bp / 100:.2f}", "minimum": f"{before.rule.minimum_minor / 100:.2f}"}
    assert (await bank.admin.put("/fees/3/2", json=rule | {"currency": "RUB"})).is_success
    await cabinet.copy_directory()


async def test_a_client_pays_a_deal_in_whole_or_in_parts(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    offer = await cabinet.on_sale(seller)
    whole, parts = await buyer.buy(offer), await buyer.buy(offer)
    await buyer.pay(whole)
    assert "The rest is still to be paid" in await buyer.pay(parts, "400")
    assert "left to pay: 600.00" in await buyer.read("/my/deals")
    assert "The seller has been paid" in await buyer.pay(parts)
    paid = [(await cabinet.served.shop.deal(deal))["paid"]["amount"] for deal in (whole, parts)]
    assert paid == ["1000.00", "1000.00"]


async def test_a_fully_paid_deal_is_completed(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    before = await seller.balance()
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.pay(deal)
    for somebody in (buyer, seller):
        await somebody.read(f"/deals/{deal}")
        await somebody.until("Completed")
    assert float((await seller.balance()).split(",")[0]) - float(before.split(",")[0]) == 950


async def test_a_deal_that_is_paid_in_part_is_in_progress(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    before = await seller.balance()
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.pay(deal, "400")
    await buyer.read(f"/deals/{deal}")
    await buyer.until("In progress: partly paid")
    assert await seller.balance() == before, "nothing is the seller's before the whole price is there"
    assert (await cabinet.served.shop.deal(deal))["state"] == "partially_paid"


async def test_debit_and_credit_are_done_by_the_bank_in_the_background(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    code = await buyer.code()
    await withhold(cabinet.market.bank, 1, "debit")
    said = await buyer.send(f"/payments/{payment}/code", code=code)
    assert "being processed" in said, "the page is there before the bank has answered"
    await tell(cabinet.market.bank, 1)
    await buyer.until("The seller has been paid.")
    done = await cabinet.bank_steps(payment)
    assert done.index("debit") < done.index("capture") < done.index("credit")


async def test_who_paid_in_the_last_second_reads_that_it_is_processed_while_the_bank_is_slow(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    market = cabinet.market
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    code = await buyer.code()
    await withhold(market.bank, 1, "debit")
    await buyer.send(f"/payments/{payment}/code", code=code)
    await cabinet.move_clock(deal, timedelta(minutes=70))
    assert "The payment is being processed" in await buyer.read(f"/payments/{payment}")
    stored = await cabinet.rows("SELECT state FROM payments WHERE deal_id = CAST(:id AS uuid)", id=deal)
    assert [row.state for row in stored] == ["processing"]
    await tell(market.bank, 1)
    await buyer.until("The seller has been paid.")


async def test_a_payment_shows_who_paid_and_when(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    before = await cabinet.clock()
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    after = await cabinet.clock()
    [(payer, at)] = await cabinet.rows(
        "SELECT CAST(d.buyer_id AS text), a.submitted_at FROM payments p JOIN deals d ON d.id = p.deal_id"
        " JOIN code_attempts a ON a.payment_id = p.id WHERE p.id = CAST(:id AS uuid)",
        id=payment,
    )
    assert payer == buyer.user_id
    assert before <= at <= after
    assert buyer.number in await buyer.read(f"/deals/{deal}")


async def test_once_the_bank_says_yes_to_a_payment_made_in_time_the_offer_is_paid(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    in_time, late = [await buyer.buy(await cabinet.on_sale(seller)) for _ in range(2)]
    await buyer.pay(in_time)
    payment = await buyer.begin(late)
    code = await buyer.code()
    await cabinet.move_clock(late, timedelta(hours=2))
    await buyer.send(f"/payments/{payment}/code", code=code)
    verdicts = [(await cabinet.served.shop.until_deal(in_time, "completed"))["verdict"]]
    verdicts.append((await cabinet.served.shop.until_deal(late, "expired"))["verdict"])
    assert (buyer.page.status_code, verdicts) == (409, ["funded", "not_funded"])
