"""The stories whose histories are kept: each plays one way through the sagas, on real parts, to its end."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from domain.agreements import Party as Side
from domain.terms import Release, Settlement, Terms
from payloads.poller import PollOrder
from payloads.redriver import RedriveOrder
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.temporal import in_real_time
from tests.fixtures.withholding import withhold
from workflows.attributes import DEAL_STATE
from workflows.directory import CopyDirectoryWorkflow
from workflows.redriver import RedriveWorkflow

Ids = dict[str, str]
"""Workflow ids by the part that each workflow plays: `deal`, `payment-1`, `payment-2`, …

Of workflows that take the same way in several stories, one is enough.
"""

BOOK: dict[str, Story] = {}


@dataclass(frozen=True, slots=True)
class Story:
    """`ends` says in which state each part ends, or CANCELED for a workflow that closes as cancelled.

    `shows` names a part and a text that its history must contain: the proof that the story took this very way.
    """

    name: str
    play: Callable[[Market], Awaitable[Ids]]
    ends: Mapping[str, str]
    shows: Mapping[str, str] = field(default_factory=dict)


def story(
    name: str, ends: Mapping[str, str], shows: Mapping[str, str] | None = None
) -> Callable[[Callable[[Market], Awaitable[Ids]]], Callable[[Market], Awaitable[Ids]]]:
    def keep(play: Callable[[Market], Awaitable[Ids]]) -> Callable[[Market], Awaitable[Ids]]:
        BOOK[name] = Story(name, play, ends, shows or {})
        return play

    return keep


def ids_of(market: Market, deal: Deal | None, *payments: Payment) -> Ids:
    ids = {} if deal is None else {"deal": market.workflow(deal).id}
    return ids | {f"payment-{number}": market.workflow(payment).id for number, payment in enumerate(payments, start=1)}


async def _awaiting_code(market: Market) -> tuple[Party, Party, Deal, Payment, str]:
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    return seller, buyer, deal, payment, code


async def _held(market: Market, deal: Deal, buyer: Party, amount: str) -> Payment:
    payment = await market.pay(deal, buyer, amount)
    await market.submit(payment, await market.code(buyer))
    await market.until(payment, "held")
    return payment


@story("paid-in-two-parts", {"deal": "completed", "payment-1": "completed", "payment-2": "completed"})
async def paid_in_two_parts(market: Market) -> Ids:
    _, buyer, deal = await market.sale()
    first = await _held(market, deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    second = await market.paid(deal, buyer)
    await market.until(deal, "completed")
    return ids_of(market, deal, first, second)


@story(
    "underpaid-and-expired",
    {"deal": "expired", "payment-1": "refunded"},
    {"payment-1": '"name":"void"'},
)
async def underpaid_and_expired(market: Market) -> Ids:
    _, buyer, deal = await market.sale()
    held = await _held(market, deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    waiting = await market.pay(deal, buyer, "100.00")
    await market.until(waiting, "awaiting_code")
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    return ids_of(market, deal, held)


@story("late-reply", {"deal": "completed", "payment-1": "completed"}, {"deal": '"settling"'})
async def late_reply(market: Market) -> Ids:
    """The code is submitted in time, the deadline passes, and only then does the bank answer."""
    _, _, deal, payment, code = await _awaiting_code(market)
    await withhold(market.bank, 1, "debit")
    await market.submit(payment, code)
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "settling")
    await market.bank_reports(1, payment)
    await market.until(deal, "completed")
    return ids_of(market, deal, payment)


@story("wrong-codes", {"payment-1": "completed"}, {"payment-1": "try 3: redeem the code"})
async def wrong_codes(market: Market) -> Ids:
    """Two wrong ones; then another code is asked for and confirmed."""
    _, buyer, deal, payment, _ = await _awaiting_code(market)
    for _ in range(2):
        await market.submit(payment, "AAAA-AAAA")
        await market.until(payment, "awaiting_code")
    await market.another_code(payment)
    await market.submit(payment, await market.code(buyer))
    await market.until(deal, "completed")
    return ids_of(market, None, payment)


@story("cancelled-payment", {"payment-1": "cancelled"})
async def cancelled_payment(market: Market) -> Ids:
    """The payer cancels before any money was taken; the deal stays open."""
    _, _, _, payment, _ = await _awaiting_code(market)
    await market.return_payment(payment)
    await market.until(payment, "cancelled")
    return ids_of(market, None, payment)


@story(
    "cancelled-from-outside",
    {"deal": "CANCELED", "payment-1": "CANCELED"},
    {"payment-1": '"refunded"'},
)
async def cancelled_from_outside(market: Market) -> Ids:
    """An operator cancels in the Temporal UI: first a payment whose money is held, then the deal."""
    _, buyer, deal = await market.sale()
    first = await _held(market, deal, buyer, "200.00")
    await market.workflow(first).cancel()
    await market.until(first, "refunded")
    await _held(market, deal, buyer, "300.00")
    await market.workflow(deal).cancel()
    await market.until(deal, "cancelled")
    return ids_of(market, deal, first)


@story("lost-reply", {"deal": "completed", "payment-1": "completed"}, {"payment-1": "Activity timed out"})
async def lost_reply(market: Market) -> Ids:
    """The bank debits and its reply is lost: it is asked by key, and nothing is done twice."""
    _, _, deal, payment, code = await _awaiting_code(market)
    await market.bank.behave(1, lose_replies=1, steps=("debit",))
    await market.submit(payment, code)
    await market.until(deal, "completed")
    return ids_of(market, deal, payment)


@story("owed-to-the-seller", {"payment-1": "completed"}, {"payment-1": '"payable"'})
async def owed_to_the_seller(market: Market) -> Ids:
    """The seller's bank refuses the credit; the seller names an account at another bank."""
    seller, _, _, payment, code = await _awaiting_code(market)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    await market.until(payment, "payable")
    other = await market.party(3, None)
    await market.pay_out_to(other, payment, seller)
    await market.until(payment, "completed")
    return ids_of(market, None, payment)


