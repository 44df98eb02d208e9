"""Money that leaves our addresses on the chain: transactions, sweeps, and what the chain has burnt, by the rows."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED
from audit.check import Check
from audit.wallets import FOLLOWED

# Of what was ordered under one name only the last number may move anything.
_NUMBERED: Final = """
SELECT CASE
    WHEN count(*) <> max(o.number) OR min(o.number) <> 1
        THEN format('%s: numbers %s', o.about, array_agg(o.number ORDER BY o.number))
    WHEN bool_or(o.state NOT IN ('dropped', 'failed', 'refused') AND o.number < m.last)
        THEN format('%s: a number before %s is %s', o.about, max(m.last),
                    string_agg(o.state, ', ' ORDER BY o.number) FILTER (WHERE o.number < m.last)) END
FROM outgoing_transactions o
JOIN (SELECT about, max(number) AS last FROM outgoing_transactions GROUP BY about) m ON m.about = o.about
GROUP BY o.about
"""

_FEES: Final = """
expected AS (
    SELECT format('network-fee/%s/%s', o.about, o.number) AS key, 'post' AS kind, o.fee_sun AS amount_minor,
           'TRX' AS currency, 'gas/TRX' AS debit, 'network_fees/TRX' AS credit
    FROM outgoing_transactions o WHERE o.fee_sun > 0
)"""

# Our TRX is on the two accounts, or on addresses that were given some and have burnt some of it.
_GAS: Final = """
SELECT CASE WHEN b.gas <> r.accounts + r.given - r.burnt
    THEN format('the books have %s sun, the rows %s: %s on the accounts, %s given to addresses, %s burnt there',
                b.gas, r.accounts + r.given - r.burnt, r.accounts, r.given, r.burnt) END
FROM (SELECT coalesce(sum(balance_minor), 0) AS gas FROM ledger.accounts WHERE code = 'gas/TRX') b
CROSS JOIN (
    SELECT (SELECT coalesce(sum(sun), 0) FROM chain_accounts) AS accounts,
           (SELECT coalesce(sum(trx_sun), 0) FROM outgoing_transactions WHERE state = 'done') AS given,
           (SELECT coalesce(sum(fee_sun), 0) FROM outgoing_transactions WHERE purpose = 'sweep') AS burnt
) r
"""

_WHERE: Final = """
SELECT CASE WHEN r.came - r.paid <> r.main + r.lying
    THEN format('%s came over the chain and %s was paid out; %s is at the main wallet and %s on addresses', r.came,
                r.paid, r.main, r.lying) END
FROM (
    SELECT (SELECT coalesce(sum(amount_minor), 0) FROM incoming_transfers
            WHERE address_index IS NOT NULL AND state NOT IN ('held_back', 'dismissed')) AS came,
           (SELECT coalesce(sum(token_minor), 0) FROM outgoing_transactions
            WHERE purpose = 'withdrawal' AND state = 'done') AS paid,
           (SELECT coalesce(sum(balance_minor), 0) FROM chain_accounts) AS main,
           (SELECT coalesce(sum(balance_minor), 0) FROM chain_addresses) AS lying
) r
"""

_LINES: Final = """
SELECT CASE
    WHEN (s.lines, s.total_minor, s.swept_minor, s.failed) IS DISTINCT FROM (l.lines, l.total, l.swept, l.failed)
        THEN format('sweep %s says %s lines over %s, %s swept, %s failed; its lines say %s, %s, %s, %s', s.id, s.lines,
                    s.total_minor, s.swept_minor, s.failed, l.lines, l.total, l.swept, l.failed)
    WHEN s.state = 'done' AND l.open > 0 THEN format('sweep %s is done, and %s lines are open', s.id, l.open) END
FROM sweeps s LEFT JOIN (
    SELECT sweep_id, count(*)::integer AS lines, sum(amount_minor)::bigint AS total,
           coalesce(sum(amount_minor) FILTER (WHERE state = 'done'), 0)::bigint AS swept,
           (count(*) FILTER (WHERE state = 'failed'))::integer AS failed,
           count(*) FILTER (WHERE final_at IS NULL) AS open
    FROM sweep_lines GROUP BY sweep_id
) l ON l.sweep_id = s.id
"""

# The status is stored before the wallet's step: in between a line may be open though its transfer is done.
_TRANSFERS: Final = """
SELECT CASE
    WHEN l.state = 'done' AND (o.state, o.token_minor, o.address_index)
         IS DISTINCT FROM ('done', l.amount_minor, l.address_index)
        THEN format('line %s of sweep %s is done over %s, its transfer is %s over %s', l.position, l.sweep_id,
                    l.amount_minor, o.state, o.token_minor)
    WHEN l.state = 'failed' AND (o.final_at IS NULL OR o.state = 'done') AND o.id IS NOT NULL
        THEN format('line %s of sweep %s has failed, its transfer is %s', l.position, l.sweep_id, o.state) END
