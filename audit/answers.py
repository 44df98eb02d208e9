"""Answers given to clients: what they acknowledge exists, matches, and cannot change later."""

from __future__ import annotations

from typing import Final

from audit.acknowledged import NOUNS
from audit.check import Check

# Answers with the rows of each noun beside them. An answer about an unlisted noun is a fault of the product: each noun
# states in `acknowledged.py` what its answers promise.
_UNKNOWN: Final = """
SELECT b.caller, b.key, b.status, b.noun, b.noun_id, false FROM idempotency_answers b WHERE b.noun NOT IN ({known})
""".replace("{known}", ", ".join(f"'{noun.table}'" for noun in NOUNS))

_NAME_WHAT_EXISTS: Final = """
SELECT CASE WHEN b.holds IS NOT TRUE
    THEN format('%s, key %s: answered %s with %s of %s, which does not exist as it was answered',
                b.caller, b.key, b.status, b.noun_id, b.noun) END
FROM ({each}) AS b (caller, key, status, noun, noun_id, holds)
""".replace("{each}", "UNION ALL\n".join([*(noun.sql for noun in NOUNS), _UNKNOWN]))

_DECISIONS: Final = """
SELECT CASE
    WHEN count(*) > 1 THEN format('%s, key %s has %s answers', caller, key, count(*))
    WHEN bool_or(NOT (status BETWEEN 200 AND 299 OR status IN (404, 409)))
        THEN format('%s, key %s: status %s decides nothing and was kept', caller, key, min(status))
END
FROM idempotency_answers GROUP BY caller, key
"""

# Every role except superusers and those who can act as the owner; PostgreSQL's own pg_… roles count through members.
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
        "Everything that was acknowledged to a client exists, as it was acknowledged.",
        "idempotency_answers WHERE noun IS NOT NULL",
        _NAME_WHAT_EXISTS,
    ),
    Check(
        "answers_are_decisions",
        10,
        "A caller's key has one answer, and only decisions are stored as answers.",
        "idempotency_answers",
        _DECISIONS,
    ),
    Check(
        "answers_cannot_change",
        10,
        "No program's database role can change or delete an answer or an event.",
        "idempotency_answers",
        _KEPT,
    ),
)
