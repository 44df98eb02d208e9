"""The comparison behind the benchmark is fair: the bare pair is made of the events of a real deal."""

from __future__ import annotations

import base64
import os
from collections import Counter

from temporalio.client import Client

from bench.bare_load import bare_load
from bench.histories import STEPS, difference, matching_events
from tests.fixtures.sagas import Market

# The bare worker reads the product's settings for its own, and uses no database and no bank.
UNUSED = {
    "HOLDFAST_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
    "HOLDFAST_BANK_URL": "http://127.0.0.1:1",
    "HOLDFAST_BANK_API_KEY": "none",
    "HOLDFAST_PEPPER": "sixteen characters",
    "HOLDFAST_SEALING_KEYS": base64.b64encode(bytes(32)).decode(),
}


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
    assert real_events[STEPS] == 5


def test_a_missing_step_on_the_bare_side_is_reported() -> None:
    real = Counter({STEPS: 12, "ACTIVITY_TASK_SCHEDULED": 22})
    bare = Counter({STEPS: 11, "ACTIVITY_TASK_SCHEDULED": 21})

    assert "real 12, bare 11" in difference(real, bare)


def test_a_look_saved_by_two_rings_that_met_is_no_difference() -> None:
    real = Counter({STEPS: 12, "ACTIVITY_TASK_SCHEDULED": 21, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": 8})
    bare = Counter({STEPS: 12, "ACTIVITY_TASK_SCHEDULED": 22, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": 9})

    assert difference(real, bare) == ""
