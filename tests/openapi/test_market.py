"""The market keeps every promise of its OpenAPI document, and each of its operations is seen to succeed."""

from __future__ import annotations

import asyncio

import pytest

from tests.fixtures.people import People
from tests.fixtures.post import Post
from tests.fixtures.shop import Shop
from tests.openapi.exploring import explore, operations, real_requests
from tests.openapi.market import RECIPES, RULES, WHERE
from tests.openapi.market_stand import keys_of, open_stand, sampled

MAX_EXAMPLES = 1


@pytest.mark.timeout(600)  # a minute or two on a machine that is not busy
async def test_schemathesis_finds_nothing_and_every_operation_succeeds_at_least_once(
    shop: Shop, people: People, post: Post
) -> None:
    stand = await open_stand(shop, people, post)
    reals = await real_requests(stand.document, RECIPES, stand, WHERE, otherwise=sampled)
    keys = {label: {"Authorization": f"Bearer {key}"} for label, key in keys_of(stand).items()}
    explored = await asyncio.to_thread(
        explore, shop.api.address, {}, reals, RULES, max_examples=MAX_EXAMPLES, headers_of=keys
    )

    assert not explored.findings, "\n\n".join(explored.findings)
    assert {label for label, status in explored.reals.items() if 200 <= status < 300} == operations(
        stand.document
    ).keys()
