"""Overrides on the real stack: banks that do not answer, operators who know better, and banks that answer after all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.errors import Conflict
from domain.money import Money
from domain.overrides import OverrideKind, OverrideState, Result
from domain.terms import Release, Terms
from edge.database import Database
from market.overrides import request
from store.deals.deals import Deal, lock_deal
from store.payments.overrides import Asked, Override, override_of
from store.payments.payments import Payment, lock_with_deal
from store.people.operators import create_operator
from tests.fixtures.sagas import Market, Party, eventually
from tests.replay import histories
from tests.replay.histories import closed_history


async def decided(market: Market, deal: Deal, asked: Asked, *, alone_up_to: int = 10_000) -> Override:
    """An operator's override of a deal, committed and signalled as the API would."""
    async with market.database.transaction() as session:
        operator = await create_operator(session, "Olga", arbiter=True)
        override = await request(
            session, await lock_deal(session, deal.id), None, asked, operator.id, alone_up_to=alone_up_to
        )
    if override.state == OverrideState.APPROVED:
        with market.environment.with_time_skipping_disabled():
            await market.sagas.wake(override, deal)
    return override


async def ordered(market: Market, payment: Payment, asked: Asked) -> Override:
    """An operator's override of a payment, committed and signalled as the API would."""
    async with market.database.transaction() as session:
        operator = await create_operator(session, "Olga", arbiter=True)
        deal, locked = await lock_with_deal(session, payment.id)
        override = await request(session, deal, locked, asked, operator.id, alone_up_to=10_000)
    with market.environment.with_time_skipping_disabled():
        await market.sagas.wake(override, deal)
    return override


async def until_override(market: Market, override: Override, *states: OverrideState) -> Override:
    async def look() -> Override:
        async with market.database.transaction() as session:
            return await override_of(session, override.id)

    return await eventually(look, lambda found: found.state in states, f"override in {states}")


async def suspense(market: Market, payment: Payment) -> int:
    """What is in suspense because of the payment, in minor units; above 0: a bank has it."""
    async with market.database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT coalesce(sum(t.amount_minor * CASE WHEN c.code LIKE 'suspense/%' THEN 1 ELSE -1 END), 0)"
                " FROM ledger.transfers t JOIN ledger.accounts c ON c.id = t.credit_account WHERE t.key LIKE :keys"
            ),
            {"keys": f"payment/{payment.id}/ledger/suspense/%"},
        )
        return int(rows.scalar_one())


async def speak(market: Market, payment: Payment, about: str = "") -> None:
    """From now on the bank reports what it has withheld, or that part of it about one step."""
    owner = Database(market.bank.stored.owner_url, pool_size=1)  # the bank itself only ever reads when to speak
    async with owner.transaction() as session:
        await session.execute(
            text("UPDATE withheld_answers SET until = clock_timestamp() WHERE key LIKE :keys"),
            {"keys": f"payment/{payment.id}/{about}%"},
        )
    await owner.close()


def silent_at(step: str) -> dict[str, object]:
    """The bank does its work, or refuses to, and says for a day no more than that it is busy."""
    return {"do": "accept", "steps": [step], "webhook": "never", "withhold_s": 80_000}


async def _silent_debit(market: Market, price: str = "500.00") -> tuple[Party, Party, Deal, Payment]:
    """A code was submitted, and the bank's answer is unknown."""
    seller, buyer, deal = await market.sale(price)
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.behave(1, silent_at("debit"))
    await market.submit(payment, code)
    await asked_at_bank(market, payment, "debit")
    return seller, buyer, deal, payment


async def asked_at_bank(market: Market, payment: Payment, step: str) -> None:
    await eventually(
        lambda: market.bank_requests(payment),
        lambda rows: any(row["step"] == step and row["answered_at"] for row in rows),
        f"a {step}",
    )


FORCED_DONE = Asked(OverrideKind.FORCE, "the bank's desk was called", "their line 7", "debit/1", Result.DONE)
FORCED_REFUSED = Asked(OverrideKind.FORCE, "the bank's desk was called", "their letter", "debit/1", Result.REFUSED)


