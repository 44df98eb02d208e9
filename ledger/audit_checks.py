"""The checks of the audit, as SQL: each selects one row per item examined: null, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Check:
    """`invariant` is the number of the rule in docs/invariants.md; `sql` yields (detail text or null)."""

    name: str
    invariant: int
    sql: str


_TRANSFERS_BALANCED: Final = """
SELECT CASE
    WHEN t.refusal IS NOT NULL AND count(e.account_id) > 0 THEN format('refused transfer %s has entries', t.id)
    WHEN t.refusal IS NULL AND count(e.account_id) <> 2
        THEN format('transfer %s has %s entries', t.id, count(e.account_id))
    WHEN t.refusal IS NULL AND (sum(e.amount_minor) <> 0 OR sum(e.held_minor) <> sum(e.incoming_minor))
        THEN format('transfer %s: amounts sum to %s, held %s, incoming %s',
                    t.id, sum(e.amount_minor), sum(e.held_minor), sum(e.incoming_minor)) END
FROM ledger.transfers t LEFT JOIN ledger.entries e ON e.transfer_id = t.id
GROUP BY t.id
"""

# The complete effect of each kind, restated independently of the trigger.
_ENTRIES_FOLLOW_TRANSFERS: Final = """
SELECT CASE
    WHEN t.id IS NULL THEN format('entry %s of account %s has no transfer', e.version, e.account_id)
    WHEN e.account_id NOT IN (t.debit_account, t.credit_account)
        THEN format('entry %s of account %s: the account is not in transfer %s', e.version, e.account_id, t.id)
    WHEN e.created_at <> t.created_at
        OR e.amount_minor IS DISTINCT FROM CASE
            WHEN t.kind IN ('hold', 'void') THEN 0
            WHEN e.account_id = t.debit_account THEN -t.amount_minor ELSE t.amount_minor END
        OR e.held_minor IS DISTINCT FROM CASE
            WHEN t.kind = 'post' OR e.account_id = t.credit_account THEN 0
            WHEN t.kind = 'hold' THEN t.amount_minor ELSE -h.amount_minor END
        OR e.incoming_minor IS DISTINCT FROM CASE
            WHEN t.kind = 'post' OR e.account_id = t.debit_account THEN 0
            WHEN t.kind = 'hold' THEN t.amount_minor ELSE -h.amount_minor END
        THEN format('entry %s of account %s is not what transfer %s (%s) says', e.version, e.account_id, t.id, t.kind)
    END
FROM ledger.entries e
LEFT JOIN ledger.transfers t ON t.id = e.transfer_id
LEFT JOIN ledger.transfers h ON h.id = t.hold_id
"""

_CURRENCIES_SUM_TO_ZERO: Final = """
SELECT CASE WHEN sum(balance_minor) <> 0 OR sum(held_minor) <> sum(incoming_minor)
    THEN format('%s: balances sum to %s, held %s, incoming %s',
                currency, sum(balance_minor), sum(held_minor), sum(incoming_minor)) END
FROM ledger.accounts GROUP BY currency
"""

_BALANCES_EQUAL_ENTRIES: Final = """
SELECT CASE WHEN (a.balance_minor, a.held_minor, a.incoming_minor) <>
        (coalesce(s.amount, 0), coalesce(s.held, 0), coalesce(s.incoming, 0))
    THEN format('account %s: balance %s, held %s, incoming %s, but its entries sum to %s, %s, %s', a.id,
                a.balance_minor, a.held_minor, a.incoming_minor,
                coalesce(s.amount, 0), coalesce(s.held, 0), coalesce(s.incoming, 0)) END
FROM ledger.accounts a
LEFT JOIN (SELECT account_id, sum(amount_minor) AS amount, sum(held_minor) AS held, sum(incoming_minor) AS incoming
           FROM ledger.entries GROUP BY account_id) s ON s.account_id = a.id
"""

_ENTRIES_CHAIN: Final = """
SELECT CASE
    WHEN version <> expected_version
        THEN format('account %s: entry %s stands where %s belongs', account_id, version, expected_version)
    WHEN balance_after_minor <> balance_before + amount_minor OR held_after_minor <> held_before + held_minor
        OR incoming_after_minor <> incoming_before + incoming_minor
        THEN format('account %s: entry %s does not follow from the one before it', account_id, version) END
FROM (SELECT e.*,
             row_number() OVER chain AS expected_version,
             lag(balance_after_minor, 1, 0::bigint) OVER chain AS balance_before,
             lag(held_after_minor, 1, 0::bigint) OVER chain AS held_before,
             lag(incoming_after_minor, 1, 0::bigint) OVER chain AS incoming_before
      FROM ledger.entries e WINDOW chain AS (PARTITION BY account_id ORDER BY version)) links
