"""A dispute as both parties see it: what was said and offered, what each end means in money, and the settlement."""

from __future__ import annotations

from uuid import UUID

import httpx

from domain.money import Money
from domain.overrides import OverrideKind
from store.deals.deals import deal_of
from store.payments.overrides import Asked
from tests.fixtures.cabinet import Cabinet, Person
from tests.sagas.test_override import decided

TERMS = {"settlement": "hold", "release": "on_acceptance", "inspection_s": 3600}


async def _inspected(cabinet: Cabinet) -> tuple[Person, Person, str]:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller, "500.00", terms=TERMS))
    payment = await buyer.begin(deal)
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.read(f"/deals/{deal}")
    await buyer.until("Accept: pay the seller")
    return seller, buyer, deal


async def test_the_parties_settle_their_dispute_on_its_page(cabinet: Cabinet) -> None:
    seller, buyer, deal = await _inspected(cabinet)
    page = f"/deals/{deal}/dispute"
    said = await buyer.send(page, objection="The <b>lid</b> is broken")
    assert buyer.at == page and "The <b>lid</b> is broken" in said and "The other party can answer until" in said
    said = await seller.read(page)
    assert "Answer by" in said and "Retract the dispute" not in said
    assert f'href="/language/ru?back={page}"' in seller.page.text  # a change of language stays at the dispute
    link = "https://example.org/lid.jpg"
    assert link in await seller.send(f"{page}/statements", statement="It was whole", link=link)
    said = await seller.send(f"{page}/offers", back="100.00", words="For the lid")
    assert "Your offer" in said and "For the lid" in said
    said = await buyer.read(page)
    assert "An arbiter decides by" in said and "Offer of the other party" in said
    for words in ("Back to the buyer 100.00 RUB", "To the seller 400.00 RUB", "Back to the buyer 500.00 RUB"):
        assert words in said.replace("\u00a0", " "), words
    assert "commission" in said and "5 %" not in said
    said = await buyer.send(f"{page}/offers/2/acceptance")
    assert "Settled" in said and "goes back to the buyer" in said and "Make an offer" not in said
    await buyer.read(f"/deals/{deal}")
    await buyer.until("The dispute has ended")
    assert f'href="{page}"' in buyer.page.text  # what was said stays readable
    await buyer.read(page)
    assert f'href="/language/ru?back={page}"' in buyer.page.text
    await buyer.read(f"/language/ru?back={page}")
    assert "Спор" in buyer.words and "Улажен" in buyer.words and "Settled" not in buyer.words


async def test_the_buyer_sees_what_an_undisputed_part_means_before_it_is_paid(cabinet: Cabinet) -> None:
    seller, buyer, deal = await _inspected(cabinet)
    page = f"/deals/{deal}/dispute"
    await buyer.send(page, objection="The lid is broken")
    assert "Release what you do not dispute" not in await seller.read(page)
    said = await buyer.send(f"{page}/undisputed-part", part="500")
    assert buyer.page.status_code == httpx.codes.CONFLICT and "To pay all of it, accept" in said
    said = (await buyer.send(f"{page}/undisputed-part", part="300")).replace("\u00a0", " ")
    for words in (
        "Release 300.00 RUB",
        "Held until the dispute ends 200.00 RUB",
        "Fee that your bank takes now 12.50 RUB",
    ):
        assert words in said, words
    assert "5 %" not in said and "285.00" not in said
    said = (await buyer.send(f"{page}/undisputed-part")).replace("\u00a0", " ")
    assert "300.00 RUB is not disputed and goes to the seller" in said and "Release what" not in said
    await buyer.read(f"/deals/{deal}")
    assert "Cancel the deal" not in await buyer.until("Paid; a part is held until the dispute ends")
    said = (await seller.read("/my/earnings")).replace("\u00a0", " ")
    assert "Disputed: not before the dispute ends 200.00 RUB" in said and "at the latest" not in said
    await buyer.read(f"/language/ru?back={page}")
    assert "Бесспорно" in buyer.words and "Undisputed" not in buyer.words
    said = (await seller.read(page)).replace("\u00a0", " ")
    assert "At most 200.00 RUB" in said and "Back to the buyer 200.00 RUB" in said

    await seller.send(f"{page}/offers", back="150")
    await buyer.read(f"/language/en?back={page}")
    await buyer.send(f"{page}/offers/2/acceptance")
    await buyer.read(f"/deals/{deal}")
    assert (await buyer.until("The dispute has ended")).count("the rest is held") == 1
    said = await seller.read("/my/earnings")
    assert "47.50" in said and "Given back" not in said  # what went back had never come to the seller


