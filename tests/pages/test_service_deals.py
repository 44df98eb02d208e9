"""Services on the pages: proposed by one client to another, answered, paid from the wallet, accepted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.funding import looking

NEW = "/my/service-deals/new"


async def _proposed(buyer: Person, seller: Person, **changes: str) -> str:
    """The address of the deal; the buyer is then on its page."""
    await buyer.read(f"{NEW}?seller={seller.user_id}")
    await buyer.send(NEW, **{"title": "A logo", "description": "In two colours.", "price": "500"} | changes)
    assert buyer.at.startswith("/deals/"), buyer.words
    return buyer.at


async def test_a_service_is_proposed_confirmed_paid_as_soon_as_the_wallet_has_the_price_and_accepted(
    cabinet: Cabinet,
) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    assert seller.user_id in await seller.read("/my/profile")
    deal = await _proposed(buyer, seller)
    assert "The seller has to confirm the deal in time." in buyer.words and "Sonja works for you" in buyer.words
    assert "The seller has not confirmed this deal yet" in await buyer.read(f"{deal}/payment")

    assert "to be answered by" in await seller.read("/my/deals")
    await seller.read(deal)
    assert "In two colours." in seller.words and "You work for Boris" in seller.words
    await seller.send(f"{deal}/confirmation")
    assert "The buyer has to pay in time." in seller.words
    async with looking(cabinet.market):
        assert "As soon as your wallet has 500.00" in (await buyer.read(deal)).replace("\xa0", " ")
        await cabinet.fill(buyer, "500.00")
        await buyer.until("Accept once you are content")
    await buyer.send(f"{deal}/acceptance")
    await buyer.until("The seller has been paid.")
    payment = (await cabinet.rows("SELECT id::text FROM payments WHERE deal_id = CAST(:id AS uuid)", id=deal[7:]))[0][0]
    assert "Your wallet" in await buyer.read(f"/payments/{payment}")
    assert (await cabinet.rows("SELECT count(*) FROM codes WHERE payment_id = CAST(:id AS uuid)", id=payment))[0][
        0
    ] == 0


async def test_a_service_is_denied_or_retracted_and_nobody_else_sees_it(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    denied, retracted = await _proposed(buyer, seller), await _proposed(buyer, seller, title="A leaflet")
    await seller.read(denied)
    await seller.send(f"{denied}/denial")
    assert "You denied the deal. Nothing was paid." in seller.words
    await buyer.read(retracted)
    await buyer.send(f"{retracted}/proposal-retraction")
    assert "The deal was cancelled. Nothing was paid." in buyer.words
    stranger = await cabinet.client("Nora", 1)
    await stranger.read(denied)
    assert stranger.page.status_code == 404


async def test_an_answer_that_comes_too_late_says_so(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await _proposed(buyer, seller, answer="1")
    await seller.read(deal)
    form = seller.form(f"{deal}/confirmation")
    await cabinet.move_clock(deal[7:], timedelta(days=1, seconds=1))
    late = await seller.http.post(form.url, data=form.fields)
    assert late.status_code == 409
    await seller.read(deal)
    assert "You did not answer in time." in await seller.until("Not answered in time")


async def test_what_cannot_be_proposed_is_said_beside_its_field(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    for changes, words in (
        ({"seller": buyer.user_id}, "Nobody can propose a deal to themselves."),
        ({"seller": "somebody"}, "There is no such user."),
        ({"price": "nothing"}, "Please type an amount such as"),
    ):
        await buyer.read(f"{NEW}?seller={seller.user_id}")
        said = await buyer.send(NEW, **{"title": "A logo", "description": "Two colours.", "price": "5"} | changes)
        assert words in said, said
        assert buyer.form(NEW).fields["title"] == "A logo"
    mine = "SELECT 1 FROM deals WHERE buyer_id = CAST(:id AS uuid)"
    assert await cabinet.rows(mine, id=buyer.user_id) == []


async def test_the_number_of_nobody_is_refused_alike_by_both_forms_whatever_it_looks_like(cabinet: Cabinet) -> None:
    buyer = await cabinet.client("Boris", 1)
    typed = {"title": "A logo", "description": "Two colours."}
    milestones = {"title_1": "A draft", "amount_1": "1", "title_2": "The rest", "amount_2": "2"}
    for page, more in ((NEW, {"price": "5"}), ("/my/contracts/new", milestones)):
        for number in ("somebody", str(uuid4())):
            await buyer.read(page)
            await buyer.send(page, seller=number, **typed, **more)
            beside = buyer.page.text.partition('id="seller-error">')[2].partition("<")[0]
            assert (buyer.page.status_code, beside) == (404, "There is no such user."), (page, number)


async def test_there_are_three_months_to_answer_at_most_and_a_year_to_pay(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await buyer.read(f"{NEW}?seller={seller.user_id}")
    asked = buyer.form(NEW).options
    assert (asked["answer"][-1], asked["pay"][-1], asked["inspect"][-1]) == ("90", "365", "365")
    deal = await _proposed(buyer, seller, answer="90", pay="365", inspect="365")
    times = (
        "SELECT round(extract(epoch FROM answer_by - created_at) / 86400)::int FROM deals WHERE id = CAST(:id AS uuid)"
    )
    assert await cabinet.rows(times, id=deal[7:]) == [(90,)]
