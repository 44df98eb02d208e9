"""The comparison behind the benchmark is fair: the bare pair is made of the events of a real deal."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from temporalio.client import Client

from bench.bare_load import bare_load
from bench.histories import STEPS, difference, matching_events
from bench.options import Options
from bench.storage import SHIPPED, UNUSED, lines, measure, servers
from tests.fixtures.sagas import Market


async def test_the_bare_pair_does_the_steps_of_a_real_deal_and_has_its_events_but_for_a_look(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1, "10000.00")
    address = market.environment.client.service_client.config.target_host
    client = await Client.connect(address)  # without time skipping, which the bare workflows know nothing of

    async def real() -> tuple[str, str]:
        deal = await market.deal(seller, buyer, "100.00", commission_bp=500)
        payment, code = await market.asked_for_code(deal, buyer)
        await market.submit(payment, code)
        await market.until(deal, "completed")
        return market.workflow(deal).id, market.workflow(payment).id

    async with bare_load(client, {**os.environ, **UNUSED, "TEMPORAL_ADDRESS": address}) as bare:
        real_events, bare_events = await matching_events(client, real, bare.one)

    assert difference(real_events, bare_events) == ""
    assert real_events[STEPS] == 6


def test_a_missing_step_on_the_bare_side_is_reported() -> None:
    real = Counter({STEPS: 12, "ACTIVITY_TASK_SCHEDULED": 22})
    bare = Counter({STEPS: 11, "ACTIVITY_TASK_SCHEDULED": 21})

    assert "real 12, bare 11" in difference(real, bare)


def test_a_look_saved_by_two_rings_that_met_is_no_difference() -> None:
    real = Counter({STEPS: 12, "ACTIVITY_TASK_SCHEDULED": 21, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": 8})
    bare = Counter({STEPS: 12, "ACTIVITY_TASK_SCHEDULED": 22, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": 9})

    assert difference(real, bare) == ""


@pytest.mark.timeout(600)
async def test_temporal_is_measured_by_where_it_keeps_its_state(tmp_path: Path) -> None:
    chosen = {name: server for name, server in servers(tmp_path).items() if name in (SHIPPED, "in memory")}
    kinds = await measure(Options(payments=2, clients=1, rounds=1), chosen)
    assert [len(kind.rates) for kind in kinds.values()] == [1, 1]
    assert len(lines(kinds)) == 3
    assert (tmp_path / "shipped" / "temporal.db").exists()