"""

_VERSIONS_COUNT_ENTRIES: Final = """
SELECT CASE
    WHEN a.id IS NULL THEN format('%s entries of account %s, which does not exist', n.entries, n.account_id)
    WHEN a.version <> coalesce(n.entries, 0)
        THEN format('account %s is at version %s with %s entries', a.id, a.version, coalesce(n.entries, 0)) END
FROM ledger.accounts a
FULL JOIN (SELECT account_id, count(*) AS entries FROM ledger.entries GROUP BY account_id) n ON n.account_id = a.id
"""

_FLOORS_KEPT: Final = """
SELECT CASE WHEN balance_minor - held_minor < floor_minor OR held_minor < 0 OR incoming_minor < 0
    THEN format('account %s: balance %s, held %s, incoming %s, floor %s',
                id, balance_minor, held_minor, incoming_minor, floor_minor) END
FROM ledger.accounts
"""

# The chain records every moment, so this finds a floor that was broken and restored since.
_FLOORS_KEPT_ALWAYS: Final = """
SELECT CASE WHEN e.balance_after_minor - e.held_after_minor < a.floor_minor
    THEN format('account %s was below its floor %s after entry %s', a.id, a.floor_minor, e.version) END
FROM ledger.entries e JOIN ledger.accounts a ON a.id = e.account_id
"""

_AMOUNTS_IN_RANGE: Final = """
SELECT CASE WHEN refusal IS NULL AND (amount_minor IS NULL OR amount_minor NOT BETWEEN 1 AND 1000000000000000
                                      OR debit_account IS NULL OR credit_account IS NULL
                                      OR debit_account = credit_account)
    THEN format('transfer %s: %s from account %s to %s', id, amount_minor, debit_account, credit_account) END
FROM ledger.transfers
"""

_CURRENCIES_MATCH: Final = """
SELECT CASE WHEN a.currency IS DISTINCT FROM t.currency
    THEN format('transfer %s in %s has an entry on account %s in %s', t.id, t.currency, e.account_id, a.currency) END
FROM ledger.entries e
JOIN ledger.transfers t ON t.id = e.transfer_id
LEFT JOIN ledger.accounts a ON a.id = e.account_id
"""

_AMOUNTS_ARE_INTEGERS: Final = """
SELECT CASE WHEN data_type <> 'bigint' THEN format('%s.%s is %s', table_name, column_name, data_type) END
FROM information_schema.columns WHERE table_schema = 'ledger' AND column_name LIKE '%\\_minor'
"""

# Every role except superusers and those who can act as the owner. PostgreSQL's own pg_… roles count through their
# members. On an account no other role may change anything but its closing.
_NOBODY_MAY_REWRITE: Final = """
WITH others AS (
    SELECT r.oid, r.rolname FROM pg_roles r, pg_class c
    WHERE c.oid = 'ledger.entries'::regclass AND has_schema_privilege(r.oid, 'ledger', 'USAGE')
      AND NOT r.rolsuper AND NOT starts_with(r.rolname, 'pg_') AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')
)
SELECT CASE WHEN has_table_privilege(r.oid, c.oid, p.privilege)
                 OR (p.privilege = 'UPDATE' AND has_any_column_privilege(r.oid, c.oid, 'UPDATE'))
    THEN format('role %s may %s ledger.%s', r.rolname, p.privilege, c.relname) END
FROM others r, pg_class c, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p (privilege)
WHERE c.oid IN ('ledger.transfers'::regclass, 'ledger.entries'::regclass)
UNION ALL
SELECT CASE WHEN has_column_privilege(r.oid, a.attrelid, a.attnum, 'UPDATE')
    THEN format('role %s may UPDATE ledger.accounts.%s', r.rolname, a.attname) END
FROM others r, pg_attribute a
WHERE a.attrelid = 'ledger.accounts'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'closed_at'
"""

_TRIGGERS_IN_FORCE: Final = """
SELECT CASE WHEN t.tgname IS NULL THEN format('trigger %s is missing', wanted.name)
            WHEN t.tgenabled NOT IN ('O', 'A') THEN format('trigger %s is disabled', wanted.name) END
FROM (VALUES ('transfers', 'transfers_append_only'), ('entries', 'entries_append_only'), ('accounts', 'accounts_kept'),
             ('accounts', 'accounts_identity_fixed'), ('entries', 'entries_applied'),
             ('transfers', 'transfers_checked'), ('accounts', 'accounts_checked'),
             ('accounts', 'accounts_opened_empty')) AS wanted (relation, name)
