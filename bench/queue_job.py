"""The saga as jobs of a queue in PostgreSQL: SKIP LOCKED, a lease, NOTIFY. `python -m bench.queue_job api|worker`.

One job per payment. It does what the rows ask for until they wait for a person, and is parked then. The API's signal
makes it due again. A job whose lease has run out is taken by another worker.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no type information
import structlog
import uvloop

from bench.engine import DATABASE_VARIABLE, serve_api, until_input_ends
from bench.unaided import Nobody, Saga
from edge.startup import load
from payloads.payment import Hint, PaymentView
from settings import MarketSettings
from store.base import WorkflowRow
from store.deals.deals import Deal
from store.payments.payments import Payment

log = structlog.get_logger()

LANES = 16  # jobs at a time
LOOK_AGAIN_S = 1.0  # for jobs whose lease has run out
TABLE = """
CREATE TABLE jobs (
    payment_id uuid PRIMARY KEY,
    deal_id uuid NOT NULL,
    due boolean NOT NULL DEFAULT true,
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX jobs_leased_until ON jobs (leased_until);
"""
_NOTIFY = """
WITH job AS (
    INSERT INTO jobs (payment_id, deal_id) VALUES ($1, $2) ON CONFLICT (payment_id) DO UPDATE SET due = true RETURNING 1
)
SELECT pg_notify('jobs', '') FROM job
"""
_CLAIM = """
UPDATE jobs SET due = false, leased_until = clock_timestamp() + interval '30 seconds'
WHERE payment_id = (
    SELECT payment_id FROM jobs
    WHERE leased_until <= clock_timestamp() AND (due OR leased_until > '-infinity')
    ORDER BY leased_until LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
) RETURNING payment_id, deal_id
"""
_PARK = "UPDATE jobs SET leased_until = '-infinity' WHERE payment_id = $1"
_DONE = "DELETE FROM jobs WHERE payment_id = $1"


class QueueSignaller(Nobody):
    """Makes the job of a payment due."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def start(self, row: WorkflowRow, deal: Deal | None = None) -> bool:
        return await self.wake(row, deal)

    async def wake(self, row: WorkflowRow, deal: Deal | None = None, hint: Hint | None = None) -> bool:
        if isinstance(row, Payment):
            await self._pool.execute(_NOTIFY, row.id, row.deal_id)
        return True


async def work_off(saga: Saga, payment_id: str, deal_id: str) -> bool:
    """Does what the rows ask for until they wait for a person; True at the end."""
    payment = await saga.resume(payment_id)
    while not payment.final:
        following = await _step(saga, payment)
        if following is None:
            return False
        payment = following
    await saga.end_deal(deal_id)
    return True


async def _step(saga: Saga, payment: PaymentView) -> PaymentView | None:
    if payment.code is not None:
        return await saga.open_operation(payment.payment_id)
    if payment.attempt is not None:
        return await saga.debit(payment.payment_id, payment.attempt)
    return await saga.release(payment.steps[0]) if payment.steps else None


async def _lane(pool: asyncpg.Pool, saga: Saga, notified: asyncio.Event) -> None:
    while True:
        job = await pool.fetchrow(_CLAIM)
        if job is None:
            notified.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(notified.wait(), LOOK_AGAIN_S)
            continue
        payment_id: UUID = job["payment_id"]
        try:
            ended = await work_off(saga, str(payment_id), str(job["deal_id"]))
        except Exception:  # the lease runs out, and the job is taken again
            log.exception("job_failed", payment=str(payment_id))
            continue
        await pool.execute(_DONE if ended else _PARK, payment_id)


async def work(settings: MarketSettings, url: str) -> None:
    notified = asyncio.Event()
    listener = await asyncpg.connect(url)
    await listener.add_listener("jobs", lambda *_: notified.set())
    async with asyncpg.create_pool(url, min_size=2, max_size=LANES) as pool:
        saga = Saga.of(settings)
        lanes = [asyncio.create_task(_lane(pool, saga, notified)) for _ in range(LANES)]
        await until_input_ends()
        for lane in lanes:
            lane.cancel()
    await listener.close()


async def main(role: str) -> None:
    settings, url = load(MarketSettings), os.environ[DATABASE_VARIABLE]
    if role == "worker":
        await work(settings, url)
        return
    async with asyncpg.create_pool(url, min_size=2, max_size=8) as pool:
        await serve_api(settings, QueueSignaller(pool))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
    os._exit(0)  # as the product's worker ends
