"""After everything that can be done over REST the audit finds nothing: each write route is called."""

from __future__ import annotations

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
from tests.openapi.exploring import ask, operations
from tests.openapi.market import real_requests_of
from tests.openapi.market_routes import DOCUMENT
from tests.openapi.market_stand import Stand, stand_fixture

__all__ = ["stand_fixture"]

# Pages alone fill the first, and deadlines that are near the second: `test_after_every_form.py`, `test_plans.py`. An
# operator who reads along in a dispute fills the next, money for a deal that waits the one after it, a worker the last.
WITHOUT_ROWS = {"sessions", "reminders", "chat_readings", "wallet_news", "webhook_attempts"}


@pytest.mark.timeout(600)
async def test_after_every_write_of_the_api_each_answer_names_a_row_and_the_audit_finds_nothing(
    stand: Stand, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, keys, api = operations(DOCUMENT), stand.keys(), stand.shop.api
    reals = await real_requests_of(stand)
    writes = {label: real for label, real in reals.items() if not label.startswith("GET ")}
    with collected(monkeypatch) as statements:
        order = [*writes, *sorted(reals.keys() - writes.keys())]
        answers = {each: await ask(stand.http, each, reals[each], keys.get(each), _key(each)) for each in order}
    assert {label: reply.text for label, reply in answers.items() if label in writes and reply.status_code >= 300} == {}

    rows = await api.rows("SELECT key, noun FROM idempotency_answers WHERE status < 400")
    named = {key: noun for key, noun in rows if key.startswith("real/")}
    assert named.keys() == {_key(label) for label in writes if _is_keyed(known[label])}
    assert set(named.values()) <= {noun.table for noun in NOUNS}
    async with api.database.engine.connect() as fresh:
        results = await market_checks.examine(fresh, datetime.now(UTC), NO_GRACE)
    assert reported(results) == {}

    database = databases.named(api.database.engine.url.database or "")
    assert await whole_reads(database.superuser_url, statements, empty=WITHOUT_ROWS) == {}


def _key(label: str) -> str:
    return f"real/{label.replace(' ', '')}"


def _is_keyed(operation: Mapping[str, Any]) -> bool:
    return any(parameter["name"] == HEADER for parameter in operation.get("parameters", []))
