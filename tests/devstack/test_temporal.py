"""The Temporal server keeps its state in a file and has our search attributes with any file."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from devstack.temporal import SEARCH_ATTRIBUTES, TemporalServer
from tests.devstack.children import until
from tests.devstack.patience import Patience

DEAL_ID = SearchAttributeKey.for_keyword("DealId")


async def test_search_attributes_are_usable_on_a_file_without_them_after_kill_9(tmp_path: Path) -> None:
    server = TemporalServer(tmp_path)
    await server.start()
    client = await Client.connect(server.address)
    await client.operator_service.remove_search_attributes(
        RemoveSearchAttributesRequest(
            namespace="default", search_attributes=[key.name for key in SEARCH_ATTRIBUTES if key is not DEAL_ID]
        )
    )
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    await until(lambda: server.pid is None)
    await server.start()
    try:
        client = await Client.connect(server.address)
        deal = TypedSearchAttributes([SearchAttributePair(DEAL_ID, "deal-1")])
        await client.start_workflow(Patience.run, 1, id="one", task_queue="nobody", search_attributes=deal)
        deadline = time.monotonic() + 120  # visibility follows a moment later
        while (await client.count_workflows("DealId = 'deal-1'")).count == 0:
            assert time.monotonic() < deadline, "the deal cannot be found by its search attribute"
            await asyncio.sleep(0.01)
        namespace = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
        assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)
    finally:
        await server.stop()


async def test_sixty_days_pass_in_a_moment(temporal: WorkflowEnvironment) -> None:
    """In real time this wait would be far too long."""
    async with Worker(temporal.client, task_queue="patience", workflows=[Patience]):
        result = await temporal.client.execute_workflow(Patience.run, 60, id="patience", task_queue="patience")
    assert result == "done"


@pytest.mark.parametrize("key", SEARCH_ATTRIBUTES, ids=lambda key: key.name)
async def test_the_test_server_knows_every_search_attribute(
    temporal: WorkflowEnvironment, key: SearchAttributeKey[Any]
) -> None:
    assert (await temporal.client.count_workflows(f"{key.name} IS NULL AND WorkflowId = 'none'")).count == 0
