"""The market keeps every promise of its OpenAPI document, all its operations succeed, and the audit agrees with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from audit import market as market_checks
from audit.acknowledged import NOUNS
from edge.idempotency import HEADER
from tests.audit.conftest import NO_GRACE
from tests.audit.test_market import reported
from tests.fixtures.databases import Databases
from tests.fixtures.growth import collected, whole_reads
from tests.openapi.exploring import explore, key_of, operations
from tests.openapi.market import RULES, real_requests_of
from tests.openapi.market_routes import DOCUMENT
from tests.openapi.market_stand import Stand, stand_fixture

__all__ = ["stand_fixture"]

MAX_EXAMPLES = 1
# Pages alone fill the first, and deadlines that are near the second: `test_after_every_form.py`, `test_plans.py`. An
# operator who reads along in a dispute fills the next, money for a deal that waits the one after it, a worker the last.
WITHOUT_ROWS = {"sessions", "reminders", "chat_readings", "wallet_news", "webhook_attempts"}


@pytest.mark.timeout(600)  # a minute or two on a machine that is not busy
async def test_schemathesis_finds_nothing_every_operation_succeeds_and_the_audit_finds_nothing_afterwards(
    stand: Stand, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, api = operations(DOCUMENT), stand.shop.api
    reals = await real_requests_of(stand)
    keys = {label: {"Authorization": f"Bearer {key}"} for label, key in stand.keys().items()}
    with collected(monkeypatch) as statements:
        explored = await asyncio.to_thread(
            explore, api.address, {}, reals, RULES, max_examples=MAX_EXAMPLES, headers_of=keys
        )
    assert not explored.findings, "\n\n".join(explored.findings)
    assert {label for label, status in explored.reals.items() if 200 <= status < 300} == known.keys()

    rows = await api.rows("SELECT key, noun FROM idempotency_answers WHERE status < 400")
    named = {key: noun for key, noun in rows if key.startswith("real/")}
    assert named.keys() == {key_of(label) for label, operation in known.items() if _is_keyed(operation)}
    assert set(named.values()) <= {noun.table for noun in NOUNS}
    async with api.database.engine.connect() as fresh:
        results = await market_checks.examine(fresh, datetime.now(UTC), NO_GRACE)
    assert reported(results) == {}

    database = databases.named(api.database.engine.url.database or "")
    assert await whole_reads(database.superuser_url, statements, empty=WITHOUT_ROWS) == {}


def _is_keyed(operation: Mapping[str, Any]) -> bool:
    return any(parameter["name"] == HEADER for parameter in operation.get("parameters", []))
