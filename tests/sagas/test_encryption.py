"""With payload keys a payment runs as without them, and only who has a key can read what Temporal keeps of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from temporalio.client import Client, WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from devstack.mailbox import Mailbox
from domain.keys import deal_workflow, payment_workflow
from encryption import ENCODING, converter
from releases import WORKFLOWS
from tests.fixtures.bank import RunningBank
from tests.fixtures.databases import Databases
from tests.fixtures.sagas import open_market
from workflows.sandbox import sandboxed

OLD, NEW = b"o" * 32, b"n" * 32
# Search attributes, ids of request and trace, and what the SDK notes of a step within a task: its name and when it was.
READABLE = ("searchAttributes", "header", "data")


def _encodings(found: Any, name: str = "") -> set[str]:
    """Of all payloads in a message, but for what is readable."""
    if isinstance(found, list):
        return set().union(*(_encodings(one, name) for one in found))
    if not isinstance(found, dict) or name in READABLE:
        return set()
    here = {found["metadata"]["encoding"]} if "encoding" in (found.get("metadata") or {}) else set()
    return here.union(*(_encodings(one, key) for key, one in found.items()))


async def test_a_payment_is_made_and_temporal_keeps_nothing_of_it_that_can_be_read(
    databases: Databases, saga_bank: RunningBank, temporal: WorkflowEnvironment, mailbox: Mailbox
) -> None:
    address = temporal.client.service_client.config.target_host
    client = await Client.connect(address, data_converter=converter([OLD]))
    async with open_market(databases, saga_bank, WorkflowEnvironment.from_client(client), mailbox) as market:
        async with market.working():
            _, buyer, deal = await market.sale("431.27")
            payment = await market.paid(deal, buyer)
            await market.until(deal, "completed")
            ids = [deal_workflow(str(deal.id)), payment_workflow(str(payment.id))]
            for id_ in ids:
                await client.get_workflow_handle(id_).result()

    histories = [await temporal.client.get_workflow_handle(id_).fetch_history() for id_ in ids]
    kept = [MessageToDict(event) for history in histories for event in history.events]
    assert _encodings(kept) == {base64.b64encode(ENCODING).decode()}
    assert "431.27" not in json.dumps(kept)

    both = Replayer(workflows=WORKFLOWS, workflow_runner=sandboxed(), data_converter=converter([NEW, OLD]))
    for id_, history in zip(ids, histories, strict=True):
        await both.replay_workflow(WorkflowHistory(id_, history.events))
    alone = Replayer(workflows=WORKFLOWS, workflow_runner=sandboxed(), data_converter=converter([NEW]))
    with pytest.raises(Exception, match="SealBroken"):
        await alone.replay_workflow(WorkflowHistory(ids[0], histories[0].events))
