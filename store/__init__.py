"""The market's tables and queries, one noun per file. Importing any of them maps them all: rows refer to each other."""

from __future__ import annotations

from store import (
    accounts,
    api_keys,
    banks,
    codes,
    deals,
    events,
    grants,
    house,
    idempotency,
    logins,
    mails,
    marketplaces,
    offers,
    operators,
    password_links,
    payments,
    sessions,
    steps,
    tries,
    users,
)
from store.migrate import is_current, migrate

__all__ = [
    "accounts",
    "api_keys",
    "banks",
    "codes",
    "deals",
    "events",
    "grants",
    "house",
    "idempotency",
    "is_current",
    "logins",
    "mails",
    "marketplaces",
    "migrate",
    "offers",
    "operators",
    "password_links",
    "payments",
    "sessions",
    "steps",
    "tries",
    "users",
]
