"""Payments at banks that answer late, falsely or repeatedly: they learn by webhook and by asking, and money moves
once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text
from temporalio.api.enums.v1 import EventType

from api.app import create_app
from domain.money import Money
from edge.serving import serving
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.bank.test_behaviour_rules import as_owner, rule
from tests.fixtures.bank import done
from tests.fixtures.databases import TestDatabase
from tests.fixtures.market import market_settings
from tests.fixtures.party_wallets import wallet_of, wallet_state, withdrawn
from tests.fixtures.sagas import Market, Party, eventually


@pytest_asyncio.fixture(loop_scope="session")
async def notified_market(market: Market, unused_tcp_port: int) -> AsyncIterator[Market]:
    """A market whose bank sends its webhooks to the real API, which wakes real workflows."""
    url = f"http://127.0.0.1:{unused_tcp_port}/api/v1/bank-webhooks"
    registered = await market.bank.shop.put("/webhook-endpoint", json={"url": url})
    secret = SecretStr(registered.json()["secret"])
    stored = market.database.engine.url.render_as_string(hide_password=False)
    settings = market_settings(TestDatabase("market", stored, stored, stored), bank_webhook_secret=secret)
    async with serving(create_app(settings, market.sagas), "127.0.0.1", unused_tcp_port):
        yield market


async def submitted(market: Market, *rules: dict[str, Any]) -> tuple[Party, Party, Deal, Payment]:
    """A payment whose right code is on its way to a bank that follows `rules`."""
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.behave(1, *rules)
    await market.submit(payment, code)
    return seller, buyer, deal, payment


async def paid_once(market: Market, seller: Party, buyer: Party, deal: Deal) -> None:
    """The deal is completed and the money has moved exactly once, as if the bank had answered at once."""
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    operations = done(await market.bank.client.operations(str(deal.id)))
    assert sorted((one.kind, one.status, one.amount.amount) for one in operations) == [
        ("credit", "success", "25.00"),
        ("credit", "success", "475.00"),
        ("debit", "success", "500.00"),
    ]
    (fee,) = [one.fee.minor for one in operations if one.kind == "debit"]
    balance, held = await market.bank.balance(buyer.number)
    assert (int(balance.replace(".", "")), held) == (100_000 - 50_000 - fee, "0.00")
    assert await market.bank.violations() == []


async def webhooks(market: Market, payment: Payment) -> list[tuple[str, int]]:
    """Which keys of the payment the bank has called back about, and how often."""
    async with market.database.transaction() as session:
        rows = await session.execute(
            text("SELECT key, deliveries FROM bank_webhooks WHERE payment_id = :id ORDER BY key"), {"id": payment.id}
        )
        return [(row.key.removeprefix(f"payment/{payment.id}/"), row.deliveries) for row in rows]


def webhooks_cover(seen: list[tuple[str, int]], heard: list[tuple[str, int]]) -> bool:
    """Whether webhooks for these keys have arrived, each at least as often: unanswered webhooks are repeated."""
    return [key for key, _ in seen] == [key for key, _ in heard] and all(
        times >= wanted for (_, times), (_, wanted) in zip(seen, heard, strict=True)
    )


async def tries(market: Market, payment: Payment) -> int:
    """How often what the payment's workflow waits for has been tried."""
    description = await market.workflow(payment).describe()
    return max((one.attempt for one in description.raw_description.pending_activities), default=0)


async def test_a_deferred_debit_is_done_once_whatever_happens_to_the_webhook(notified_market: Market) -> None:
    market = notified_market
    for kind, deliveries in (("on_time", 1), ("early", 1), ("twice", 2), ("never", 0)):
        heard = [("debit/1", deliveries)] if deliveries else []
        seller, buyer, deal, payment = await submitted(market, rule("accept", webhook=kind))
        await paid_once(market, seller, buyer, deal)
        look, wanted = partial(webhooks, market, payment), partial(webhooks_cover, heard=heard)
        assert wanted(await eventually(look, wanted, f"the webhooks that come {kind}"))


async def test_webhooks_out_of_order_lead_to_the_same_ledger(notified_market: Market) -> None:
    market = notified_market
    both = rule("accept", steps=["debit", "capture"], webhook="swapped", times=2)
    seller, buyer, deal, payment = await submitted(market, both)
    await paid_once(market, seller, buyer, deal)
    heard = await eventually(lambda: webhooks(market, payment), lambda seen: len(seen) == 2, "both webhooks")
    assert webhooks_cover(heard, [("capture/1", 1), ("debit/1", 1)])


