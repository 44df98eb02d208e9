"""The feeds of marketplaces: each object's newest event says its state, in the feed of its own marketplace only."""

from __future__ import annotations

from typing import Final

from audit.check import Check
from domain.feed import CHOSEN_FOR_PAYOUTS, TABLES

# Which feed has the events of a row: the way from its table to a marketplace.
_OF_DEAL: Final = "JOIN deals d ON d.id = o.deal_id"
_OF_WALLET: Final = "JOIN wallets w ON w.id = o.{column} JOIN users u ON u.id = w.user_id"
_WAYS: Final = {
    "accounts": ("u.marketplace_id", "JOIN users u ON u.id = o.user_id"),
    "deals": ("o.marketplace_id", ""),
    "offers": ("o.marketplace_id", ""),
    "payments": ("d.marketplace_id", _OF_DEAL),
    "refunds": ("d.marketplace_id", _OF_DEAL),
    "disputes": ("d.marketplace_id", _OF_DEAL),
    "holds": ("u.marketplace_id", _OF_WALLET.format(column="from_wallet_id")),
    "payment_requests": ("u.marketplace_id", _OF_WALLET.format(column="payee_wallet_id")),
}
_BY_WALLET: Final = ("u.marketplace_id", _OF_WALLET.format(column="wallet_id"))

# When a row was made, where its table has another name for it.
_MADE: Final = {"disputes": "opened_at", "incoming_transfers": "seen_at"}

# Where a state has no column.
_STATES: Final = {"accounts": "CASE WHEN o.confirmed_at IS NULL THEN 'unconfirmed' ELSE 'confirmed' END"}


def _objects(table: str, noun: str) -> str:
    market, way = _WAYS.get(table, _BY_WALLET)
    made, state = _MADE.get(table, "created_at"), _STATES.get(table, "o.state")
    return (
        f"SELECT '{noun}' AS noun, o.id, {market} AS market, {state} AS state, o.{made} AS created_at,"  # noqa: S608  # no input
        f" feed_type('{table}', {state}) AS type FROM {table} o {way}"
    )


_OBJECTS: Final = (
    "objects AS (\n" + "\nUNION ALL\n".join(_objects(table, noun) for table, noun in sorted(TABLES.items())) + "\n)"
)

# What was final before its noun had events has none, and so has what has not moved since. A row that was made after the
# first event of its noun has one.
_EVENTS: Final = """
newest AS (
    SELECT DISTINCT ON (object_id) object_id, marketplace_id, noun, type, state FROM feed_events
    ORDER BY object_id, wrote DESC
), begun AS (
    SELECT noun, min(created_at) AS since FROM feed_events GROUP BY noun
)"""

_AGREES: Final = """
SELECT CASE
    WHEN e.object_id IS NULL AND o.created_at > b.since
        THEN format('%s %s is %s and has no event', o.noun, o.id, o.state)
    WHEN e.state <> o.state
        THEN format('%s %s is %s, its newest event %s says %s', o.noun, o.id, o.state, e.type, e.state)
    WHEN (e.marketplace_id, e.noun) <> (o.market, o.noun)
        THEN format('%s %s is of marketplace %s, its newest event is of a %s in the feed of %s', o.noun, o.id, o.market,
                    e.noun, e.marketplace_id)
END
FROM objects o
LEFT JOIN newest e ON e.object_id = o.id
LEFT JOIN begun b ON b.noun = o.noun
WHERE o.type IS NOT NULL
"""

# The newest choice of a currency is what is chosen now. An account that was added before choices were events may have
# none.
_PAYOUTS: Final = f"""
SELECT CASE WHEN e.account <> a.id OR e.account IS NULL AND added.account IS NOT NULL
    THEN format('payouts to user %s in %s go to account %s, the newest event about it names %s', a.user_id, a.currency,
                a.id, coalesce(e.account::text, 'none')) END
FROM accounts a
LEFT JOIN (
    SELECT DISTINCT ON (c.user_id, c.currency) c.user_id, c.currency, c.id AS account
    FROM feed_events f JOIN accounts c ON c.id = f.object_id
    WHERE f.type = '{CHOSEN_FOR_PAYOUTS}' ORDER BY c.user_id, c.currency, f.wrote DESC
) e ON (e.user_id, e.currency) = (a.user_id, a.currency)
LEFT JOIN (SELECT object_id AS account FROM feed_events WHERE type = 'account.added') added ON added.account = a.id
WHERE a.payout AND a.payout_from IS NOT NULL
"""  # noqa: S608  # no input

# Those of programs of the release before have none: they end within the hour.
_MOVEMENTS: Final = """
SELECT CASE
    WHEN e.events IS NULL AND t.created_at > b.since + interval '1 hour'
        THEN format('operation %s (%s) has no event', t.id, t.noun)
    WHEN e.events > 1 THEN format('operation %s (%s) has %s events', t.id, t.noun, e.events)
    WHEN e.type <> t.noun || '.completed' OR e.market <> u.marketplace_id
        THEN format('operation %s (%s) of marketplace %s has the event %s in the feed of %s', t.id, t.noun,
                    u.marketplace_id, e.type, e.market)
END
FROM (
    SELECT id, created_at, credit_account, split_part(key, '/', 1) AS noun FROM ledger.transfers
    WHERE kind = 'post' AND refusal IS NULL AND split_part(key, '/', 1) IN ('deposit', 'transfer')
) t
JOIN wallets w ON w.account_id = t.credit_account
JOIN users u ON u.id = w.user_id
LEFT JOIN (
    SELECT object_id, count(*) AS events, min(type) AS type, min(marketplace_id::text)::uuid AS market FROM feed_events
    WHERE noun IN ('deposit', 'transfer') GROUP BY object_id
) e ON e.object_id = lpad(to_hex(t.id), 32, '0')::uuid
CROSS JOIN (SELECT min(created_at) AS since FROM feed_events WHERE noun IN ('deposit', 'transfer')) b
"""

_NUMBERED: Final = """
SELECT CASE WHEN (e.count, e.first, e.last) IS DISTINCT FROM (f.numbered, least(f.numbered, 1), f.numbered)
    THEN format('the feed of %s has %s numbers, %s to %s, and counts %s', f.marketplace_id, e.count, e.first, e.last,
                f.numbered) END
FROM feeds f CROSS JOIN LATERAL (
    SELECT count(number) AS count, coalesce(min(number), 0) AS first, coalesce(max(number), 0) AS last
    FROM feed_events WHERE marketplace_id = f.marketplace_id AND number IS NOT NULL
) e
"""

CHECKS: Final = (
    Check(
        "feeds_say_the_states",
        19,
        "The newest event of each object says its state, in the feed of its own marketplace.",
        "feed_events",
        _AGREES,
        given=(_OBJECTS, _EVENTS),
    ),
    Check(
        "feeds_say_the_movements",
        19,
        "Each deposit and transfer between wallets has one event, in the feed of its own marketplace.",
        "feed_events WHERE noun IN ('deposit', 'transfer')",
        _MOVEMENTS,
    ),
    Check(
        "feeds_say_where_payouts_go",
        19,
        "The account that a user has chosen for payouts is the one that the newest event of a choice names.",
        "accounts WHERE payout AND payout_from IS NOT NULL",
        _PAYOUTS,
    ),
    Check(
        "feeds_are_numbered",
        19,
        "Events of a feed are numbered 1, 2, 3 … without a gap, as many as the feed counts.",
        "feeds",
        _NUMBERED,
    ),
)
