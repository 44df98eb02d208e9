"""The checkout proposes the cheapest way that suffices, says what each costs in all, and names limits."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import httpx
import pytest

from market.bank_clients import Wanted, register
from pages.choices import choices_of
from store.banks.bank_clients import banks_in_use
from store.banks.banks import Bank
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.people.operators import create_operator
from tests.fixtures.cabinet import Cabinet, Person, cabinet
from tests.fixtures.party_wallets import fill, waiting_code
from tests.fixtures.people import PASSWORD
from tests.fixtures.sagas import Market, Party
from tests.pages.conftest import Site, Somebody, Visitor

__all__ = ["cabinet"]


async def funded(market: Market, user_id: UUID | str, amount: str) -> None:
    """More money in the user's wallet."""
    await fill(market, cast("Party", SimpleNamespace(user=SimpleNamespace(id=UUID(str(user_id))))), amount)


async def bought(site: Site, buyer: Somebody) -> str:
    offer = await site.on_sale(await site.somebody("Sonja", 2))
    return f"/deals/{(await site.shop.buy(offer['id'], str(buyer.user_id)))['id']}/payment"


def words(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


async def summary(visitor: Visitor) -> str:
    return words(await visitor.page.locator("aside").inner_text())


@pytest.mark.source("marketplace:73-80", "marketplace:81-82")
async def test_the_cheapest_way_that_suffices_is_proposed_with_its_total(site: Site) -> None:
    buyer = await site.visitor(await site.somebody("Boris", 1))
    assert buyer.somebody is not None
    path, page = await bought(site, buyer.somebody), buyer.page
    account = page.get_by_role("radio", name=buyer.somebody.number)
    wallet = page.get_by_role("radio", name="Your wallet")

    await buyer.go("/my/wallets")
    await buyer.press("Open the wallet")
    await buyer.go(path)
    assert await wallet.is_disabled() and await account.is_checked()
    await buyer.see("It has no money to pay with.")
    assert "Fee 25.00 RUB Total 1,025.00 RUB" in await summary(buyer)

    await funded(site.market, buyer.somebody.user_id, "400.00")
    await buyer.go(path)
    assert await wallet.is_disabled() and await account.is_checked()
    await buyer.see("Enough for only a part")
    await page.locator("#part-part").check()
    assert "Fee on the next page Total –" in await summary(buyer)
    await wallet.check()
    await page.get_by_role("radio", name="The full amount left").check()
    assert await wallet.is_disabled() and not await wallet.is_checked()
    await page.locator("#part-part").check()
    await wallet.check()
    for typed, shown in (
        ("400.01", "Your wallet has only 400.00 RUB available. Pay a part of at most that from it"),
        ("1,000.01", "At most 1,000.00 RUB can be paid now."),
    ):
        await page.locator("#amount").fill(typed)
        await buyer.press("Review the total")
        await buyer.see("Please put this right:")
        assert shown in words(await page.locator(".summary").inner_text())
        assert await page.locator("#amount").input_value() == typed
        assert await wallet.is_checked()
    await buyer.picture("checkout-part")
    await page.locator("#amount").fill("400")
    await buyer.press("Review the total")
    await buyer.see("Is this right?")

    await funded(site.market, buyer.somebody.user_id, "600.00")
    await buyer.go(path)
    assert await wallet.is_checked()
    assert "Fee 0.00 RUB Total 1,000.00 RUB Paid from: Your wallet" in await summary(buyer)
    await account.check()
    assert f"Fee 25.00 RUB Total 1,025.00 RUB Paid from: {buyer.somebody.number}" in await summary(buyer)
    await buyer.picture("checkout-choices")
    assert [fault for fault in buyer.faults if "409" not in fault and "422" not in fault] == []


async def _checkout(cabinet: Cabinet, buyer: Person, price: str = "1000.00") -> str:
    return await buyer.buy(await cabinet.on_sale(await cabinet.client("Sonja", 2), price))


async def test_without_script_a_wallet_with_too_little_pays_a_part_and_is_refused_for_the_whole(
    cabinet: Cabinet,
) -> None:
    buyer = await cabinet.client("Boris", 1)
    await funded(cabinet.market, buyer.user_id, "400.00")
    deal = await _checkout(cabinet, buyer)
    review = f"/deals/{deal}/payment/review"
    account, wallet = buyer.form(review).options["account"]
    assert buyer.form(review).fields["account"] == account
    await buyer.send(review, account=wallet)
    assert buyer.page.status_code == 422 and "Your wallet has only 400.00 RUB available." in words(buyer.words)
    await buyer.send(review, account=wallet, part="part", amount="400.00")
    assert "Is this right?" in buyer.words
    await buyer.send(f"/deals/{deal}/payment")
    assert buyer.at.startswith("/payments/")


async def test_a_part_that_costs_the_banks_minimum_says_that_the_rest_costs_it_again(cabinet: Cabinet) -> None:
    [(minimum, percent)] = await cabinet.rows(
        "SELECT minimum_minor, percent_bp FROM fees WHERE payer_bank = 1 AND payee_bank = 2 AND currency = 'RUB'"
    )
    small = minimum * 10_000 // percent // 200  # half of what the minimum is the percent of, in whole units
    assert small >= 2, "the bank has a minimum fee"
    buyer = await cabinet.client("Boris", 1)
    deal = await _checkout(cabinet, buyer, f"{small}.00")
    assert "a bank with a minimum fee takes it again for each" in buyer.words
    review, warning = f"/deals/{deal}/payment/review", "is the least that your bank takes for a payment."
    assert warning not in await buyer.send(review)
    await buyer.read(f"/deals/{deal}/payment")
    assert warning in await buyer.send(review, part="part", amount="1")
    part = await buyer.pay(deal, "1")
    assert "The rest is still to be paid." in part
    assert f'<a class="button" href="/deals/{deal}/payment">Pay the rest</a>' in buyer.page.text
    await buyer.read(f"/deals/{deal}/payment")
    assert warning not in await buyer.send(review)


async def test_an_account_that_had_too_little_is_not_proposed_again(cabinet: Cabinet) -> None:
    buyer = await cabinet.client("Boris", 1, "100.00")
    deal = await _checkout(cabinet, buyer)
    review = f"/deals/{deal}/payment/review"
    account = buyer.form(review).fields["account"]
    await buyer.begin(deal)
    await buyer.until("There is not enough money on the account.")
    said = await buyer.read(f"/deals/{deal}/payment")
    assert "It did not have enough money for this deal last time." in said
    assert "account" not in buyer.form(review).fields
    await buyer.send(review, account=account)
    assert "Is this right?" in buyer.words


async def _events(cabinet: Cabinet, somebody: Person, deal: str) -> str:
    """The REST view of a deal for a client with their own token."""
    form = {"grant_type": "password", "username": somebody.email, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=cabinet.served.address, trust_env=False, timeout=120) as http:
        token = (await http.post("/api/v1/oauth/token", data=form)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        reply = await http.get(f"/api/v1/deals/{deal}/events", headers=bearer)
    assert reply.status_code == 200
    return reply.text


@pytest.mark.source("discussion:67-68")
async def test_only_the_buyer_sees_how_their_codes_fared(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    await buyer.code()
    await buyer.send(f"/payments/{payment}/code", code="AAAA-AAAA")
    await buyer.until("This code was not right.")
    await buyer.send(f"/payments/{payment}/another-code")
    shown = [await somebody.read(f"/deals/{deal}") for somebody in (buyer, seller)]
    for words_of_his in ("The code was not right", "Another code was asked for"):
        assert [words_of_his in said for said in shown] == [True, False]
    assert "A payment was begun" in shown[1]
    by_rest = [await _events(cabinet, somebody, deal) for somebody in (buyer, seller)]
    assert ["payment.code_requested" in said for said in by_rest] == [True, False]
    assert "payment.processing" in by_rest[1]


async def test_a_wallet_is_called_a_wallet_and_never_by_its_number(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await funded(cabinet.market, buyer.user_id, "1000.00")
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    await buyer.until("Enter the code")
    assert f"It went to {buyer.email[0]}…@{buyer.email.partition('@')[2]}." in buyer.words
    code = await waiting_code(cabinet.market, cast("Payment", SimpleNamespace(id=payment)))
    await buyer.send(f"/payments/{payment}/code", code=code)
    await buyer.until("The seller has been paid.")
    assert "Your wallet" in await buyer.read(f"/deals/{deal}")
    assert "Your wallet" in await seller.read("/my/earnings")
    for somebody in (buyer, seller):
        for path in (f"/deals/{deal}", f"/deals/{deal}/payment", "/my/deals", "/my/earnings", "/my/wallets"):
            assert not re.search(r"\b000[0-9a-f]{10}\b", await somebody.read(path)), path


async def test_the_amount_of_open_payments_is_shown_as_part_of_what_is_left(cabinet: Cabinet) -> None:
    buyer = await cabinet.client("Boris", 1)
    deal = await _checkout(cabinet, buyer)
    await buyer.begin(deal, "300")
    for path in (f"/deals/{deal}", f"/deals/{deal}/payment"):
        said = words(await buyer.read(path))
        assert "Left to pay 1,000.00 RUB of it in open payments 300.00 RUB" in said
    await buyer.send(f"/deals/{deal}/payment/review", part="part", amount="700.01")
    assert buyer.page.status_code == 409 and "At most 700.00 RUB can be paid now." in words(buyer.words)


async def test_an_account_whose_bank_another_client_serves_is_no_choice_and_says_why(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    bought_ = await buyer.buy(await cabinet.on_sale(seller))
    async with cabinet.market.database.transaction() as session:
        ada = await create_operator(session, "Ada", administrator=True)
        said = Wanted("Other", "https://bank.example", 1_000, 1, "key")
        other = (await register(session, ada.id, said, cabinet.market.sealer)).value
        (await session.get_one(Bank, 1)).client_id = other.id
        deal = await session.get_one(Deal, UUID(bought_))
        [choice] = await choices_of(session, deal, [], [])
        offered = [bank.id for bank in await banks_in_use(session)]
        await session.rollback()  # the bank is everybody's
    assert offered[:2] == [2, 3], "a client that is disabled is asked for nothing"
    assert not choice.pays_something
    assert choice.why_not == "Payments between these two banks are not possible: choose another account, or a wallet."