FROM sweep_lines l LEFT JOIN LATERAL (
    SELECT t.* FROM outgoing_transactions t
    WHERE t.about = format('sweep/%s/%s/transfer', l.sweep_id, l.position) ORDER BY t.number DESC LIMIT 1
) o ON true
"""

# The status is stored before the withdrawal's step, as for sweeps.
_WITHDRAWALS: Final = """
SELECT CASE
    WHEN w.id IS NULL THEN format('transaction %s/%s is for no withdrawal', o.about, o.number)
    WHEN w.state = 'done' AND (o.state, o.txid, o.token_minor, o.to_address)
         IS DISTINCT FROM ('done', w.operation, w.amount_minor, w.account)
        THEN format('withdrawal %s of %s to %s is done by %s, its transaction %s is %s over %s to %s', w.id,
                    w.amount_minor, w.account, w.operation, o.txid, o.state, o.token_minor, o.to_address)
    WHEN w.state NOT IN ('done', 'paying') AND o.state NOT IN ('failed', 'dropped', 'refused')
        THEN format('withdrawal %s is %s, its transaction %s is %s', w.id, w.state, o.number, o.state) END
FROM (SELECT * FROM withdrawals WHERE gateway IS NOT NULL) w FULL JOIN (
    SELECT DISTINCT ON (about) * FROM outgoing_transactions WHERE purpose = 'withdrawal' ORDER BY about, number DESC
) o ON o.about = 'withdrawal/' || w.id
"""

_ALARMS: Final = """
SELECT CASE
    WHEN a.missing_since IS NOT NULL
        THEN format('%s (%s): the books have %s sun, the chain said %s', a.name, a.address, a.sun, a.seen_sun)
    WHEN a.low_since IS NOT NULL THEN format('%s (%s) has only %s sun', a.name, a.address, a.seen_sun) END,
    coalesce(a.missing_since, a.low_since)
FROM chain_accounts a
"""

CHECKS: Final = (
    Check(
        "outgoing_transactions_are_numbered",
        17,
        "What leaves our addresses on the chain gets a new number only when the last one can never move anything.",
        "outgoing_transactions",
        _NUMBERED,
        rare=True,
    ),
    Check(
        "network_fees_follow_receipts",
        17,
        "What the chain has burnt is booked once for each transaction, by its receipt, and nothing else is.",
        "outgoing_transactions WHERE fee_sun > 0",
        FOLLOWED.replace("{noun}", "network-fee"),
        given=(BOOKED, _FEES),
        rare=True,
    ),
    Check(
        "gas_is_accounted_for",
        17,
        "Booked TRX is on the main wallet and the gas account, or was given to addresses and not burnt there.",
        "chain_accounts",
        _GAS,
        rare=True,
    ),
    Check(
        "chain_money_is_somewhere",
        17,
        "What came over the chain is at the main wallet or on an address, or was paid out.",
        "incoming_transfers WHERE address_index IS NOT NULL",
        _WHERE,
        rare=True,
    ),
    Check(
        "sweeps_follow_lines",
        14,
        "A sweep says what its lines say, and is done when each of them has ended.",
        "sweeps",
        _LINES,
        rare=True,
    ),
    Check(
        "sweep_lines_follow_transfers",
        17,
        "A line of a sweep is done by one transfer of its amount, and has failed only when that moves nothing.",
        "sweep_lines",
        _TRANSFERS,
        rare=True,
    ),
    Check(
        "withdrawals_follow_transactions",
        17,
        "A withdrawal to an address is done by one transaction of its amount, or ends when none can pay it.",
        "withdrawals WHERE gateway IS NOT NULL",
        _WITHDRAWALS,
        rare=True,
    ),
    Check(
        "chain_accounts_have_trx",
        17,
        "The gas account has enough TRX, and the chain has as much on our accounts as the books.",
        "chain_accounts",
        _ALARMS,
        graced=True,
        rare=True,
    ),
)
