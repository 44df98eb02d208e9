"""The worker of the bare workflows, as a program: `python -m bench.bare_worker`. Runs until its input ends."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import uvloop
from temporalio.worker import Worker

from bench.bare import TASK_QUEUE, BareActivities, BareDeal, BarePayment
from sagas import connect
from settings import MarketSettings
from worker import build_worker

READY = "ready"


async def main(settings: MarketSettings) -> None:
    client = await connect((), lazy=False)
    bound = BareActivities(client)
    activities: list[Any] = [bound.take]
    # A worker of the product that never runs, for its settings: pollers, sandbox, time-outs and the rest.
    pattern = build_worker(client, f"{TASK_QUEUE}-pattern", activities, sandbox=settings.sandbox).config()
    pattern["task_queue"] = TASK_QUEUE
    pattern["workflows"] = [BareDeal, BarePayment]
    pattern["activities"] = activities
    async with Worker(**pattern):
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main(MarketSettings()))
    os._exit(0)  # as the product's worker ends
