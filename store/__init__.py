"""The market's tables and queries: one noun per file, nouns of one subject in a folder.

Importing any of them maps all: rows refer to each other.
"""

from __future__ import annotations

from store.banks import accounts, bank_webhooks, banks
from store.deals import agreements, checkout_links, closings, deals, offer_changes, offers, reminders
from store.mail import mails, notices, wallet_notices
from store.migrate import is_current, migrate
from store.operations import checkpoint, idempotency, platform_settings, rate_limits, redrive_runs
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
from store.wallets import confirmation_codes, holds, payment_requests, wallets, withdrawals

__all__ = [
    "accounts",
    "agreements",
    "api_keys",
    "bank_webhooks",
    "banks",
    "checkout_links",
    "checkpoint",
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
    "offer_changes",
    "offers",
    "operators",
    "overrides",
    "password_links",
    "password_requests",
    "payment_requests",
    "payments",
    "platform_settings",
    "rate_limits",
    "redrive_runs",
    "refunds",
    "reminders",
    "sessions",
    "steps",
    "users",
    "wallet_notices",
    "wallets",
    "withdrawals",
    "wrong_codes",
]
