"""Contracts at the pages, without script: proposed in rows, answered as a whole, each milestone a deal of its own."""

from __future__ import annotations

import httpx

from tests.fixtures.cabinet import Cabinet, Person

PARTS = {"title_1": "The <b>plan</b>", "amount_1": "100.00", "title_2": "The roof", "amount_2": "200.00"}


async def _proposed(seller: Person, buyer: Person, **fields: str) -> str:
    """The buyer fills in the form for this seller; the address of the contract."""
    await buyer.read(f"/my/contracts/new?seller={seller.user_id}")
    assert f"This is {seller.name}" in buyer.words.replace("\u2068", "").replace("\u2069", "")
    await buyer.send(title="A house", description="Of brick", **(PARTS | fields))
    assert buyer.at.startswith("/contracts/"), buyer.words
    return buyer.at


async def test_a_contract_is_proposed_confirmed_paid_and_cancelled_at_its_page(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    page = await _proposed(seller, buyer)
    assert "Waiting for the seller's answer" in buyer.words and "The <b>plan</b>" in buyer.words
    said = await seller.read(page)
    assert "Confirm all milestones" in said and "Retract the proposal" not in said
    said = await seller.send(f"{page}/confirmation")
    assert "Under way" in said and "Left to pay 300.00 RUB" in said.replace("\u00a0", " ")

    await buyer.read(page)
    first = buyer.page.text.partition('href="/deals/')[2].partition('"')[0]
    said = await buyer.read(f"/deals/{first}")
    assert "Milestone 1 of a contract" in said and f'href="{page}"' in buyer.page.text
    payment = await buyer.begin(first)
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.read(f"/deals/{first}")
    await buyer.until("Accept: pay the seller")
    said = (await buyer.read(page)).replace("\u00a0", " ")
    assert "Held 100.00 RUB" in said and "Left to pay 200.00 RUB" in said

    said = await buyer.send(f"{page}/cancellation", reason="No more money")
    assert "Cancelled" in said and "Paid" in said
    assert "has not agreed yet" in await buyer.send(f"{page}/cancellation", reason="Please")
    await seller.read(page)
    await seller.send(f"{page}/cancellation")
    said = (await seller.until("All milestones were cancelled")).replace("\u00a0", " ")
    assert "Held 0.00 RUB" in said and "Left to pay 0.00 RUB" in said
    assert "A house" in await seller.read("/my/contracts")
    assert "You do the work · Milestone 1 of a contract" in await seller.read("/my/deals")
    assert "You are the client · Milestone 2 of a contract" in await buyer.read("/my/deals")
    await seller.read(f"/language/ru?back={page}")
    assert "Этапы" in seller.words and "Milestones" not in seller.words


async def test_a_contract_is_denied_by_its_seller_and_retracted_by_its_buyer(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    denied, retracted = await _proposed(seller, buyer), await _proposed(seller, buyer)
    await seller.read(denied)
    assert "You have denied the contract." in await seller.send(f"{denied}/denial")
    await seller.read(retracted)
    await buyer.read(retracted)
    await buyer.send(f"{retracted}/retraction")
    await seller.send(f"{retracted}/confirmation")
    assert seller.page.status_code == httpx.codes.CONFLICT and "out of date" in seller.words


async def test_a_form_that_is_not_filled_in_says_so_beside_each_field_and_keeps_what_was_typed(
    cabinet: Cabinet,
) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await buyer.read(f"/my/contracts/new?seller={seller.user_id}")
    said = await buyer.send(title="A house", description="Of brick", title_1="The plan", amount_1="much")
    assert buyer.page.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "Milestone 1: amount" in said and "at least two milestones" in said
    assert 'value="The plan"' in buyer.page.text and 'id="amount_1-error"' in buyer.page.text
    said = await buyer.send(**PARTS, title_10="", amount_10="5.00")
    assert 'id="title_10-error"' in buyer.page.text and 'id="title_1-error"' not in buyer.page.text
    await buyer.send(title_10="The garden")
    assert buyer.at.startswith("/contracts/") and "3. " in buyer.words and "The garden" in buyer.words


async def test_milestones_are_described_and_paid_from_the_wallet_and_the_page_learns_of_it(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await cabinet.fill(buyer, "250.00")
    page = await _proposed(seller, buyer, description_2="Of red tiles.")
    assert "Of red tiles." in buyer.words
    seen = buyer.page.text.partition('data-version="')[2].partition('"')[0]
    async with buyer.http.stream("GET", f"{page}/live", params={"seen": seen}) as news:
        await seller.read(page)
        await seller.send(f"{page}/confirmation")
        said = [line async for line in news.aiter_lines()]
    assert "event: change" in said
    said_of_money = (await buyer.read(page)).replace("\u00a0", " ")
    assert "Held 100.00 RUB" in said_of_money and "Left to pay 200.00 RUB" in said_of_money
    assert "Milestones are paid from your wallet" in said_of_money
    waits = buyer.page.text.rpartition('href="/deals/')[2].partition('"')[0]
    assert "Of red tiles." in await buyer.read(f"/deals/{waits}") and "As soon as your wallet has" in buyer.words


async def test_once_everything_is_paid_the_page_asks_for_acceptance(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await cabinet.fill(buyer, "300.00")
    page = await _proposed(seller, buyer)
    assert "Under way" not in await seller.read(page)
    assert "You get the money of each milestone once it is accepted." in await seller.send(f"{page}/confirmation")
    assert "Accept each milestone once you are content with it." in await buyer.read(page)


async def test_a_contract_without_the_buyers_leave_touches_no_wallet(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await cabinet.fill(buyer, "500.00")
    page = await _proposed(seller, buyer, from_wallet="")
    await seller.read(page)
    await seller.send(f"{page}/confirmation")
    said = (await buyer.read(page)).replace("\u00a0", " ")
    assert "Left to pay 300.00 RUB" in said and "from your wallet" not in said


async def test_a_contract_of_others_is_unknown(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    page = await _proposed(seller, buyer)
    other = await cabinet.client("Nora", 1)
    assert (await other.http.get(f"{page}/live")).status_code == httpx.codes.NOT_FOUND
    await other.read(page)
    assert other.page.status_code == httpx.codes.NOT_FOUND and "A house" not in other.words
