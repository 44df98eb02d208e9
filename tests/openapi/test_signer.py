"""The signer keeps every promise of its OpenAPI document, and signs nothing that its rules forbid meanwhile."""

from __future__ import annotations

import asyncio

from tests.fixtures.signer import KEY, RunningSigner
from tests.openapi.exploring import explore, operations, real_requests
from tests.openapi.signer import RECIPES, RULES, WHERE

MAX_EXAMPLES = 2


async def test_schemathesis_finds_nothing_and_every_operation_succeeds_at_least_once(signer: RunningSigner) -> None:
    document = (await signer.http.get(f"{signer.url}/openapi.json")).json()
    reals = await real_requests(document, RECIPES, signer, WHERE)
    headers = {"Authorization": f"Bearer {KEY}"}
    explored = await asyncio.to_thread(explore, signer.url, headers, reals, RULES, max_examples=MAX_EXAMPLES)

    assert not explored.findings, "\n\n".join(explored.findings)
    assert {label for label, status in explored.reals.items() if 200 <= status < 300} == operations(document).keys()
    refused = {label for label, status in explored.statuses if 400 <= status < 500}
    assert refused == operations(document).keys(), "an operation was not explored beyond its recipe"
    assert (await signer.client.audit())["violations"] == []
