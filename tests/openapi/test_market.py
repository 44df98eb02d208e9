"""The market keeps every promise of its OpenAPI document, and each of its operations is seen to succeed."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from tests.fixtures.banked import Banked, banked
from tests.fixtures.market import Api
from tests.fixtures.people import People
from tests.fixtures.post import Post
from tests.fixtures.shop import Shop
from tests.openapi.exploring import explore, operations, real_requests
from tests.openapi.market import RECIPES, RULES, WHERE
from tests.openapi.market_stand import keys_of, open_stand, sampled

__all__ = ["banked"]

MAX_EXAMPLES = 1


@pytest_asyncio.fixture(loop_scope="session")
async def api(banked: Banked) -> Api:  # a fixture is named like what it gives
    """Beside a bank that can be asked about accounts; shop, people and mail are of this API then."""
    return banked.api


@pytest.mark.timeout(600)  # a minute or two on a machine that is not busy
async def test_schemathesis_finds_nothing_and_every_operation_succeeds_at_least_once(
    banked: Banked, shop: Shop, people: People, post: Post
) -> None:
    stand = await open_stand(shop, people, post, banked)
    reals = await real_requests(stand.document, RECIPES, stand, WHERE, otherwise=sampled)
    keys = {label: {"Authorization": f"Bearer {key}"} for label, key in keys_of(stand).items()}
    explored = await asyncio.to_thread(
        explore, shop.api.address, {}, reals, RULES, max_examples=MAX_EXAMPLES, headers_of=keys
    )

    assert not explored.findings, "\n\n".join(explored.findings)
    assert {label for label, status in explored.reals.items() if 200 <= status < 300} == operations(
        stand.document
    ).keys()
