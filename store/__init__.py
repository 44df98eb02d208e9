"""The market's tables and queries, one noun per file. Importing any of them maps them all: rows refer to each other."""

from __future__ import annotations

from store import (
    accounts,
    api_keys,
    banks,
    codes,
    deals,
    events,
    holds,
    idempotency,
    marketplaces,
    offers,
    operators,
    payments,
    steps,
    users,
    wallets,
)
from store.migrate import is_current, migrate

__all__ = [
    "accounts",
    "api_keys",
    "banks",
    "codes",
    "deals",
    "events",
    "holds",
    "idempotency",
    "is_current",
    "marketplaces",
    "migrate",
    "offers",
    "operators",
    "payments",
    "steps",
    "users",
    "wallets",
]
