"""The bank's checks of codes, of what they confirm, and of the keys of callers; as in `audit_checks`."""

from __future__ import annotations

from typing import Final

from domain.codes import MAX_CODES, MAX_TRIES
from ledger import Check

# Everything that can have codes, with and without. A row per subject and code.
_CODES_OF_SUBJECTS: Final = """
(
    SELECT key FROM operations WHERE kind = 'debit' UNION ALL SELECT key FROM account_accesses
) AS s LEFT JOIN codes c ON c.subject = s.key
"""

_CODES_TRIED: Final = f"""
SELECT CASE WHEN c.tries <> coalesce(t.counted, 0) OR c.tries > {MAX_TRIES} OR t.counted <> t.newest
        OR (c.used_at IS NOT NULL AND used.number IS NULL)
    THEN format('code %s of %s: %s tries, %s counted', c.number, s.key, c.tries, t.counted) END
FROM {_CODES_OF_SUBJECTS}
LEFT JOIN (
    SELECT code_id, count(*) AS counted, max(number) AS newest FROM code_tries GROUP BY 1
) t ON t.code_id = c.id
LEFT JOIN code_tries used ON used.code_id = c.id AND used.number = c.used_try
"""  # noqa: S608  # constants of this module

# Confirmed or held means: exactly one code was used, in its lifetime, by a submission that is not in the future. What
# has ended has no live code.
_CODES_USED: Final = f"""
SELECT CASE
    WHEN count(c.id) > {MAX_CODES} THEN format('%s has %s codes', s.key, count(c.id))
    WHEN count(c.used_at) <> s.confirmed THEN format('%s (%s) has %s used codes', s.key, s.state, count(c.used_at))
    WHEN bool_or(c.judged_at > c.expires_at OR c.judged_at < c.created_at OR c.judged_at > c.used_at)
        THEN format('%s: the used code was not alive when it was entered', s.key)
    WHEN s.over AND bool_or(c.id IS NOT NULL AND c.used_at IS NULL AND c.killed_at IS NULL)
        THEN format('%s (%s) still has a live code', s.key, s.state)
END
FROM (
    SELECT key, status AS state, status <> 'created' AS over,
        (coalesce(held_at, confirmed_at) IS NOT NULL)::integer AS confirmed
    FROM operations WHERE kind = 'debit'
    UNION ALL
    SELECT key, purpose, confirmed_at IS NOT NULL OR ended_at IS NOT NULL, (confirmed_at IS NOT NULL)::integer
    FROM account_accesses
) AS s LEFT JOIN codes c ON c.subject = s.key
GROUP BY s.key, s.state, s.over, s.confirmed
"""  # noqa: S608  # numbers of the domain

# And conversely: a code has one subject, and a used one belongs to what it confirmed, by a try of its own caller.
_CODES_BELONG: Final = """
SELECT CASE
    WHEN num_nonnulls(o.key, a.key) <> 1 THEN format('code %s belongs to %s subjects', c.id, num_nonnulls(o.key, a.key))
    WHEN o.kind <> 'debit' THEN format('code %s belongs to the %s %s', c.id, o.kind, o.key)
    WHEN EXISTS (SELECT FROM code_tries t WHERE t.code_id = c.id AND t.caller <> coalesce(o.caller, a.caller))
        THEN format('code %s of %s was tried by somebody else', c.number, c.subject)
    WHEN c.used_at IS NOT NULL AND coalesce(o.held_at, o.confirmed_at, a.confirmed_at) IS NULL
        THEN format('code %s of %s was used and confirmed nothing', c.number, c.subject)
END
FROM codes c
LEFT JOIN operations o ON o.key = c.operation_key
LEFT JOIN account_accesses a ON a.key = c.access_key
UNION ALL SELECT NULL FROM operations
"""

_CODES_WIPED: Final = f"""
SELECT CASE WHEN m.sealed IS NOT NULL AND c.expires_at < clock_timestamp() - interval '1 minute'
    THEN format('the message of code %s of %s still holds the dead code', c.number, s.key) END
FROM {_CODES_OF_SUBJECTS}
LEFT JOIN code_messages m ON m.code_id = c.id
"""  # noqa: S608  # constants of this module