LEFT JOIN pg_trigger t ON t.tgname = wanted.name AND t.tgrelid = ('ledger.' || wanted.relation)::regclass
"""

_UNIQUENESS_IN_FORCE: Final = """
SELECT CASE WHEN i.indexrelid IS NULL OR NOT (i.indisunique AND i.indisvalid AND i.indisready)
    THEN format('no valid unique index %s', wanted.name) END
FROM unnest(ARRAY['transfers_key_unique', 'transfers_hold_ends_once', 'entries_pkey', 'entries_once_per_account',
                  'accounts_code_unique']) AS wanted (name)
LEFT JOIN pg_index i ON i.indexrelid = to_regclass('ledger.' || wanted.name)
"""

_KEYS_ONCE: Final = """
SELECT CASE WHEN count(*) > 1 THEN format('key %s names %s transfers', key, count(*)) END
FROM ledger.transfers GROUP BY key
"""

_HOLDS_END_ONCE: Final = """
SELECT CASE
    WHEN count(e.id) > 0 AND (h.id IS NULL OR h.kind <> 'hold' OR h.refusal IS NOT NULL)
        THEN format('transfer %s ends %s, which is no hold', min(e.id), e.hold_id)
    WHEN count(e.id) > 1 THEN format('hold %s has %s ends', h.id, count(e.id))
    WHEN sum(e.amount_minor) FILTER (WHERE e.kind = 'capture') > h.amount_minor
        OR bool_or((e.debit_account, e.credit_account, e.currency) <> (h.debit_account, h.credit_account, h.currency))
        THEN format('transfer %s does not fit hold %s', min(e.id), h.id) END
FROM ledger.transfers h
FULL JOIN (SELECT * FROM ledger.transfers WHERE kind IN ('capture', 'void') AND refusal IS NULL) e ON e.hold_id = h.id
GROUP BY h.id, e.hold_id
"""

_HELD_IS_OPEN_HOLDS: Final = """
WITH open AS (
    SELECT h.debit_account, h.credit_account, h.amount_minor FROM ledger.transfers h
    WHERE h.kind = 'hold' AND h.refusal IS NULL
      AND NOT EXISTS (SELECT FROM ledger.transfers e WHERE e.hold_id = h.id AND e.refusal IS NULL)
), reserved AS (
    SELECT debit_account AS account_id, amount_minor AS held, 0 AS incoming FROM open
    UNION ALL SELECT credit_account, 0, amount_minor FROM open
), sums AS (
    SELECT account_id, sum(held) AS held, sum(incoming) AS incoming FROM reserved GROUP BY account_id
)
SELECT CASE WHEN (a.held_minor, a.incoming_minor) <> (coalesce(s.held, 0), coalesce(s.incoming, 0))
    THEN format('account %s: held %s, incoming %s, but its open holds are %s and %s',
                a.id, a.held_minor, a.incoming_minor, coalesce(s.held, 0), coalesce(s.incoming, 0)) END
FROM ledger.accounts a LEFT JOIN sums s ON s.account_id = a.id
"""

CHECKS: Final[tuple[Check, ...]] = (
    Check("transfers_balanced", 1, _TRANSFERS_BALANCED),
    Check("entries_follow_transfers", 1, _ENTRIES_FOLLOW_TRANSFERS),
    Check("currencies_sum_to_zero", 2, _CURRENCIES_SUM_TO_ZERO),
    Check("balances_equal_entries", 3, _BALANCES_EQUAL_ENTRIES),
    Check("entries_chain", 4, _ENTRIES_CHAIN),
    Check("versions_count_entries", 4, _VERSIONS_COUNT_ENTRIES),
    Check("floors_kept", 5, _FLOORS_KEPT),
    Check("floors_kept_always", 5, _FLOORS_KEPT_ALWAYS),
    Check("amounts_in_range", 6, _AMOUNTS_IN_RANGE),
    Check("currencies_match", 6, _CURRENCIES_MATCH),
    Check("amounts_are_integers", 6, _AMOUNTS_ARE_INTEGERS),
    Check("nobody_may_rewrite", 7, _NOBODY_MAY_REWRITE),
    Check("triggers_in_force", 7, _TRIGGERS_IN_FORCE),
    Check("uniqueness_in_force", 8, _UNIQUENESS_IN_FORCE),
    Check("keys_once", 8, _KEYS_ONCE),
    Check("holds_end_once", 13, _HOLDS_END_ONCE),
    Check("held_is_open_holds", 13, _HELD_IS_OPEN_HOLDS),
)
