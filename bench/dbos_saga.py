"""The saga on DBOS, inside the API's program, as DBOS is used: `python -m bench.dbos_saga`.

A durable workflow per payment; each step of the product is a durable step. The API starts the workflow and sends it the
number of each attempt.
"""

from __future__ import annotations

import os
from typing import Any

import uvloop
from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.engine import DATABASE_VARIABLE, serve_api
from bench.unaided import Nobody, Saga
from domain import keys
from edge.startup import load
from payloads.payment import Hint, PaymentView, StepRef
from settings import MarketSettings
from store.base import WorkflowRow
from store.deals.deals import Deal
from store.payments.payments import Payment

ATTEMPTS = "attempts"
WAIT_S = 3600.0
# As often as a bank is asked in the product: again after half a second, then less and less often.
AGAIN: dict[str, Any] = {"retries_allowed": True, "interval_seconds": 0.5, "backoff_rate": 2.0, "max_attempts": 20}


class Made:
    saga: Saga  # before the launch: DBOS wants workflows and steps to be functions that exist by then


@DBOS.step(**AGAIN)
async def open_operation(payment_id: str) -> PaymentView:
    return await Made.saga.open_operation(payment_id)


@DBOS.step(**AGAIN)
async def debit(payment_id: str, number: int) -> PaymentView:
    return await Made.saga.debit(payment_id, number)


@DBOS.step(**AGAIN)
async def release(step: StepRef) -> PaymentView:
    return await Made.saga.release(step)


@DBOS.step(**AGAIN)
async def end_deal(deal_id: str) -> None:
    await Made.saga.end_deal(deal_id)


@DBOS.workflow()
async def pay(payment_id: str, deal_id: str) -> None:
    payment = await open_operation(payment_id)
    while not payment.final:
        if payment.steps:
            payment = await release(payment.steps[0])
            continue
        number = payment.attempt or await DBOS.recv_async(ATTEMPTS, timeout_seconds=WAIT_S)
        payment = await debit(payment_id, number)
    await end_deal(deal_id)


class DbosSignaller(Nobody):
    """Starts the workflow of a payment, or sends it the number of an attempt."""

    async def start(self, row: WorkflowRow, deal: Deal | None = None) -> bool:
        return await self.wake(row, deal)

    async def wake(self, row: WorkflowRow, deal: Deal | None = None, hint: Hint | None = None) -> bool:
        if not isinstance(row, Payment):
            return True
        id_ = keys.payment_workflow(str(row.id))
        if hint is not None and hint.attempt is not None:
            await DBOS.send_async(id_, hint.attempt, ATTEMPTS)
            return True
        with SetWorkflowID(id_):
            await DBOS.start_workflow_async(pay, str(row.id), str(row.deal_id))
        return True


def launch(saga: Saga, url: str) -> None:
    """Launches DBOS, which keeps its workflows in the database at `url`, in this process."""
    Made.saga = saga
    config: DBOSConfig = {"name": "holdfast-bench", "system_database_url": url, "log_level": "WARNING"}
    DBOS(config=config)
    DBOS.launch()


async def main() -> None:
    settings = load(MarketSettings)
    launch(Saga.of(settings), os.environ[DATABASE_VARIABLE])
    await serve_api(settings, DbosSignaller())


if __name__ == "__main__":
    uvloop.run(main())
    os._exit(0)  # as the product's worker ends
