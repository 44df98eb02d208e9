"""A deal ends when its books and its banks agree: not before they answer, and not while they differ."""

from __future__ import annotations

from temporalio.testing import ActivityEnvironment

from bank.client import void
from domain.money import Money
from market.closings import compare
from market.verdicts import look
from rails.closing import bank_side
from store.deals.closings import Closing, closing_of
from store.deals.deals import Deal, lock_deal
from store.deals.stuck import stuck
from store.payments.refunds import Refund
from tests.fixtures.bank import done
from tests.fixtures.sagas import Market, eventually


async def statement(market: Market, deal: Deal) -> Closing | None:
    async with market.database.transaction() as session:
        return await closing_of(session, deal.id)


async def until_compared(market: Market, refund: Refund) -> None:
    await eventually(lambda: market.now(refund), lambda row: row.compared_at is not None, "the comparison after it")


async def test_a_completed_deal_has_a_statement_that_balances_line_by_line(market: Market) -> None:
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    closing = await statement(market, deal)
    assert closing is not None and closing.balanced and closing.differences == []
    shown = sorted((line.kind, line.status, line.amount_minor, line.commission) for line in closing.reported)
    assert shown == [
        ("credit", "success", 2_500, True),
        ("credit", "success", 47_500, False),
        ("debit", "success", 50_000, False),
    ]


async def test_an_operation_that_the_books_do_not_know_keeps_the_deal_from_ending_until_it_is_gone(
    market: Market,
) -> None:
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    payer, payee = await market.bank.new_client(1), await market.bank.new_client(2)
    stray = await market.bank.held(payer, payee, Money(1_000, "RUB"), reference=str(deal.id))
    await market.submit(payment, code)
    closing = await eventually(lambda: statement(market, deal), lambda found: found is not None, "a comparison")
    assert closing is not None and not closing.balanced
    held = stray.amount + stray.fee
    assert closing.differences == [f"no known payment, held: the books say 0.00 RUB, the banks {held}"]
    assert (await market.now(deal)).final_at is None
    assert (await market.now(deal)).flagged_at is not None
    done(await market.bank.client.send(void(market.bank.key(), stray.key)))
    await market.signal(deal)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"


async def test_a_refund_of_an_ended_deal_ends_when_the_statement_balances_again(market: Market) -> None:
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    refunds = [await market.refund(deal, "100.00"), await market.refund(deal, "150.00")]
    for refund in refunds:
        await until_compared(market, refund)
        await market.workflow(refund).result()
    closing = await statement(market, deal)
    assert closing is not None and closing.balanced
    back = sorted(line.amount_minor for line in closing.reported if line.kind == "refund")
    assert back == [10_000, 15_000]
    assert closing.checks <= 3
    assert await market.alarms() == {}


async def test_what_a_refund_finds_at_the_banks_and_not_in_the_books_calls_an_operator_until_it_is_gone(
    market: Market,
) -> None:
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    payer, payee = await market.bank.new_client(1), await market.bank.new_client(2)
    stray = await market.bank.held(payer, payee, Money(1_000, "RUB"), reference=str(deal.id))
    refund = await market.refund(deal, "100.00")
    closing = await eventually(
        lambda: statement(market, deal), lambda found: found is not None and not found.balanced, "a difference"
    )
    assert closing is not None and [line.split(":")[0] for line in closing.differences] == ["no known payment, held"]
    assert await market.balance(buyer) == "590.00, 0.00 held"  # the payer does not have to wait
    row = await market.now(refund)
    assert (row.state, row.compared_at) == ("refunded", None)
    async with market.database.transaction() as session:
        found = [one for one in await stuck(session, older_than_s=0, limit=100) if one.deal_id == deal.id]
    assert [one.what for one in found] == ["unbalanced"]
    done(await market.bank.client.send(void(market.bank.key(), stray.key)))
    await market.sagas.wake(refund, deal)
    await until_compared(market, refund)


async def test_a_comparison_overtaken_by_a_refund_is_repeated_without_an_alarm(market: Market) -> None:
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    side = await ActivityEnvironment().run(bank_side, market.database, market.bank.client, deal.id)
    refund = await market.refund(deal, "100.00")
    await until_compared(market, refund)
    async with market.database.transaction() as session:
        view = await compare(session, await look(session, await lock_deal(session, deal.id)), side)
    assert (view.compared, view.balanced) == (False, False)
    closing = await statement(market, deal)
    assert closing is not None and closing.balanced
    assert (await market.now(deal)).flagged_at is None