async def test_a_webhook_has_the_payment_ask_now_and_not_when_its_turn_comes(notified_market: Market) -> None:
    market = notified_market
    later = rule("accept", webhook="late", late_s=3600, withhold_s=3600)
    seller, buyer, deal, payment = await submitted(market, later)
    before = await eventually(lambda: tries(market, payment), lambda seen: seen >= 4, "some asking in vain")
    assert (await market.now(payment)).state == "processing"

    await as_owner(market.bank, "UPDATE withheld_answers SET until = clock_timestamp()")
    await as_owner(market.bank, "UPDATE webhooks SET due_at = clock_timestamp() WHERE delivered_at IS NULL")
    await paid_once(market, seller, buyer, deal)
    assert webhooks_cover(await webhooks(market, payment), [("debit/1", 1)])
    # Being woken counts the tries from the beginning; by itself the payment would have gone on counting.
    assert before >= 4
    assert max(await tries_in_history(market, payment)) < before


async def tries_in_history(market: Market, payment: Payment) -> list[int]:
    """At which try each activity of the payment has ended."""
    history = await market.workflow(payment).fetch_history()
    started = EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    return [
        event.activity_task_started_event_attributes.attempt for event in history.events if event.event_type == started
    ]


async def test_an_answer_withheld_without_any_webhook_is_found_by_asking(notified_market: Market) -> None:
    market = notified_market
    silent = rule("accept", webhook="never", withhold_s=0.7)
    seller, buyer, deal, payment = await submitted(market, silent)
    await paid_once(market, seller, buyer, deal)
    assert await webhooks(market, payment) == []
    assert max(await tries_in_history(market, payment)) > 1


@pytest.mark.parametrize(
    "fault",
    [
        rule("garbage", kind="no_json"),
        rule("garbage", kind="truncated"),
        rule("garbage", kind="endless"),
        rule("busy", retry_after_s=1),
        rule("fail", when="before", status=503),
        rule("fail", when="after", status=500),
    ],
    ids=lambda fault: "-".join(str(fault[name]) for name in ("do", "kind", "when") if name in fault),
)
async def test_a_bank_that_stammers_is_asked_again_and_paid_once(market: Market, fault: dict[str, Any]) -> None:
    faults = [fault | {"steps": [step]} for step in ("debit", "capture")]
    seller, buyer, deal, payment = await submitted(market, *faults)
    await paid_once(market, seller, buyer, deal)
    assert [each["times"] for each in (await market.bank.get("/banks/1/behaviour"))["rules"]] == [0, 0]
    assert (await market.now(payment)).flagged_at is None


async def test_a_wrong_amount_in_an_answer_calls_an_operator_though_the_truth_is_found_by_asking(
    market: Market,
) -> None:
    seller, buyer, deal, payment = await submitted(market, rule("wrong_amount"))
    await paid_once(market, seller, buyer, deal)
    assert (await market.now(payment)).flagged_at is not None
    assert (await market.now(deal)).flagged_at is not None


async def test_a_wrong_amount_that_the_bank_insists_on_stops_the_payment_and_nothing_is_undone(
    market: Market,
) -> None:
    _, buyer, deal, payment = await submitted(market, rule("wrong_amount", stored="lie"))
    await eventually(lambda: market.now(payment), lambda seen: seen.flagged_at is not None, "the flag")
    await eventually(lambda: tries(market, payment), lambda seen: seen >= 3, "asking again")
    assert (await market.now(payment)).state == "processing"
    assert (await market.now(deal)).flagged_at is not None
    asked = [str(row["step"]) for row in await market.bank_requests(payment)]
    assert set(asked) == {"open", "code", "debit"}  # no void, no capture, nothing under another key
    assert asked.count("debit") == 1
    balance, held = await market.bank.balance(buyer.number)
    assert (balance, held >= "500.00") == ("1000.00", True)


async def test_a_refund_that_the_bank_has_only_accepted_is_asked_for_when_it_calls_back(
    notified_market: Market,
) -> None:
    market = notified_market
    seller, buyer, deal = await market.sale(buyers_bank=2)
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    await market.bank.behave(2, rule("accept", steps=["refund"]))
    refund = await market.refund(deal, "100.00")
    await market.until(refund, "refunded")

    async def heard() -> set[str]:
        async with market.database.transaction() as session:
            keys = await session.scalars(text("SELECT key FROM bank_webhooks"))
            return {key.split("/")[2] for key in keys}

    assert await eventually(heard, bool, "the webhook") == {"refund"}
    assert await market.balance(seller) == "380.00, 0.00 held"


async def test_what_the_bank_sends_back_of_a_withdrawal_is_known_by_its_webhook(notified_market: Market) -> None:
    party = await notified_market.party(2, None)
    await notified_market.bank.fund(2, Money(1_000_00, "RUB"))
    wallet = await wallet_of(notified_market, party, "100.00")
    withdrawal = await withdrawn(notified_market, wallet, party)
    paid = await notified_market.until(withdrawal, "paid")
    await notified_market.bank.post(f"/payouts/{paid.operation}/return", {})
    # Without a redriver, and the workflow's own question would come in hours.
    await notified_market.until(withdrawal, "returned")
    assert await wallet_state(notified_market, wallet) == "100.00, 0.00 held"
