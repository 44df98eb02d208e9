"""The market's tables and queries: one noun per file, nouns of one subject in a folder.

Importing any of them maps all: rows refer to each other.
"""

from __future__ import annotations

from store.banks import accounts, banks
from store.deals import agreements, checkout_links, closings, deals, offers, reminders
from store.mail import mails, notices
from store.migrate import is_current, migrate
from store.operations import idempotency, platform_settings, rate_limits, redrive_runs
from store.payments import codes, events, overrides, payments, refunds, steps, wrong_codes
from store.people import (
    api_keys,
    email_changes,
    grants,
    logins,
    marketplaces,
    operators,
    password_links,
    password_requests,
    sessions,
    users,
)
from store.wallets import confirmation_codes, holds, wallets

__all__ = [
    "accounts",
    "agreements",
    "api_keys",
    "banks",
    "checkout_links",
    "closings",
    "codes",
    "confirmation_codes",
    "deals",
    "email_changes",
    "events",
    "grants",
    "holds",
    "idempotency",
    "is_current",
    "logins",
    "mails",
    "marketplaces",
    "migrate",
    "notices",
    "offers",
    "operators",
    "overrides",
    "password_links",
    "password_requests",
    "payments",
    "platform_settings",
    "rate_limits",
    "redrive_runs",
    "refunds",
    "reminders",
    "sessions",
    "steps",
    "users",
    "wallets",
    "wrong_codes",
]