@story(
    "paid-out-at-once-and-taken-back",
    {"deal": "expired", "payment-1": "completed", "refund-1": "refunded"},
    {"deal": '"clawbacks":["'},
)
async def paid_out_at_once_and_clawed_back(market: Market) -> Ids:
    """With immediate settlement the seller has a part when the deadline passes: it is clawed back."""
    _, buyer, deal = await market.sale(terms=Terms(Settlement.IMMEDIATE))
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(payment, "completed")
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    [refund] = await market.refunds(deal)
    return ids_of(market, deal, payment) | {"refund-1": market.workflow(refund).id}


@story("accepted", {"deal": "completed", "payment-1": "completed"}, {"deal": "the end of the inspection"})
async def accepted(market: Market) -> Ids:
    """Funded, inspected for a while, accepted by the buyer."""
    deal, payment = await _inspected(market)
    await market.accept(deal)
    await market.until(deal, "completed")
    return ids_of(market, deal, payment)


@story("inspected-to-the-end", {"deal": "completed"}, {"deal": "the end of the inspection"})
async def inspected_to_the_end(market: Market) -> Ids:
    """Neither party acts during the inspection: the timer has the seller paid."""
    deal, _ = await _inspected(market)
    await market.pass_time(deal, timedelta(seconds=3601))
    await market.until(deal, "completed")
    return ids_of(market, deal)


@story("undone-while-inspected", {"deal": "cancelled", "payment-1": "refunded"})
async def undone_while_inspected(market: Market) -> Ids:
    """Both parties undo the deal while the buyer inspects: the hold is voided."""
    deal, payment = await _inspected(market)
    for side in (Side.SELLER, Side.BUYER):
        await market.cancel(deal, side)
    await market.until(deal, "cancelled")
    return ids_of(market, deal, payment)


@story("extended-and-missed", {"deal": "expired"}, {"deal": "PayBy"})
async def extended_and_missed(market: Market) -> Ids:
    """Both parties agree on more time, and that passes too."""
    _, _, deal = await market.sale()
    for side in (Side.SELLER, Side.BUYER):
        await market.extend(deal, side, timedelta(hours=1))
    await market.pass_time(deal, timedelta(seconds=4201))
    await market.until(deal, "expired")
    return ids_of(market, deal)


@story("refunded-after-completion", {"refund-1": "refunded", "refund-2": "refunded"})
async def refunded_after_completion(market: Market) -> Ids:
    """A part goes back after the end of the deal, then, in its turn, all the rest."""
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    await market.bank.behave(1, lose_replies=1, steps=("refund",))
    refunds = [await market.refund(deal, "100.00"), await market.refund(deal)]
    await market.until(refunds[1], "refunded")
    return {f"refund-{number}": market.workflow(refund).id for number, refund in enumerate(refunds, start=1)}


async def _inspected(market: Market) -> tuple[Deal, Payment]:
    _, buyer, deal = await market.sale(terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    payment = await market.paid(deal, buyer)
    await eventually(
        market.workflow(deal).describe,
        lambda seen: seen.typed_search_attributes.get(DEAL_STATE) == "funded",
        "the workflow to wait for the inspection",
    )
    return deal, payment


@story("payer-without-money", {"payment-1": "failed"}, {"payment-1": '"opened":false'})
async def payer_without_money(market: Market) -> Ids:
    seller, poor = await market.party(2, None), await market.party(1, "100.00")
    payment = await market.pay(await market.deal(seller, poor), poor)
    await market.until(payment, "failed")
    return ids_of(market, None, payment)


POLLERS = ("feed", "redriver", "scanner", "statements", "directory")


@story("housekeeping", {"redrive": "", "copy": "", **dict.fromkeys(POLLERS, "CANCELED")})
async def housekeeping(market: Market) -> Ids:
    """One redrive on demand over an open deal, one copy of banks and fees; pollers that are ended by hand."""
    seller, buyer = await market.party(2, None), await market.party(1)
    await market.deal(seller, buyer)
    token = secrets.token_hex(4)
    ids = {name: f"{name}-{token}" for name in (*POLLERS, "redrive", "copy")}
    client, everything = market.environment.client, RedriveOrder(everything=True)
    with in_real_time(market.environment):
        queue = market.task_queue
        await client.execute_workflow(RedriveWorkflow.run, everything, id=ids["redrive"], task_queue=queue)
        await client.execute_workflow(CopyDirectoryWorkflow.run, id=ids["copy"], task_queue=queue)
        for kind in POLLERS:
            await client.start_workflow(kind.title(), PollOrder(), id=ids[kind], task_queue=queue)
    for kind in POLLERS:
        handle = client.get_workflow_handle(ids[kind])
        await eventually(handle.describe, lambda seen: bool(seen.raw_description.pending_activities), kind)
        await handle.cancel()
    return ids


async def done_in(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """The names of the activities that are done, in order."""
    names, done = {}, []
    for event in (await handle.fetch_history()).events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            names[event.event_id] = event.activity_task_scheduled_event_attributes.activity_type.name
        elif event.HasField("activity_task_completed_event_attributes"):
            done.append(names[event.activity_task_completed_event_attributes.scheduled_event_id])
    return done
