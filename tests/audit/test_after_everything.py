"""After everything that can be done over REST the audit finds nothing: each write route is called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from audit import market as market_checks
from audit.acknowledged import NOUNS
from edge.idempotency import HEADER
from tests.audit.conftest import NO_GRACE
from tests.audit.test_market import reported
from tests.fixtures.banked import Banked, banked
from tests.fixtures.market import Api
from tests.fixtures.people import People
from tests.fixtures.post import Post
from tests.fixtures.shop import Shop
from tests.openapi.exploring import Real, operations, real_requests
from tests.openapi.market import RECIPES, WHERE
from tests.openapi.market_recipes import FORM
from tests.openapi.market_stand import Stand, keys_of, open_stand, sampled

__all__ = ["banked"]


@pytest_asyncio.fixture(loop_scope="session")
async def api(banked: Banked) -> Api:  # a fixture is named like what it gives
    """One that no other test has spoiled, beside a bank that can be asked about accounts."""
    return banked.api


@pytest.mark.timeout(600)
async def test_after_every_write_of_the_api_each_answer_names_a_row_and_the_audit_finds_nothing(
    banked: Banked, shop: Shop, people: People, post: Post
) -> None:
    stand = await open_stand(shop, people, post, banked)
    known = operations(stand.document)
    reals = await real_requests(stand.document, RECIPES, stand, WHERE, otherwise=sampled)
    writes = {label: real for label, real in reals.items() if not label.startswith("GET ")}
    asked = {label: await _send(stand, label, real, keyed=_is_keyed(known[label])) for label, real in writes.items()}
    assert {label: reply.text for label, reply in asked.items() if reply.status_code >= 300} == {}

    rows = await shop.api.rows("SELECT key, noun FROM idempotency_answers WHERE status < 400")
    named = {key.removeprefix("real/"): noun for key, noun in rows if key.startswith("real/")}
    assert named.keys() == {label.replace(" ", "") for label in writes if _is_keyed(known[label])}
    assert set(named.values()) <= {noun.table for noun in NOUNS}
    async with shop.api.database.engine.connect() as fresh:
        results = await market_checks.examine(fresh, datetime.now(UTC), NO_GRACE)
    assert reported(results) == {}


def _is_keyed(operation: Mapping[str, Any]) -> bool:
    return any(parameter["name"] == HEADER for parameter in operation.get("parameters", []))


async def _send(stand: Stand, label: str, real: Real, *, keyed: bool) -> httpx.Response:
    method, path = label.split()
    headers = {"Authorization": f"Bearer {keys[label]}"} if label in (keys := keys_of(stand)) else {}
    headers |= real.headers
    if keyed:
        headers[HEADER] = f"real/{label.replace(' ', '')}"
    body = {"data": real.body} if real.media_type == FORM else {"content": json.dumps(real.body)}  # as it was signed
    headers["Content-Type"] = real.media_type
    async with httpx.AsyncClient(base_url=stand.shop.api.address, trust_env=False, timeout=120) as http:
        return await http.request(method, path.format(**real.path), params=real.query, headers=headers, **body)
