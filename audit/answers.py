"""Answers given to clients: what was acknowledged exists, is what was said, and cannot be said otherwise later."""

from __future__ import annotations

from typing import Final

from audit.check import Check

# What a body says about the row it acknowledges; null where it is not what it should be.
_ANSWERED: Final = """
answered AS (
    SELECT b.*,
           CASE WHEN pg_input_is_valid(b.body ->> 'id', 'uuid') THEN (b.body ->> 'id')::uuid END AS id,
           CASE WHEN pg_input_is_valid(b.body #>> '{payment,id}', 'uuid')
                THEN (b.body #>> '{payment,id}')::uuid END AS payment_id,
           CASE WHEN pg_input_is_valid(said.submitted_at, 'timestamptz')
                THEN said.submitted_at::timestamptz END AS submitted_at,
           CASE WHEN pg_input_is_valid(b.body ->> 'pay_by', 'timestamptz')
                THEN (b.body ->> 'pay_by')::timestamptz END AS pay_by,
           CASE WHEN pg_input_is_valid(said.minor, 'bigint') THEN said.minor::bigint END AS minor,
           CASE WHEN pg_input_is_valid(said.fee_minor, 'bigint') THEN said.fee_minor::bigint END AS fee_minor,
           coalesce(b.body #>> '{amount,currency}', b.body #>> '{price,currency}') AS currency
    FROM idempotency_answers b
    CROSS JOIN LATERAL (
        SELECT coalesce(b.body #>> '{attempt,submitted_at}', b.body ->> 'submitted_at') AS submitted_at,
               replace(coalesce(b.body #>> '{amount,amount}', b.body #>> '{price,amount}'), '.', '') AS minor,
               replace(b.body #>> '{fee,amount}', '.', '') AS fee_minor
    ) said
    WHERE b.status BETWEEN 200 AND 299 OR b.body ? 'submitted_at'
)"""

# The noun of a body is seen by its fields: the table keeps no paths.
_NAME_WHAT_EXISTS: Final = """
SELECT CASE WHEN CASE
        -- Refused as too late, and kept.
        WHEN b.status = 409 THEN b.submitted_at IN (
            SELECT a.submitted_at FROM code_attempts a WHERE a.state = 'late')
        WHEN b.body ? 'attempt' THEN EXISTS (
            SELECT FROM code_attempts a WHERE a.payment_id = b.payment_id AND a.submitted_at = b.submitted_at
            AND a.number::text = b.body #>> '{attempt,number}')
        WHEN b.body ? 'code' AND b.body ? 'payment' THEN EXISTS (
            SELECT FROM codes c WHERE c.payment_id = b.payment_id AND c.number::text = b.body #>> '{code,number}')
        WHEN b.body ? 'cause' THEN EXISTS (
            SELECT FROM refunds r JOIN deals d ON d.id = r.deal_id
            WHERE r.id = b.id AND r.deal_id::text = b.body ->> 'deal_id' AND r.cause = b.body ->> 'cause'
            AND (r.amount_minor, d.currency) = (b.minor, b.currency))
        WHEN b.body ? 'at_stake' THEN EXISTS (
            SELECT FROM repairs r WHERE r.id = b.id AND r.deal_id::text = b.body ->> 'deal_id'
            AND r.kind = b.body ->> 'kind' AND r.reason = b.body ->> 'reason')
        WHEN b.body ? 'deal_id' THEN EXISTS (
            SELECT FROM payments p WHERE p.id = b.id AND p.deal_id::text = b.body ->> 'deal_id'
            AND (p.account_id::text, p.wallet_id::text)
                IS NOT DISTINCT FROM (b.body ->> 'account_id', b.body ->> 'wallet_id')
            AND (p.amount_minor, p.fee_minor, p.currency) = (b.minor, b.fee_minor, b.currency))
        WHEN b.body ? 'offer_id' THEN EXISTS (
            SELECT FROM deals d WHERE d.id = b.id AND d.offer_id::text = b.body ->> 'offer_id'
            AND d.buyer_id::text = b.body ->> 'buyer_id'
            AND (d.price_minor, d.currency) = (b.minor, b.currency)
            -- Both parties may have agreed on more time since.
            AND (d.pay_by = b.pay_by OR d.pay_by > b.pay_by AND EXISTS (
                SELECT FROM agreements a WHERE a.deal_id = d.id AND a.pay_by = d.pay_by AND a.state = 'agreed')))
        WHEN b.body ? 'pay_within_s' THEN EXISTS (
            SELECT FROM offers o WHERE o.id = b.id AND o.seller_id::text = b.body ->> 'seller_id'
            AND (o.price_minor, o.currency) = (b.minor, b.currency))
        WHEN b.body ? 'bank_id' THEN EXISTS (
            SELECT FROM accounts a WHERE a.id = b.id AND a.number = b.body ->> 'number'
            AND a.user_id::text = b.body ->> 'user_id')
        WHEN b.body ? 'email' THEN EXISTS (
            SELECT FROM users u WHERE u.id = b.id AND u.email = b.body ->> 'email')
        ELSE false
    END IS NOT TRUE
    THEN format('%s, key %s: answered %s with %s, which does not exist as it was answered',
                b.caller, b.key, b.status, coalesce(b.id, b.payment_id)) END
FROM answered b
"""

_DECISIONS: Final = """
SELECT CASE
    WHEN count(*) > 1 THEN format('%s, key %s has %s answers', caller, key, count(*))
    WHEN bool_or(NOT (status BETWEEN 200 AND 299 OR status IN (404, 409)))
        THEN format('%s, key %s: status %s decides nothing and was kept', caller, key, min(status))
END
FROM idempotency_answers GROUP BY caller, key
"""

# Every role but superusers and those who can act as the owner; PostgreSQL's own pg_… roles count through their members.
_KEPT: Final = """
SELECT CASE WHEN has_table_privilege(r.oid, c.oid, p.privilege)
                 OR (p.privilege = 'UPDATE' AND has_any_column_privilege(r.oid, c.oid, 'UPDATE'))
    THEN format('role %s may %s %s', r.rolname, p.privilege, c.relname) END
FROM pg_roles r, pg_class c, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p (privilege)
WHERE c.oid IN ('idempotency_answers'::regclass, 'events'::regclass)
  AND has_schema_privilege(r.oid, 'public', 'USAGE')
  AND NOT r.rolsuper AND NOT starts_with(r.rolname, 'pg_') AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')
"""

CHECKS: Final = (
    Check(
        "answers_name_what_exists",
        9,
        "Whatever was acknowledged to a client exists, as it was acknowledged.",
        "idempotency_answers WHERE status BETWEEN 200 AND 299",
        _NAME_WHAT_EXISTS,
        given=(_ANSWERED,),
    ),
    Check(
        "answers_are_decisions",
        10,
        "A caller's key has one answer, and only decisions are kept as answers.",
        "idempotency_answers",
        _DECISIONS,
    ),
    Check(
        "answers_cannot_change",
        10,
        "No program's role can change or remove an answer or an event.",
        "idempotency_answers",
        _KEPT,
    ),
)
