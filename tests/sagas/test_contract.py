"""A contract whose milestones are deals with workflows of their own: each cent is where it belongs."""

from __future__ import annotations

from typing import Any

from domain.agreements import Party as Side
from domain.money import parse_money
from domain.terms import Release, Terms
from market import contracts
from market.actor import Actor
from market.acts import Outcome
from market.contracts import ContractProposal, WholeContract
from market.service_deals import Proposal
from market.signals import send
from store.deals.deals import Deal
from tests.fixtures.party_wallets import fill
from tests.fixtures.sagas import Market, Party, eventually

A_DAY = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)


async def _sent(market: Market, outcome: Outcome[WholeContract]) -> WholeContract:
    for signal in outcome.signals:
        await send(market.sagas, signal)
    return outcome.value


async def _proposed(
    market: Market, seller: Party, buyer: Party, *amounts: str, from_wallet: bool = False
) -> WholeContract:
    parts = [
        Proposal(f"Part {number}", "", parse_money(amount, "RUB"), 600, 600, A_DAY, from_wallet)
        for number, amount in enumerate(amounts, start=1)
    ]
    proposal = ContractProposal("A house", "As planned", "RUB", 600, parts)
    outcome = await market.database.run(
        lambda session: contracts.propose(
            session, Actor(market.marketplace_id), buyer.user.id, seller.user.id, proposal
        )
    )
    return await _sent(market, outcome)


async def _act(market: Market, act: Any, whole: WholeContract, party: Party) -> WholeContract:
    outcome = await market.database.run(
        lambda session: act(session, Actor(market.marketplace_id), whole.contract.id, party.user.id)
    )
    return await _sent(market, outcome)


async def _funded(market: Market, buyer: Party, deals: list[Deal]) -> None:
    for deal in deals:
        await market.paid(deal, buyer)
        await market.until(deal, "funded")


async def test_of_a_contract_one_milestone_is_completed_one_disputed_and_one_cancelled(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    whole = await _proposed(market, seller, buyer, "300.00", "200.00", "100.00")
    await _act(market, contracts.confirm, whole, seller)
    first, second, third = whole.milestones
    await _funded(market, buyer, [first, second, third])
    before, held = (await market.balance(buyer)).removesuffix(" held").split(", ")
    assert await market.balance(seller) == "0.00, 0.00 held"

    await market.accept(first)
    await market.until(first, "completed")
    assert await market.balance(seller) == "285.00, 0.00 held"  # 5 % of 300.00 is commission
    await market.dispute(second)
    await market.until(second, "disputed")
    await _act(market, contracts.cancel, whole, buyer)
    assert (await market.now(third)).state == "funded"  # the seller has not agreed yet
    await _act(market, contracts.cancel, whole, seller)
    await market.until(third, "cancelled")
    assert (await market.now(second)).state == "disputed"  # it is left to its dispute
    assert await _held_of(market, second) == 200_00
    assert await market.balance(seller) == "285.00, 0.00 held"

    await market.cancel(second, Side.SELLER)
    await market.cancel(second, Side.BUYER)
    await market.until(second, "cancelled")
    fee = sum(payment.fee_minor for payment in await market.payments(first))
    assert await market.balance(buyer) == f"{(100_000 - 300_00 - fee) / 100:.2f}, 0.00 held", (before, held)
    assert await market.balance(seller) == "285.00, 0.00 held"
    for deal in (first, second, third):
        await eventually(market.workflow(deal).describe, lambda seen: seen.close_time is not None, "its end")
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def _held_of(market: Market, deal: Deal) -> int:
    return sum(payment.amount_minor for payment in await market.payments(deal) if payment.state == "held")


async def test_milestones_are_taken_from_the_wallet_in_their_order_if_it_has_enough(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    await fill(market, buyer, "400.00")
    whole = await _proposed(market, seller, buyer, "300.00", "200.00", "100.00", from_wallet=True)
    await _act(market, contracts.confirm, whole, seller)
    states = [(await market.now(deal)).state for deal in whole.milestones]
    assert states == ["funded", "awaiting_payment", "funded"]  # 100.00 is not enough for the second
    assert [await _held_of(market, deal) for deal in whole.milestones] == [300_00, 0, 100_00]
    await market.accept(whole.milestones[0])
    await market.until(whole.milestones[0], "completed")
    assert await market.alarms() == {}


async def test_a_denied_contract_ends_every_workflow(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    whole = await _proposed(market, seller, buyer, "300.00", "200.00")
    await _act(market, contracts.deny, whole, seller)
    for deal in whole.milestones:
        await market.until(deal, "denied")
        await eventually(market.workflow(deal).describe, lambda seen: seen.close_time is not None, "its end")
    assert await market.alarms() == {}


async def test_operators_find_all_milestones_of_a_contract_in_the_temporal_ui(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    whole = await _proposed(market, seller, buyer, "300.00", "200.00")
    for deal in whole.milestones:
        described = await market.workflow(deal).describe()
        assert await described.static_summary() == (
            f"Milestone {deal.milestone} of contract {whole.contract.id}: service for {deal.price}, to be answered by "
            f"{whole.contract.answer_by:%Y-%m-%d %H:%M:%S.%f}"[:-3]
            + " UTC"
        )
        assert f"ContractId%60%3D%22{whole.contract.id}" in str(await described.static_details())
    query = f"`ContractId` = '{whole.contract.id}'"

    async def found() -> set[str]:
        return {each.id async for each in market.environment.client.list_workflows(query)}

    wanted = {market.workflow(deal).id for deal in whole.milestones}
    await eventually(found, lambda seen: seen == wanted, "both milestones in the list")
