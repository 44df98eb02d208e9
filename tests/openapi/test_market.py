"""The market keeps every promise of its OpenAPI document, and each of its operations is seen to succeed."""

from __future__ import annotations

import asyncio

import pytest

from tests.openapi.exploring import explore, operations
from tests.openapi.market import RULES, real_requests_of
from tests.openapi.market_routes import DOCUMENT
from tests.openapi.market_stand import Stand, stand_fixture

__all__ = ["stand_fixture"]

MAX_EXAMPLES = 1


@pytest.mark.timeout(600)  # a minute or two on a machine that is not busy
async def test_schemathesis_finds_nothing_and_every_operation_succeeds_at_least_once(stand: Stand) -> None:
    reals = await real_requests_of(stand)
    keys = {label: {"Authorization": f"Bearer {key}"} for label, key in stand.keys().items()}
    url = stand.shop.api.address
    explored = await asyncio.to_thread(explore, url, {}, reals, RULES, max_examples=MAX_EXAMPLES, headers_of=keys)

    assert not explored.findings, "\n\n".join(explored.findings)
    assert {label for label, status in explored.reals.items() if 200 <= status < 300} == operations(DOCUMENT).keys()
