"""The discussion, its half about the marketplace: lines 1 to 88."""

from __future__ import annotations

from domain.money import parse_money
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.people import PASSWORD
from tests.fixtures.withholding import tell, withhold


async def test_users_are_made_who_then_come_in(cabinet: Cabinet, admin: Person) -> None:
    await admin.read("/admin/users/create")
    fields = {"name": "Dora", "login": "dora", "password": PASSWORD, "email": "dora@example.test"}
    await admin.send(**fields, marketplace_id=str(cabinet.market.marketplace_id))
    dora = cabinet.stranger()
    await cabinet.log_in(dora, "dora", "not this one")
    assert (dora.page.status_code, dora.at) == (401, "/log-in")
    await cabinet.log_in(dora, "dora")
    assert "No deals yet" in await dora.read("/my/deals")


async def test_the_status_of_a_deal_is_shown_as_it_changes(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    assert "Awaiting payment" in await buyer.read(f"/deals/{deal}")
    for amount, state in (("400", "partly paid"), (None, "Completed")):
        await buyer.pay(deal, amount)
        await buyer.read(f"/deals/{deal}")
        await buyer.until(state)


async def test_an_offer_that_was_given_no_percent_has_the_default_commission(cabinet: Cabinet, seller: Person) -> None:
    default, own = await cabinet.on_sale(seller), await cabinet.served.shop.offer(seller.user_id, "10.00")
    own = await cabinet.served.operator.moderate(own["id"], commission_percent="7.00")
    assert [offer["commission_percent"] for offer in (default, own)] == ["5.00", "7.00"]


async def test_an_account_is_added_and_one_is_for_payouts(cabinet: Cabinet) -> None:
    owner = await cabinet.client("Olga Owner", 1)
    await owner.read("/my/accounts")
    other = await cabinet.market.bank.new_client(2)
    await owner.send(bank="2", number=f"{other.number[:3]} {other.number[3:]}", currency="RUB")
    added = owner.at.split("/")[-2]
    await owner.confirm(other.email)
    await owner.send(f"/my/accounts/{added}/payout")
    named = "SELECT number FROM accounts WHERE payout AND user_id = CAST(:id AS uuid)"
    assert [row.number for row in await cabinet.rows(named, id=owner.user_id)] == [other.number]


async def test_all_offers_are_listed_a_page_at_a_time(cabinet: Cabinet, buyer: Person) -> None:
    seller = await cabinet.client("Sven", 2)
    for number in range(26):
        await cabinet.on_sale(seller, title=f"Chair number {number}.")
    first = await buyer.read("/")
    assert "Chair number 25." in first
    link = buyer.page.text.split('href="/?before=')[1].split('"')[0]
    second = await buyer.read(f"/?before={link}")
    shown = [number for number in range(26) if f"Chair number {number}." in first + second]
    assert (shown, "Chair number 25." in second) == (list(range(26)), False)


async def test_an_offer_is_made_in_the_cabinet_and_sold_there(cabinet: Cabinet, admin: Person, buyer: Person) -> None:
    seller = await cabinet.client("Sven", 2)
    await seller.read("/my/offers/new")
    fields = {"title": "A bench", "description": "Of oak.", "price": "300"}
    await seller.send(**fields, pay_within="2", unit="hours")
    [offer] = await cabinet.rows("SELECT CAST(id AS text) AS id, pay_within_s FROM offers WHERE title = 'A bench'")
    await admin.read("/admin/moderation")
    await admin.send(f"/admin/moderation/{offer.id}", decision="approve")
    deal = await buyer.buy({"id": offer.id})
    assert ("A bench" in await seller.read(f"/deals/{deal}"), offer.pay_within_s) == (True, 7200)


async def test_a_deal_is_made_once_however_often_buy_is_pressed(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    offer = await cabinet.on_sale(seller)
    await buyer.read(f"/offers/{offer['id']}")
    form = buyer.form(f"/offers/{offer['id']}/purchase")
    answers = [await buyer.http.post(form.url, data=form.fields) for _ in range(3)]
    assert len({answer.url.path for answer in answers}) == 1
    [(deals,)] = await cabinet.rows("SELECT count(*) FROM deals WHERE offer_id = CAST(:id AS uuid)", id=offer["id"])
    assert deals == 1


async def test_the_commission_that_is_shown_is_the_one_that_is_taken(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller, "333.33"))
    before = parse_money((await buyer.balance()).split(",")[0], "RUB")
    await buyer.send(f"/deals/{deal}/payment/review")
    shown = [word for word in buyer.words.split() if word.startswith("343.")]
    await buyer.pay(deal)
    taken = before - parse_money((await buyer.balance()).split(",")[0], "RUB")
    assert shown and set(shown) == {taken.amount}


async def test_adding_an_offer_keeps_what_was_typed_until_it_is_right(cabinet: Cabinet, seller: Person) -> None:
    typed = {"title": "A shelf", "description": "For books.", "price": "12.345", "pay_within": "5", "unit": "days"}
    await seller.read("/my/offers/new")
    await seller.send(**typed)
    form = seller.form("/my/offers/new")
    assert (seller.page.status_code, {name: form.fields[name] for name in typed}) == (422, typed)
    await seller.send(price="12.34")
    assert "A shelf" in seller.words
    [(offers,)] = await cabinet.rows("SELECT count(*) FROM offers WHERE title = 'A shelf'")
    assert offers == 1


async def test_users_see_their_deals_as_buyer_and_as_seller(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    trader = await cabinet.client("Tanja Trader", 2)
    bought = await trader.buy(await cabinet.on_sale(seller, title="What she buys"))
    sold = await buyer.buy(await cabinet.on_sale(trader, title="What she sells"))
    said = await trader.read("/my/deals")
    assert f"/deals/{bought}" in trader.page.text and f"/deals/{sold}" in trader.page.text
    assert said.index("What she sells") < said.index("What she buys")
    assert ("You buy" in said, "You sell" in said) == (True, True)


async def test_a_deal_shows_price_paid_left_and_until_when(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.pay(deal, "400")
    said = await buyer.read(f"/deals/{deal}")
    assert "Price 1,000.00 RUB Paid 400.00 RUB Left to pay 600.00 RUB To be paid by" in said
    assert "and a fee of 10.00" in said
    assert "Left to pay 600.00 RUB" in await seller.read(f"/deals/{deal}")
    assert (buyer.number in seller.words, "fee of" in seller.words) == (False, False)


async def test_the_account_to_pay_from_is_chosen(cabinet: Cabinet, seller: Person) -> None:
    payer = await cabinet.client("Petra Payer", 1)
    other = await cabinet.market.bank.new_client(2, "3000.00")
    await payer.read("/my/accounts")
    await payer.send(bank="2", number=other.number, currency="RUB")
    await payer.confirm(other.email)
    deal = await payer.buy(await cabinet.on_sale(seller))
    form = payer.form(f"/deals/{deal}/payment/review")
    [chosen] = [id_ for id_ in form.options["account"] if id_ != payer.account_id]
    await payer.send(f"/deals/{deal}/payment/review", account=chosen)
    assert (other.number in payer.words, "Total 1,000.00 RUB" in payer.words) == (True, True)
    await payer.send(f"/deals/{deal}/payment")
    assert other.number in payer.words


async def test_all_deals_of_a_user_are_listed_a_page_at_a_time(cabinet: Cabinet, seller: Person) -> None:
    offer, lots = await cabinet.on_sale(seller, quantity=30), await cabinet.client("Lotte", 1)
    deals = [(await cabinet.served.shop.buy(offer["id"], lots.user_id))["id"] for _ in range(21)]
    await lots.read("/my/deals")
    first = lots.page.text
    assert "Older deals" in lots.words
    await lots.read("/my/deals?before=" + first.split("?before=")[1].split('"')[0])
    assert [deal for deal in deals if deal not in first + lots.page.text] == []
    assert "Older deals" not in lots.words


async def test_the_payment_of_a_deal_is_made_when_pay_is_pressed(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.send(f"/deals/{deal}/payment/review")
    before = (await cabinet.served.shop.deal(deal))["payments"]
    await buyer.send(f"/deals/{deal}/payment")
    assert (before, buyer.at) == ([], f"/payments/{(await cabinet.served.shop.deal(deal))['payments'][0]}")


async def test_without_the_money_on_the_account_no_code_is_asked_for(cabinet: Cabinet, seller: Person) -> None:
    poor = await cabinet.client("Paul Poor", 1, "1000.00")  # not enough for price and fee
    deal = await poor.buy(await cabinet.on_sale(seller))
    payment = await poor.begin(deal)
    said = await poor.until("refused")
    assert "not enough money on the account" in said
    assert await cabinet.bank_steps(payment) in ([], ["open"])
    assert [mail for mail in cabinet.market.mailbox.mails() if poor.email in mail.to] == []


async def test_the_bank_mails_a_code_when_it_is_asked_for_one(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    after = cabinet.market.mailbox.last_id
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    await buyer.until("Enter the code")  # the mail may be faster than the bank's own answer
    mail = await cabinet.market.mailbox.wait_for(to=buyer.email, after=after)
    assert "1000.00 RUB" in mail.text and "25.00 RUB" in mail.text
    assert await cabinet.bank_steps(payment) == ["open", "code"]


async def test_the_marketplace_shows_a_page_for_the_code(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    await buyer.until("Enter the code")
    assert "code" in buyer.form(f"/payments/{payment}/code").fields


async def test_the_right_code_starts_the_work_in_the_background_and_its_key_comes_back(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.until("The seller has been paid.")
    [(key, state)] = await cabinet.rows(
        "SELECT operation, state FROM payments WHERE CAST(id AS text) = :id", id=payment
    )
    assert state == "completed"
    operation = (await cabinet.market.bank.shop.get(f"/operations/{key}")).json()
    assert (operation["reference"], operation["status"]) == (deal, "success")


async def test_the_page_of_the_code_is_a_view_of_its_own_for_the_payer_alone(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    await buyer.until("Enter the code")
    await seller.read(f"/payments/{payment}")
    stranger = cabinet.stranger()
    await stranger.read(f"/payments/{payment}")
    assert (seller.page.status_code, stranger.at) == (404, "/log-in")


async def test_from_the_order_one_is_led_on_to_the_page_of_the_code(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    assert (buyer.page.history[0].status_code, buyer.at) == (303, f"/payments/{payment}")
    await buyer.until("Enter the code")


async def test_the_form_of_the_code_is_checked_before_the_bank_is_asked(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    await buyer.until("Enter the code")
    said = await buyer.send(f"/payments/{payment}/code", code="12")
    assert (buyer.page.status_code, 'id="code-error"' in buyer.page.text) == (422, True)
    assert ("Enter the code" in said, await cabinet.bank_steps(payment)) == (True, ["open", "code"])


async def test_a_code_in_the_right_form_is_sent_to_the_bank_which_alone_judges_it(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    code = await buyer.code()
    await buyer.send(f"/payments/{payment}/code", code="AAAA-AAAA" if code != "AAAA-AAAA" else "BBBB-BBBB")
    await buyer.until("This code was not right")
    await buyer.send(f"/payments/{payment}/code", code=code)
    await buyer.until("The seller has been paid.")
    assert (await cabinet.bank_steps(payment)).count("debit") == 1


async def test_once_the_code_is_there_the_user_reads_that_the_payment_is_processed(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    code = await buyer.code()
    await withhold(cabinet.market.bank, 1, "debit")
    assert "The payment is being processed" in await buyer.send(f"/payments/{payment}/code", code=code)
    await tell(cabinet.market.bank, 1)
    await buyer.until("The seller has been paid.")


async def test_a_payment_has_its_deal_its_key_and_its_amount(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal, "400")
    await buyer.until("Enter the code")
    [row] = await cabinet.rows(
        "SELECT CAST(deal_id AS text), operation, amount_minor FROM payments WHERE id = CAST(:id AS uuid)", id=payment
    )
    operation = (await cabinet.market.bank.shop.get(f"/operations/{row.operation}")).json()["amount"]
    assert (row.deal_id, row.amount_minor, operation) == (deal, 40_000, "400.00")


async def test_the_code_that_was_entered_reaches_the_bank_and_is_then_wiped(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payment = await buyer.begin(await buyer.buy(await cabinet.on_sale(seller)))
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.until("The seller has been paid.")
    assert "debit" in await cabinet.bank_steps(payment)
    kept = await cabinet.rows(
        "SELECT state, sealed_code FROM code_attempts WHERE payment_id = CAST(:id AS uuid)", id=payment
    )
    assert [tuple(row) for row in kept] == [("held", None)]


async def test_the_bank_makes_the_key_of_the_operation_and_sends_it(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    payments = [await buyer.begin(await buyer.buy(await cabinet.on_sale(seller))) for _ in range(2)]
    for payment in payments:
        await buyer.read(f"/payments/{payment}")
        await buyer.until("Enter the code")
    keys = await cabinet.rows("SELECT operation FROM payments WHERE CAST(id AS text) = ANY(:ids)", ids=payments)
    assert len({row.operation for row in keys if row.operation}) == 2


async def test_the_payment_is_on_record_before_the_background_begins(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    story = [event["type"] for event in await cabinet.served.shop.events(deal)]
    assert story[:2] == ["deal.awaiting_payment", "payment.opening"]
    handle = cabinet.market.environment.client.get_workflow_handle(f"payment/{payment}")
    assert (await handle.describe()).start_time is not None
