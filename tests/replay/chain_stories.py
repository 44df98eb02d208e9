"""The stories of money that leaves our addresses on the chain."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial

from domain.sweeps import SUN
from payloads.poller import PollOrder
from store.chain.sweeps import Sweep
from tests.fixtures.outgoing import ChainWorld, world
from tests.fixtures.payers import payer_of
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.temporal import RealTimeSagas, in_real_time
from tests.replay.stories import Ids, done_in, story
from workflows.sweep import SweepingWorkflow


def elsewhere(market: Market) -> Market:
    """The same market with a task queue of its own, for a worker that has a chain."""
    queue = f"{market.task_queue}-chain"
    return replace(market, task_queue=queue, sagas=RealTimeSagas(market.environment, market.environment.client, queue))


@story("swept", {"sweep": "done", "sweeping": "CANCELED"}, {"sweep": "advance_outgoing"})
async def swept(market: Market) -> Ids:
    """The poller begins a sweep of two addresses; one needs gas first."""
    assert market.databases is not None
    async with world(market.databases, elsewhere(market)) as chain, chain.working():
        addresses = await chain.funded(70, 50)
        chain.pay_trx(addresses[1], 60 * SUN)
        client, id_ = market.environment.client, f"sweeps-{secrets.token_hex(4)}"
        with in_real_time(market.environment):
            handle = await client.start_workflow(
                SweepingWorkflow.run, PollOrder(), id=id_, task_queue=chain.market.task_queue
            )
        await eventually(partial(done_in, handle), lambda names: "begin_sweep" in names, "a sweep")
        sweep = await _the_sweep(chain)
        await _ended(chain, sweep)
        await handle.cancel()
        return {"sweep": market.workflow(sweep).id, "sweeping": id_}


@story("withdrawn-to-an-address", {"withdrawal-1": "done"}, {"withdrawal-1": "advance_outgoing"})
async def withdrawn_to_an_address(market: Market) -> Ids:
    """So much that an approver has to agree; then the chain pays it."""
    assert market.databases is not None
    async with world(market.databases, elsewhere(market)) as chain:
        payer = await payer_of(chain)
        async with payer.working():
            row = await payer.withdraw("600")
            await payer.until(row, "awaiting_approval")
            await payer.decide(row, approve=True)
            await payer.until(row, "done")
        return {"withdrawal-1": market.workflow(row).id}


async def _the_sweep(chain: ChainWorld) -> Sweep:
    return (await chain.sweeps())[-1]


async def _ended(chain: ChainWorld, sweep: Sweep) -> None:
    async def look() -> Sweep:
        chain.node.solidify()
        return await chain.market.now(sweep)

    await eventually(look, lambda found: found.state == "done", "the end of the sweep")