async def test_a_forced_debit_counts_and_is_confirmed_when_the_bank_speaks(market: Market) -> None:
    seller, _, deal, payment = await _silent_debit(market)
    override = await ordered(market, payment, FORCED_DONE)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    await until_override(market, override, OverrideState.IN_FORCE)
    await speak(market, payment)
    await until_override(market, override, OverrideState.DONE)
    assert await suspense(market, payment) == 0
    debits = [row for row in await market.bank_requests(payment) if row["step"] == "debit"]
    assert len({row["key"] for row in debits}) == 1


async def test_the_reason_of_a_override_stays_in_the_history_of_the_payment(market: Market) -> None:
    _, _, deal, payment = await _silent_debit(market)
    override = await ordered(market, payment, FORCED_DONE)
    await market.until(deal, "completed")
    history = await closed_history(market, f"payment/{payment.id}")
    texts = [text for text in histories.texts(history) if str(override.id) in text]
    assert any("the bank's desk was called" in text and "their line 7" in text for text in texts)


async def test_a_forced_refusal_waits_for_the_tombstone_and_frees_what_was_held(market: Market) -> None:
    _, buyer, deal, payment = await _silent_debit(market)
    assert await market.balance(buyer) == "1000.00, 512.50 held"
    override = await ordered(market, payment, FORCED_REFUSED)
    await market.until(payment, "failed")
    found = await until_override(market, override, OverrideState.DONE)
    assert found.tombstone_at is not None
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert (await market.now(deal)).state == "awaiting_payment"
    await speak(market, payment)
    assert await suspense(market, payment) == 0
    assert (await market.now(payment)).flagged_at is None


async def test_nothing_is_forced_before_the_bank_has_acknowledged_the_tombstone(market: Market) -> None:
    _, buyer, _, payment = await _silent_debit(market)
    await market.bank.behave(1, silent_at("debit"), silent_at("void"))
    override = await ordered(market, payment, FORCED_REFUSED)
    await asked_at_bank(market, payment, "void")
    assert (await market.now(payment)).state == "processing"
    assert (await until_override(market, override, OverrideState.APPROVED)).tombstone_at is None
    await market.bank.behave(1)
    await speak(market, payment, "tombstone")
    await market.until(payment, "failed")
    assert await market.balance(buyer) == "1000.00, 0.00 held"


async def test_a_debit_that_the_bank_refuses_after_all_leaves_its_amount_in_suspense_and_calls_an_operator(
    market: Market,
) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    first, second = [await market.deal(seller, buyer, "600.00") for _ in range(2)]
    payments, codes = [], []
    for deal in (first, second):
        payments.append(await market.pay(deal, buyer))
        codes.append(await market.code(buyer))
    await market.submit(payments[0], codes[0])
    await market.until(first, "completed")
    payment = payments[1]
    await market.until(payment, "awaiting_code")
    await market.bank.behave(1, silent_at("debit"))
    await market.submit(payment, codes[1])  # the money is gone, but the bank does not say so
    await asked_at_bank(market, payment, "debit")

    override = await ordered(market, payment, FORCED_DONE)
    await market.until(second, "funded")
    await speak(market, payment)
    await until_override(market, override, OverrideState.CONTRADICTED)
    assert await suspense(market, payment) == -61_500
    assert (await market.now(payment)).flagged_at is not None
    assert (await market.now(second)).flagged_at is not None
    assert (await market.now(second)).final_at is None


async def test_money_that_was_held_before_the_tombstone_came_goes_back_and_does_not_count(
    market: Market,
) -> None:
    _, buyer, deal, payment = await _silent_debit(market)
    await market.bank.behave(1, silent_at("debit"), silent_at("void"))
    override = await ordered(market, payment, FORCED_REFUSED)
    await asked_at_bank(market, payment, "void")
    await speak(market, payment, "debit")  # it was held all the time
    await market.until(payment, "returning")
    assert (await market.now(deal)).state in ("awaiting_payment", "partially_paid")
    await market.bank.behave(1)
    await speak(market, payment)
    await market.until(payment, "refunded")
    await until_override(market, override, OverrideState.DONE)
    assert await suspense(market, payment) == 0
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert (await market.until(deal, "awaiting_payment")).final_at is None


