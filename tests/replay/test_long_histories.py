"""A workflow that has waited for weeks continues in a new run, in every wait. Here weeks are twenty events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from devstack.temporal import QUEUE_FLAGS, SEARCH_ATTRIBUTES, TIME_FLAGS, binary, dynamic_config
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.histories import results
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.withholding import withhold
from tests.replay import histories
from tests.replay.histories import closed_history

_SOON = "limit.historyCount.suggestContinueAsNew=20"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A server that finds a history long after twenty events; the fixtures of the market use it in this file."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=str(binary()),
        dev_server_log_level="error",
        dev_server_extra_args=dynamic_config((*TIME_FLAGS, *QUEUE_FLAGS, _SOON)),
        dev_server_startup_timeout=timedelta(seconds=120),
    ) as environment:
        yield environment


async def test_a_settling_deal_and_a_payable_payment_continue_for_weeks_in_new_runs(market: Market) -> None:
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await withhold(market.bank, 1, "debit")
    await market.submit(payment, code)
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "settling")
    await _signal_until_runs_begin(market, "settling", deal)
    await market.bank_reports(1, payment)

    await market.until(payment, "payable")
    await _signal_until_runs_begin(market, "payable", deal, payment)
    other = await market.party(3, None)
    await market.pay_out_to(other, payment, seller)
    await market.until(payment, "completed")
    await market.until(deal, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"
    assert histories.end_of(await closed_history(market, market.workflow(deal).id)) == "completed"
    assert histories.end_of(await closed_history(market, market.workflow(payment).id)) == "completed"


async def _signal_until_runs_begin(market: Market, state: str, deal: Deal, payment: Payment | None = None) -> None:
    """Signals as the redriver does, until two runs began in `state`: then the first of them ended there too."""
    begun: set[str] = set()

    async def signal_and_look() -> int:
        await market.signal(deal, payment)
        run = await market.workflow(payment or deal).fetch_history()
        if _first_state(run) == state:
            begun.add(run.run_id)
        return len(begun)

    await eventually(signal_and_look, lambda runs: runs >= 2, f"two runs that begin {state}")


def _first_state(run: WorkflowHistory) -> str | None:
    return next((str(json.loads(result.data)["state"]) for result in results(run.events)), None)
