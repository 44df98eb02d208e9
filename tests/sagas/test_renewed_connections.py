"""Temporal closes each connection after some minutes: what is being asked then is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from sagas import Sagas
from store.deals.deals import Deal
from tests.prove.proxy import Proxy


async def _what_runs(sagas: Sagas) -> bool:
    return await sagas.open_workflow_ids() == set()


async def _ask_again(sagas: Sagas) -> bool:
    return await sagas.ask_again(Deal, uuid4())


@pytest.mark.parametrize("question", [_what_runs, _ask_again])
async def test_a_question_outlives_its_connection(
    temporal: WorkflowEnvironment, question: Callable[[Sagas], Coroutine[None, None, bool]]
) -> None:
    port = int(temporal.client.service_client.config.target_host.rpartition(":")[2])
    async with Proxy(port, percent=200, seed=1).running() as proxy:
        sagas = Sagas(await Client.connect(f"127.0.0.1:{proxy.port}"), "nobody")
        proxy.begin()
        asked = asyncio.create_task(question(sagas))
        while not proxy.lost and not asked.done():
            await asyncio.sleep(0.005)
        proxy.end()
        assert await asked