async def test_a_form_that_cannot_be_carried_out_says_why_and_keeps_what_was_typed(cabinet: Cabinet) -> None:
    seller, buyer, deal = await _inspected(cabinet)
    page = f"/deals/{deal}/dispute"
    assert (await buyer.read(page)) and buyer.at == f"/deals/{deal}"  # there is none yet
    await seller.read(f"/deals/{deal}")
    await seller.send(page, objection="They do not answer")
    said = await seller.send(f"{page}/offers", back="500.01", words="Too much")
    assert seller.page.status_code == httpx.codes.CONFLICT
    assert "More than what is disputed cannot go back" in said and 'value="Too much"' in seller.page.text
    said = await seller.send(f"{page}/statements", statement="Look", link="example.org")
    assert seller.page.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "A link begins with https://" in said
    await seller.send(f"{page}/statements", statement="Look", link="https://example.org/крыша")
    assert 'href="https://example.org/%D0%BA%D1%80%D1%8B%D1%88%D0%B0"' in seller.page.text
    await buyer.read(page)
    await seller.read(page)
    await seller.send(f"{page}/statements", statement="Once more")
    said = await buyer.send(f"{page}/statements", statement="I do answer")
    assert buyer.page.status_code == httpx.codes.CONFLICT and "out of date" in said
    said = await buyer.send(f"{page}/statements")
    assert buyer.page.status_code == httpx.codes.OK and "I do answer" in said
    said = await seller.send(f"{page}/retraction")
    assert "out of date" in said
    said = await seller.send(f"{page}/retraction")
    assert "Retracted" in said


async def test_both_parties_read_why_it_was_decided_so_and_the_seller_may_give_back_more(cabinet: Cabinet) -> None:
    seller, buyer, deal = await _inspected(cabinet)
    page = f"/deals/{deal}/dispute"
    await buyer.send(page, objection="The lid is broken")
    await seller.read(page)
    await seller.send(f"{page}/statements", statement="It was whole")
    async with cabinet.market.database.transaction() as session:
        row = await deal_of(session, None, UUID(deal))
    back, why = Money(100_00, "RUB"), "The <b>lid</b> was broken before"
    await decided(cabinet.market, row, Asked(OverrideKind.SPLIT, why, evidence="Flagged: a known forger", amount=back))
    for party in (buyer, seller):
        for path in (page, f"/deals/{deal}"):
            await party.read(path)
            said = await party.until("The arbiter's reason")
            assert why in said and "<b>lid" not in party.page.text
            assert "forger" not in said and "Olga" not in said
    said = (await seller.until("Give money back")).replace("\u00a0", " ")
    assert "At most 400.00 RUB" in said and "Give money back" not in await buyer.read(f"/deals/{deal}")
    said = await seller.send(f"/deals/{deal}/refund", amount="400.01", reason="Sorry")
    assert seller.page.status_code == httpx.codes.CONFLICT and "At most" in said
    await seller.send(f"/deals/{deal}/refund", amount="400.00", reason="Sorry for the lid")
    assert "Sorry for the lid" in await buyer.read(f"/deals/{deal}")
    await buyer.until_true(lambda said: said.count("Given back") == 2, "both refunds")
    assert await seller.balance() == "5000.00, 0.00 held"
