"""Disputes: a party objects during the inspection, nothing moves before the end, then it moves as decided or agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.agreements import Party as Side
from domain.disputes import ANSWER_WITHIN, DECIDE_WITHIN, Awaited
from domain.errors import Conflict, Forbidden
from domain.money import Money
from domain.overrides import OverrideKind, OverrideState
from domain.terms import Release, Terms
from market.arbitration import decide, take
from market.disputes import retract_dispute
from market.divisions import Division, division
from market.overrides import approve
from market.signals import send
from store.deals.deals import Deal, deal_of
from store.payments.overrides import Asked
from store.people.operators import create_operator
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.shared_market import market, opened_market
from tests.sagas.test_override import decided, until_override
from tests.sagas.test_standing import current_details

__all__ = ["market", "opened_market"]
TERMS = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
AFTER_IT = timedelta(seconds=600 + 24 * 3600 + 60)
A_MINUTE = timedelta(minutes=1)


async def _inspected(market: Market) -> tuple[Party, Party, Deal]:
    """A deal of 500.00 that is paid and inspected."""
    seller, buyer, deal = await market.sale(terms=TERMS)
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    return seller, buyer, deal


async def _disputed(market: Market, side: Side = Side.BUYER) -> tuple[Party, Party, Deal]:
    """The same, disputed and answered, and its inspection has ended."""
    seller, buyer, deal = await _inspected(market)
    await market.dispute(deal, "The lid is broken", side)
    await market.pass_time(deal, AFTER_IT)
    await market.signal(deal)
    assert (await market.now(deal)).state == "disputed"
    assert await market.balance(buyer) == "1000.00, 512.50 held"
    return seller, buyer, deal


async def _preview(market: Market, deal: Deal, back_minor: int) -> Division:
    async with market.database.transaction() as session:
        return await division(session, await deal_of(session, None, deal.id), back_minor)


async def test_a_dispute_outlives_the_inspection_and_a_split_ends_it(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    shown = await _preview(market, deal, 250_00)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(250_00, "RUB")))
    await market.until(deal, "split")
    assert await market.balance(seller) == "237.50, 0.00 held"
    assert await market.balance(buyer) == "743.75, 0.00 held"
    assert [str(shown.back), str(shown.fee_back), str(shown.seller)] == ["250.00 RUB", "6.25 RUB", "237.50 RUB"]
    dispute = await market.dispute_of(deal)
    assert (dispute.state, dispute.back_minor) == ("decided", 250_00)
    await market.until(await market.refund(deal), "refunded")  # the seller refunds the rest as well
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_what_a_split_has_left_is_refunded_by_an_override_without_an_amount(market: Market) -> None:
    _, buyer, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(250_00, "RUB")))
    await market.until(deal, "split")
    override = await decided(market, deal, Asked(OverrideKind.REFUND, "the rest is broken too"))
    await until_override(market, override, OverrideState.DONE)
    await market.redrive()
    _, rest = await market.refunds(deal)
    await market.until(rest, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    with pytest.raises(Conflict) as refused:  # at once, without approval
        await decided(market, deal, Asked(OverrideKind.REFUND, "once more"))
    assert refused.value.code == "exceeds_refundable"
    assert await market.alarms() == {}


async def test_that_a_deal_is_paid_is_mailed_once_despite_a_dispute(market: Market) -> None:
    _, _, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(250_00, "RUB")))
    await market.until(deal, "split")
    query = text(
        "SELECT count(*), count(n.event_id) FROM events e LEFT JOIN notices n ON n.event_id = e.id "
        "WHERE e.deal_id = :deal AND e.type = 'deal.funded'"
    )
    async with market.database.transaction() as session:
        assert tuple((await session.execute(query, {"deal": deal.id})).one()) == (2, 1)


@pytest.mark.source("escrow deals:28-29")
async def test_a_dispute_decided_for_the_buyer_gives_everything_back_fee_included(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.REFUND, "it is broken indeed"))
    await market.until(deal, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


@pytest.mark.source("escrow deals:26-27")
async def test_a_dispute_decided_for_the_seller_pays_the_seller(market: Market) -> None:
    seller, _, deal = await _disputed(market, Side.SELLER)
    await decided(market, deal, Asked(OverrideKind.RELEASE, "the photographs are of another lid"))
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    with pytest.raises(Conflict, match="has been paid already") as refused:
        await decided(market, deal, Asked(OverrideKind.RELEASE, "once more"))
    assert refused.value.code == "nothing_to_decide"
    assert await market.alarms() == {}


async def test_retracting_a_dispute_after_the_inspection_is_an_acceptance(market: Market) -> None:
    seller, _, deal = await _disputed(market)
    with pytest.raises(Conflict, match="not_your_dispute"):
        await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.SELLER))
    await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.BUYER))
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_seller_who_retracts_a_dispute_leaves_the_buyer_the_time_to_inspect(market: Market) -> None:
    seller, _, deal = await _disputed(market, Side.SELLER)
    await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.SELLER))
    assert (await market.now(deal)).state == "funded"
    await market.pass_time(deal, AFTER_IT + AFTER_IT)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_the_parties_may_end_their_dispute_themselves(market: Market) -> None:
    _, buyer, deal = await _disputed(market)
    await market.cancel(deal, Side.SELLER, "As you like")
    await market.cancel(deal, Side.BUYER, "Then this")
    await market.until(deal, "cancelled")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert (await market.dispute_of(deal)).state == "settled"
    content_seller, _, content = await _disputed(market)
    await market.accept(content)
    await market.until(content, "completed")
    assert await market.balance(content_seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


@pytest.mark.parametrize("offers", Side)
async def test_an_offer_that_is_accepted_divides_the_money(market: Market, offers: Side) -> None:
    seller, buyer, deal = await _disputed(market)
    accepts = Side.SELLER if offers is Side.BUYER else Side.BUYER
    first, second = [await market.offer_to_settle(deal, offers, amount) for amount in ("50.00", "100.00")]
    with pytest.raises(Conflict, match="offer_ended"):
        await market.accept_offer(deal, accepts, first)
    shown = await _preview(market, deal, 100_00)
    await market.accept_offer(deal, accepts, second)
    await market.until(deal, "split")
    assert await market.balance(seller) == "380.00, 0.00 held"
    assert await market.balance(buyer) == "590.00, 0.00 held"  # 500.00 and a fee of 12.50 less 100.00 and 2.50
    assert [shown.back.minor, shown.fee_back.minor, shown.seller.minor] == [100_00, 2_50, 380_00]
    assert [refund.reason for refund in await market.refunds(deal)] == ["A dispute was settled."]
    assert await market.alarms() == {}


async def test_a_division_of_many_parts_is_what_was_shown(market: Market) -> None:
    seller, buyer, deal = await market.sale("100.00", terms=TERMS)
    for amount in ("33.33", "33.33", "33.34"):
        await market.paid(deal, buyer, amount)
    await market.until(deal, "funded")
    await market.dispute(deal)
    shown = await _preview(market, deal, 49_99)
    number = await market.offer_to_settle(deal, Side.SELLER, "49.99")
    await market.accept_offer(deal, Side.BUYER, number)
    await market.until(deal, "split")
    fees = sum(payment.fee_minor for payment in await market.payments(deal))
    left = 1000_00 - 100_00 - fees + shown.back.minor + shown.fee_back.minor
    assert await market.balance(buyer) == f"{left // 100}.{left % 100:02}, 0.00 held"
    assert (await market.balance(seller), await market.alarms()) == (f"{shown.seller.amount}, 0.00 held", {})


async def test_silence_is_noted_and_then_the_decision_may_be_made(market: Market) -> None:
    _, buyer, deal = await _inspected(market)
    await market.dispute(deal, answered=False)
    with pytest.raises(Conflict) as early:
        await decided(market, deal, Asked(OverrideKind.REFUND, "no need to ask"))
    assert early.value.code == "answer_awaited"
    named = "the dispute: an answer of the seller"
    await eventually(lambda: _timers(market, deal), lambda names: named in names, named)
    await market.pass_time(deal, ANSWER_WITHIN + A_MINUTE)
    dispute = await market.until_dispute(deal, Awaited.DECISION)
    assert (dispute.answered_at, dispute.silent_at is not None) == (None, True)
    await decided(market, deal, Asked(OverrideKind.REFUND, "no answer came"))
    await market.until(deal, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_dispute_that_nobody_decides_is_raised_and_decided_by_another_arbiter(market: Market) -> None:
    seller, _, deal = await _inspected(market)
    await market.dispute(deal)
    await market.pass_time(deal, DECIDE_WITHIN + A_MINUTE)
    await market.until_dispute(deal, Awaited.SECOND_DECISION)
    await eventually(lambda: current_details(market, deal), lambda said: "another arbiter" in said, "the new headline")
    await decided(market, deal, Asked(OverrideKind.RELEASE, "the lid is whole"))
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_raised_dispute_is_found_although_its_workflow_lost_its_timer(market: Market) -> None:
    _, _, deal = await _inspected(market)
    await market.dispute(deal)
    await market.workflow(deal).terminate("a hand in the Temporal UI")
    await market.set_clock(deal, DECIDE_WITHIN + A_MINUTE)
    await market.redrive()
    await market.until_dispute(deal, Awaited.SECOND_DECISION)
    assert await market.alarms() == {}


async def test_who_was_too_late_decides_no_more(market: Market) -> None:
    _, _, deal = await _inspected(market)
    await market.dispute(deal)
    dispute = await market.dispute_of(deal)
    async with market.database.transaction() as session:
        ada, eve = [await create_operator(session, name, arbiter=True) for name in ("Ada", "Eve")]
        await take(session, ada.id, dispute.id)
    with pytest.raises(Conflict, match="dispute_taken"):
        async with market.database.transaction() as session:
            await take(session, eve.id, dispute.id)
    await market.pass_time(deal, DECIDE_WITHIN + A_MINUTE)
    raised = await market.until_dispute(deal, Awaited.SECOND_DECISION)
    assert (raised.arbiter_id, raised.replaced_id) == (None, ada.id)
    asked = Asked(OverrideKind.RELEASE, "too late")
    with pytest.raises(Forbidden, match="second_arbiter_needed"):
        async with market.database.transaction() as session:
            await decide(session, ada.id, dispute.id, asked, alone_up_to=10_000)
    async with market.database.transaction() as session:
        made = await decide(session, eve.id, dispute.id, asked, alone_up_to=10_000)
    for signal in made.signals:
        await send(market.sagas, signal)
    await market.until(deal, "completed")
    assert await market.alarms() == {}


async def test_an_offer_that_is_accepted_overtakes_a_decision_that_waits_for_approval(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    number = await market.offer_to_settle(deal, Side.SELLER, "100.00")
    override = await decided(market, deal, Asked(OverrideKind.REFUND, "all of it"), alone_up_to=0)
    assert override.state == OverrideState.PROPOSED
    await market.accept_offer(deal, Side.BUYER, number)
    await market.until(deal, "split")
    async with market.database.transaction() as session:
        anna = await create_operator(session, "Anna", approver=True)
        approved = await approve(session, anna.id, override.id, yes=True)
    for signal in approved.signals:
        await send(market.sagas, signal)
    ended = await until_override(market, override, OverrideState.REJECTED)
    assert ended.refused_code == "decision_outdated"
    assert await market.balance(seller) == "380.00, 0.00 held"
    assert await market.balance(buyer) == "590.00, 0.00 held"
    assert await market.alarms() == {}


async def test_only_during_the_inspection_is_a_dispute_opened(idle_market: Market) -> None:
    seller, buyer, deal = await idle_market.sale(terms=TERMS)

    async def refusal(side: Side) -> str:
        with pytest.raises(Conflict) as refused:
            await idle_market.dispute(deal, "Broken", side)
        return refused.value.code

    for side in Side:
        assert await refusal(side) == "nothing_to_dispute"
    async with idle_market.working():
        await idle_market.paid(deal, buyer)
        await idle_market.until(deal, "funded")
    await idle_market.set_clock(deal, AFTER_IT)  # and no worker that could release it first
    for side in Side:
        assert await refusal(side) == "inspection_over"
    async with idle_market.working():
        await idle_market.signal(deal)
        await idle_market.until(deal, "completed")
    assert await refusal(Side.SELLER) == "deal_closed"
    assert await idle_market.balance(seller) == "475.00, 0.00 held"


async def _timers(market: Market, deal: Deal) -> str:
    """What the deal's workflow says that it waited for."""
    history = await market.workflow(deal).fetch_history()
    return " ".join(event.user_metadata.summary.data.decode() for event in history.events)