async def test_only_what_is_unknown_can_be_forced_and_only_once(market: Market) -> None:
    _, _, _, payment = await _silent_debit(market)
    with pytest.raises(Conflict, match="not_awaited"):
        await ordered(market, payment, Asked(OverrideKind.FORCE, "why", "proof", "credit/1", Result.DONE))
    await ordered(market, payment, FORCED_DONE)
    with pytest.raises(Conflict, match=r"already_forced|not_awaited"):
        await ordered(market, payment, FORCED_DONE)
    assert (await market.until(payment, "completed")).state == "completed"


async def test_a_bank_is_asked_now_instead_of_at_its_next_turn(market: Market) -> None:
    seller, _, deal, payment = await _silent_debit(market)
    await speak(market, payment)
    override = await ordered(market, payment, Asked(OverrideKind.ASK, "their desk says that it is done"))
    await until_override(market, override, OverrideState.DONE)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"


async def test_a_refused_capture_is_made_again_once_the_cause_has_been_seen_to(market: Market) -> None:
    seller, buyer, deal = await market.sale()
    payment = await market.pay(deal, buyer)
    await market.bank.behave(1, {"do": "refuse", "steps": ["capture"], "code": "not_held"})
    await market.submit(payment, await market.code(buyer))
    await eventually(lambda: market.now(payment), lambda row: row.flagged_at is not None, "the flag")
    await market.bank.behave(1)
    override = await ordered(market, payment, Asked(OverrideKind.RELEASE, "their ledger was put right"))
    await market.until(deal, "completed")
    await until_override(market, override, OverrideState.DONE)
    assert await market.balance(seller) == "475.00, 0.00 held"


async def test_the_redriver_carries_out_what_was_never_signalled(market: Market) -> None:
    seller, _, deal, payment = await _silent_debit(market)
    async with market.database.transaction() as session:
        operator = await create_operator(session, "Olga", arbiter=True)
        _, locked = await lock_with_deal(session, payment.id)
        override = await request(session, _, locked, FORCED_DONE, operator.id, alone_up_to=10_000)
    await market.redrive()
    await market.until(deal, "completed")
    await until_override(market, override, OverrideState.IN_FORCE)
    assert await market.balance(seller) == "475.00, 0.00 held"


async def _inspected(market: Market) -> tuple[Party, Party, Deal]:
    seller, buyer = await market.party(2, None), await market.party(1)
    terms = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
    deal = await market.deal(seller, buyer, "500.00", terms=terms)
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    return seller, buyer, deal


async def test_a_split_pays_the_seller_and_refunds_the_buyers_part(market: Market) -> None:
    seller, buyer, deal = await _inspected(market)
    override = await decided(market, deal, Asked(OverrideKind.SPLIT, "the lid was broken", amount=Money(10_000, "RUB")))
    await market.until(deal, "split")
    await until_override(market, override, OverrideState.DONE)
    assert await market.balance(seller) == "380.00, 0.00 held"
    assert await market.balance(buyer) == "590.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_refund_of_an_inspected_deal_gives_everything_back(market: Market) -> None:
    seller, buyer, deal = await _inspected(market)
    override = await decided(market, deal, Asked(OverrideKind.REFUND, "it never came"))
    await market.until(deal, "refunded")
    await until_override(market, override, OverrideState.DONE)
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"


async def test_both_parties_get_more_time_through_an_operator(market: Market) -> None:
    _, buyer, deal = await market.sale()
    later = deal.pay_by + timedelta(hours=1)
    asked = Asked(OverrideKind.EXTEND, "a bank holiday", "letters of both", pay_by=later)
    override = await decided(market, deal, asked)
    await until_override(market, override, OverrideState.DONE)
    await market.pass_time(deal, timedelta(seconds=601))
    assert (await market.now(deal)).pay_by == later
    payment = await market.paid(deal, buyer)
    await market.until(deal, "completed")
    assert (await market.now(payment)).state == "completed"