# A token comes from a confirmed access to an account with an owner, not before its code, for a day at most. A confirmed
# access for seeing has one; a confirmation of ownership has none.
_TOKENS_CONFIRMED: Final = """
SELECT CASE
    WHEN (a.purpose <> 'view' OR a.confirmed_at IS NULL) <> (t.access_key IS NULL)
        THEN format('access %s to %s: confirmed %s, token of %s', a.key, a.number, a.confirmed_at, t.created_at)
    WHEN t.access_key IS NOT NULL AND c.id IS NULL THEN format('the token of %s comes from no code', a.key)
    WHEN t.access_key IS NOT NULL AND owned.client_id IS NULL
        THEN format('the token of %s is for an account without an owner', a.key)
    WHEN t.created_at < c.used_at OR t.expires_at <= t.created_at OR t.expires_at > t.created_at + interval '1 day'
        THEN format('the token of %s lives too long: %s to %s', a.key, t.created_at, t.expires_at)
END
FROM operations o
FULL JOIN account_accesses a ON false
LEFT JOIN access_tokens t ON t.access_key = a.key
LEFT JOIN codes c ON c.access_key = a.key AND c.used_at IS NOT NULL
LEFT JOIN accounts owned ON owned.number = a.number
"""

# A limit never counts less than the wrong tries of its window: less would let more guesses through.
_WRONG_CODES_COUNTED: Final = """
SELECT CASE WHEN l.wrong < (
        SELECT count(*) FROM code_tries t JOIN codes c ON c.id = t.code_id
        WHERE t.window_at = l.window_at AND l.caller IN (t.caller, '') AND c.used_try IS DISTINCT FROM t.number
    ) THEN format('wrong codes of %s since %s: only %s counted', quote_literal(l.caller), l.window_at, l.wrong) END
FROM operations o FULL JOIN code_limits l ON false
UNION ALL
SELECT CASE WHEN l.used < (
        SELECT count(*) FROM code_tries t JOIN codes c ON c.id = t.code_id
        WHERE t.window_at = l.window_at AND l.about = 'wrong/' || t.caller AND l.account = account_of_codes(c.subject)
          AND c.used_try IS DISTINCT FROM t.number
    ) THEN format('wrong codes about %s, %s since %s: only %s counted', l.account, l.about, l.window_at, l.used) END
FROM account_limits l WHERE l.about LIKE 'wrong/%'
"""

# No live code was sent to an address that its owner has since changed.
_CODES_MOVE: Final = """
SELECT CASE WHEN EXISTS (
        SELECT FROM codes c
        JOIN code_messages d ON d.code_id = c.id
        LEFT JOIN operations o ON o.key = c.operation_key
        LEFT JOIN account_accesses s ON s.key = c.access_key
        JOIN accounts a ON a.number = coalesce(o.payer_account, s.number)
        WHERE a.client_id = m.client_id AND c.used_at IS NULL AND c.killed_at IS NULL
          AND c.expires_at > clock_timestamp() AND d.delivered_at < m.moved_at
    ) THEN format('a code that went to where client %s was before %s lives', m.client_id, m.moved_at) END
FROM operations o FULL JOIN (
    SELECT * FROM client_moves WHERE moved_at > clock_timestamp() - interval '1 day'
) m ON false
"""

_KEYS_LIVE: Final = """
SELECT CASE WHEN count(*) FILTER (
        WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
    ) > 2 THEN format('%s has more than two live API keys', name) END
FROM api_keys GROUP BY name
"""

CODE_CHECKS: Final = (
    Check("codes_tried_at_most_five", 16, _CODES_TRIED),
    Check("codes_used_once_in_time", 16, _CODES_USED),
    Check("codes_belong_to_one_subject", 16, _CODES_BELONG),
    Check("codes_wiped", 16, _CODES_WIPED),
    Check("tokens_come_from_codes", 16, _TOKENS_CONFIRMED),
    Check("wrong_codes_are_counted", 16, _WRONG_CODES_COUNTED),
    Check("codes_move_with_their_owner", 16, _CODES_MOVE),
    Check("two_live_keys_per_name", 10, _KEYS_LIVE),
)
