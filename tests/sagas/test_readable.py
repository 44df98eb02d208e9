"""What the Temporal UI knows of workflows: search attributes to filter by, views over them, and where the money is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from devstack.temporal import SEARCH_ATTRIBUTES
from market.flags import flag_deal
from store.base import WorkflowRow
from tests.fixtures.party_wallets import wallet_of, withdraw
from tests.fixtures.sagas import Market, eventually
from tests.sagas.polls import HourlyPoller
from tests.sagas.test_standing import current_details
from texts.saved_views import SAVED_VIEWS, SavedView
from workflows.poller import LASTS

KEYS = {key.name: key for key in SEARCH_ATTRIBUTES}


async def _attributes(market: Market, row: WorkflowRow) -> TypedSearchAttributes:
    return (await market.workflow(row).describe()).typed_search_attributes


async def _becomes(market: Market, row: WorkflowRow, **wanted: object) -> bool:
    """Whether the search attributes of the row's workflow are these in the end."""

    async def look() -> dict[str, object]:
        found = await _attributes(market, row)
        return {name: found.get(KEYS[name]) for name in wanted}

    return await eventually(look, lambda seen: seen == wanted, str(wanted)) == wanted


async def test_deals_and_payments_are_found_by_amount_bank_and_flag_and_say_where_their_money_is(
    market: Market,
) -> None:
    _, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    assert await _becomes(market, payment, Amount=200.0, Currency="RUB", Bank=["1", "2"], Flagged=False)
    assert await _becomes(market, deal, Amount=500.0, Currency="RUB", Bank=["2"], Flagged=False)
    await eventually(
        lambda: current_details(market, deal), lambda said: "210.00 RUB held at bank 1" in said, "where the money is"
    )

    await flag_deal(market.database, deal.id)
    await market.signal(deal)
    assert await _becomes(market, deal, Flagged=True)

    await market.paid(deal, buyer, "300.00")
    await market.until(deal, "completed")
    await eventually(
        lambda: current_details(market, deal), lambda said: "the seller 475.00 RUB, commission 25.00 RUB" in said, "who"
    )


async def test_a_withdrawal_is_found_by_its_state(market: Market) -> None:
    party = await market.party(2, None)
    withdrawal, _ = await withdraw(market, await wallet_of(market, party, "100.00"), party)
    assert await _becomes(market, withdrawal, WithdrawalState="awaiting_code", Amount=40.0, Bank=["2"], Flagged=False)
    await market.workflow(withdrawal).cancel()
    assert await _becomes(market, withdrawal, WithdrawalState="cancelled")


@pytest.mark.parametrize("view", SAVED_VIEWS, ids=lambda view: view.name)
async def test_the_server_understands_the_query_of_each_view(temporal: WorkflowEnvironment, view: SavedView) -> None:
    assert (await temporal.client.count_workflows(f"{view.query} AND WorkflowId = 'none'")).count == 0


async def test_a_poller_is_one_line_a_day_in_the_list_of_workflows(temporal: WorkflowEnvironment) -> None:
    """Each run is a line in the list in which operators look for deals."""
    assert timedelta(days=1) == LASTS
    client, id_ = temporal.client, "hourly-poller"
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue=id_, workflows=[HourlyPoller], workflow_runner=runner):
        first = await client.start_workflow(HourlyPoller.run, id=id_, task_queue=id_)
        of_first = client.get_workflow_handle(id_, run_id=first.first_execution_run_id)
        ended = await eventually(
            of_first.describe, lambda seen: seen.status == WorkflowExecutionStatus.CONTINUED_AS_NEW, "the next run"
        )
        await first.terminate()
    events = (await of_first.fetch_history()).events
    assert sum(event.HasField("timer_fired_event_attributes") for event in events) == 24
    assert ended.close_time is not None
