"""Money in by gateways: what arrived, what was credited for it, and what top-ups and addresses say of it."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED
from audit.check import Check
from audit.wallets import BALANCES, FOLLOWED

# Each that is not held back is booked once. One that its wallet could not take went to suspense under a second key.
_INCOMING: Final = """
keyed AS (
    SELECT i.*, format('incoming/%s/%s', i.gateway, encode(sha256(convert_to(i.external_id, 'UTF8')), 'hex')) AS key
    FROM incoming_transfers i WHERE i.state NOT IN ('held_back', 'dismissed')
), expected AS (
    SELECT k.key || CASE WHEN k.state <> 'credited' AND EXISTS (
               SELECT FROM ledger.transfers t WHERE t.key = k.key AND t.refusal IS NOT NULL) THEN '/suspense' ELSE ''
           END AS key,
           'post' AS kind, k.amount_minor, k.currency,
           CASE k.gateway WHEN 'usdt_tron' THEN format('outside/%s/%s', k.source, k.currency)
                          ELSE format('outside/deposit/%s/%s', k.source, k.currency) END AS debit,
           CASE k.state WHEN 'credited' THEN p.code ELSE 'suspense/' || k.currency END AS credit
    FROM keyed k LEFT JOIN balances p ON p.id = k.wallet_id
)"""

_SUMS: Final = """
SELECT CASE WHEN (t.received_minor, t.late_minor) IS DISTINCT FROM (came.received, came.late)
    THEN format('top-up %s (%s) has received %s and %s late, its transfers say %s and %s', t.id, t.state,
                t.received_minor, t.late_minor, came.received, came.late) END
FROM top_ups t CROSS JOIN LATERAL (
    SELECT coalesce(sum(i.amount_minor) FILTER (WHERE i.valued_at <= t.pay_by), 0) AS received,
           coalesce(sum(i.amount_minor) FILTER (WHERE i.valued_at > t.pay_by), 0) AS late
    FROM incoming_transfers i WHERE i.top_up_id = t.id AND i.state IN ('credited', 'assigned')
) came
"""

_STATES: Final = """
SELECT CASE WHEN t.state <> 'failed' AND t.state <> ALL (CASE
        WHEN t.received_minor >= t.amount_minor AND t.received_minor + t.late_minor > t.amount_minor
            THEN '{overpaid}'::text[]
        WHEN t.received_minor >= t.amount_minor THEN '{credited}'
        WHEN t.late_minor > 0 AND t.received_minor > 0 THEN '{late,partially_received,confirmed}'
        WHEN t.late_minor > 0 THEN '{late,waiting,seen,confirmed}'
        WHEN t.received_minor > 0 THEN '{underpaid,partially_received,confirmed}'
        ELSE '{expired,waiting,seen,confirmed}' END)
    THEN format('top-up %s of %s is %s with %s received and %s late', t.id, t.amount_minor, t.state, t.received_minor,
                t.late_minor) END
FROM top_ups t
"""

# Nothing is decided before everything is read that may have come in time.
_TOO_EARLY: Final = """
SELECT CASE WHEN t.final_at < t.pay_by OR read.until IS NULL OR read.until < t.pay_by
    THEN format('top-up %s is %s, and its gateway has been read up to %s of %s', t.id, t.state, read.until, t.pay_by)
    END
FROM top_ups t CROSS JOIN LATERAL (
    SELECT min(c.block_time) AS until FROM chain_cursors c WHERE c.gateway = t.gateway
) read
WHERE t.state IN ('expired', 'underpaid', 'late')
"""

_ADDRESSES: Final = """
SELECT CASE WHEN a.balance_minor > came.minor
    THEN format('address %s is said to have %s, and %s was booked there', a.index, a.balance_minor, came.minor) END
FROM chain_addresses a CROSS JOIN LATERAL (
    SELECT coalesce(sum(i.amount_minor), 0) AS minor FROM incoming_transfers i
    WHERE i.address_index = a.index AND i.state NOT IN ('held_back', 'dismissed')
) came
WHERE a.balance_minor > 0
"""

_OWN_ADDRESS: Final = """
SELECT CASE WHEN a.top_up_id IS DISTINCT FROM i.top_up_id AND i.state <> 'assigned'
    THEN format('incoming transfer %s came to address %s of top-up %s and is booked for %s', i.id, a.index, a.top_up_id,
                i.top_up_id) END
FROM incoming_transfers i JOIN chain_addresses a ON a.index = i.address_index
WHERE i.top_up_id IS NOT NULL
"""

CHECKS: Final = (
    Check(
        "incoming_transfers_follow_rows",
        18,
        "Each incoming transfer is credited once, to the wallet of its top-up or to suspense, and no credit of a"
        " gateway is without one.",
        "incoming_transfers",
        FOLLOWED.replace("{noun}", "incoming"),
        given=(BOOKED, BALANCES, _INCOMING),
        rare=True,
    ),
    Check(
        "top_ups_sum_up",
        18,
        "What a top-up has received in time and late is the sum of its transfers by value time.",
        "top_ups",
        _SUMS,
        rare=True,
    ),
    Check(
        "top_ups_have_their_states",
        14,
        "The state of a top-up is the one that its amounts call for.",
        "top_ups",
        _STATES,
        rare=True,
    ),
    Check(
        "top_ups_end_after_reading",
        14,
        "No top-up ends unpaid before its gateway was read up to its time to pay.",
        "top_ups WHERE state IN ('expired', 'underpaid', 'late')",
        _TOO_EARLY,
        rare=True,
    ),
    Check(
        "addresses_have_what_came",
        18,
        "No address on the chain is said to have more than was booked there.",
        "chain_addresses WHERE balance_minor > 0",
        _ADDRESSES,
        rare=True,
    ),
    Check(
        "addresses_belong_to_one_top_up",
        18,
        "A transfer to an address is booked for the top-up of that address.",
        "incoming_transfers WHERE top_up_id IS NOT NULL AND address_index IS NOT NULL",
        _OWN_ADDRESS,
        rare=True,
    ),
)
