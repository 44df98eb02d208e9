"""A deal ends when its books and its banks agree: not before they answer, and not while they differ."""

from __future__ import annotations

from bank.client import void
from domain.money import Money
from store.closings import Closing, closing_of
from store.deals import Deal
from tests.fixtures.bank import done
from tests.fixtures.sagas import Market, eventually


async def statement(market: Market, deal: Deal) -> Closing | None:
    async with market.database.transaction() as session:
        return await closing_of(session, deal.id)


async def test_a_completed_deal_has_a_statement_that_balances_line_by_line(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    deal = await market.deal(seller, buyer)
    payment = await market.pay(deal, buyer)
    await market.submit(payment, await market.code(buyer))
    await market.until(deal, "completed")
    closing = await statement(market, deal)
    assert closing is not None and closing.balanced and closing.differences == []
    told = sorted((line.kind, line.status, line.amount_minor, line.commission) for line in closing.told)
    assert told == [
        ("credit", "success", 2_500, True),
        ("credit", "success", 47_500, False),
        ("debit", "success", 50_000, False),
    ]


async def test_an_operation_that_the_books_do_not_know_keeps_the_deal_from_ending_until_it_is_gone(
    market: Market,
) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    deal = await market.deal(seller, buyer)
    payment = await market.pay(deal, buyer)
    code = await market.code(buyer)
    payer, payee = await market.bank.new_client(1), await market.bank.new_client(2)
    stray = await market.bank.held(payer, payee, Money(1_000, "RUB"), reference=str(deal.id))
    await market.submit(payment, code)
    closing = await eventually(lambda: statement(market, deal), lambda found: found is not None, "a comparison")
    assert closing is not None and not closing.balanced
    held = stray.amount + stray.fee
    assert closing.differences == [f"no payment of ours, held: the books say 0.00 RUB, the banks {held}"]
    assert (await market.now(deal)).final_at is None
    assert (await market.now(deal)).flagged_at is not None
    done(await market.bank.client.send(void(market.bank.key(), stray.key)))
    await market.ring(deal)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
