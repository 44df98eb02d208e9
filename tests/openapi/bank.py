"""A real request for every operation of the bank, and what must not be sent to it at random."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from bank.service.acts.api_keys import SCOPES
from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import Viewer, viewer
from tests.openapi import bank_administration, bank_payments
from tests.openapi.bank_recipes import RECIPES
from tests.openapi.exploring import Rules

if TYPE_CHECKING:
    from schemathesis import Case

__all__ = ["RECIPES", "RULES", "WHERE", "bank_administration", "bank_payments", "explorer"]

WHERE: Final = "tests/openapi/bank_payments.py or bank_administration.py"
IN_USE: Final = frozenset("123")  # the banks whose people pay; the keys of fixture and explorer
MAX_PLANTED: Final = 200  # accounts of one generated seed


@asynccontextmanager
async def explorer(bank: RunningBank) -> AsyncIterator[Viewer]:
    """The shop with every right."""
    async with viewer(bank, "shop", *SCOPES) as exploring:
        yield exploring


def spares(case: Case) -> bool:
    """Excludes requests that would take the bank minutes, or make it silent for later requests."""
    label = case.operation.label
    body: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    if label.startswith("PUT ") and "behaviour" in label:
        misbehaves = any(body.get(name) for name in ("slow_s", "lose_replies", "rules"))
        return not misbehaves or str(case.path_parameters.get("bank_id")) not in IN_USE
    if label.endswith("/revocation"):
        return str(case.path_parameters.get("key_id")) not in IN_USE
    if label == "POST /api/v1/seeds":
        sizes = [body.get("banks", 10), body.get("clients", 100), body.get("accounts_per_client", 1)]
        return not all(isinstance(size, int) for size in sizes) or math.prod(sizes) <= MAX_PLANTED
    return True


RULES: Final = Rules(
    decides=frozenset(
        {
            "bad_amount",
            "bad_code",
            "bad_percent",
            "bad_url",
            "idempotency_key_reused",
            "bad_phone",
            "same_account",
            "too_many_accounts",
            "unknown_account",
            "unknown_currency",
        }
    ),
    spares=spares,
)
