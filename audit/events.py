"""Events and transitions: numbered without gaps, allowed by the rules, and leading to the row's state."""

from __future__ import annotations

from typing import Final

from audit.check import Check
from domain.feed import TABLES
from store.base import machines
from store.migrate import feed_trigger_of, trigger_of

_RULES: Final = sorted((table, *move) for table, machine in machines().items() for move in machine.moves)

# The rules as the code has them, to compare with the database's.
RULES: Final = (
    "rules (noun, from_state, to_state) AS (VALUES\n    "
    + ",\n    ".join(f"('{noun}', '{before}', '{after}')" for noun, before, after in _RULES)
    + "\n)"
)

_SUBJECTS: Final = """
subjects AS (
    SELECT 'deals' AS noun, 'deal' AS word, id, id AS deal_id, NULL::uuid AS payment_id, state, events FROM deals
    UNION ALL
    SELECT 'payments', 'payment', id, deal_id, id, state, events FROM payments
)"""

# Events that change a state: `deal.funded`, `payment.held`; others (`payment.code_sent`) do not.
_MOVES: Final = """
moves AS (
    SELECT s.noun, s.word, s.id, e.number, r.state AS now,
           lag(r.state) OVER (PARTITION BY s.id ORDER BY e.number) AS before
    FROM subjects s
    JOIN events e ON e.subject_id = s.id
    JOIN (SELECT DISTINCT noun, to_state AS state FROM rules) r ON r.noun = s.noun AND e.type = s.word || '.' || r.state
)"""

_NUMBERED: Final = """
SELECT CASE
    WHEN s.id IS NULL THEN format('%s events of %s, which does not exist', e.count, e.subject_id)
    WHEN e.count IS DISTINCT FROM s.events OR e.first <> 1 OR e.last <> e.count OR e.numbers <> e.count
        THEN format('%s %s has %s events, numbered %s to %s, and counts %s',
                    s.word, s.id, e.count, e.first, e.last, s.events)
    WHEN e.strangers > 0 THEN format('%s %s: %s events name another deal or payment', s.word, s.id, e.strangers)
END
FROM subjects s
FULL JOIN (
    SELECT o.subject_id, count(*) AS count, min(o.number) AS first, max(o.number) AS last,
           count(DISTINCT o.number) AS numbers,
           count(*) FILTER (WHERE o.deal_id IS DISTINCT FROM about.deal_id
                                  OR o.payment_id IS DISTINCT FROM about.payment_id) AS strangers
    FROM events o
    LEFT JOIN subjects about ON about.id = o.subject_id
    GROUP BY o.subject_id
) e ON e.subject_id = s.id
"""

_ALLOWED: Final = """
SELECT CASE WHEN r.noun IS NULL THEN format('%s %s moved from "%s" to "%s" (event %s), which the rules do not have',
                                            m.word, m.id, m.before, m.now, m.number) END
FROM moves m
LEFT JOIN rules r ON r.noun = m.noun AND r.from_state = coalesce(m.before, '') AND r.to_state = m.now
"""

_LEAD_TO_STATE: Final = """
SELECT CASE WHEN m.now IS DISTINCT FROM s.state
    THEN format('%s %s is %s, its last change of state was to %s', s.word, s.id, s.state, m.now) END
FROM subjects s
LEFT JOIN (SELECT DISTINCT ON (id) * FROM moves ORDER BY id, number DESC) m ON m.id = s.id
"""

_STATUSES: Final = """
SELECT CASE WHEN (d.status, d.status_by) IS DISTINCT FROM (e.status, e.by)
    THEN format('deal %s has the status %s by %s, its last event about one says %s by %s', d.id, d.status, d.status_by,
                e.status, e.by) END
FROM (SELECT DISTINCT ON (deal_id) deal_id, data ->> 'status' AS status, data ->> 'by' AS by
      FROM events WHERE type = 'deal.status_set' ORDER BY deal_id, number DESC) e
FULL JOIN (SELECT * FROM deals WHERE status IS NOT NULL) d ON d.id = e.deal_id
"""

_TRIGGERS: Final = (
    *((table, trigger_of(table)) for table in sorted(machines())),
    *((table, feed_trigger_of(table)) for table in sorted(TABLES)),
    ("events", "events_feed"),
    ("deals", "deals_decided_once"),
    ("deals", "deals_terms_frozen"),
    ("deals", "deals_words_frozen"),
    ("payments", "payments_decided_once"),
)

_RULES_IN_FORCE: Final = """
SELECT CASE WHEN r.noun IS NULL THEN format('the database allows %s to move from "%s" to "%s"',
                                            t.noun, t.from_state, t.to_state)
            WHEN t.noun IS NULL THEN format('the database does not know the move of %s from "%s" to "%s"',
                                            r.noun, r.from_state, r.to_state) END
FROM state_transitions t
FULL JOIN rules r ON (t.noun, t.from_state, t.to_state) = (r.noun, r.from_state, r.to_state)
UNION ALL
SELECT CASE WHEN t.tgname IS NULL THEN format('trigger %s is missing', wanted.name)
            WHEN t.tgenabled NOT IN ('O', 'A') THEN format('trigger %s is disabled', wanted.name) END
FROM (VALUES {triggers}) AS wanted (relation, name)
LEFT JOIN pg_trigger t ON t.tgname = wanted.name AND t.tgrelid = wanted.relation::regclass
"""

CHECKS: Final = (
    Check(
        "events_are_numbered",
        19,
        "Events of a deal or payment are numbered 1, 2, 3 … without a gap, as many as the row counts.",
        "events",
        _NUMBERED,
        given=(_SUBJECTS,),
    ),
    Check(
        "moves_are_allowed",
        14,
        "Every change of state is one that the rules allow.",
        "events",
        _ALLOWED,
        given=(RULES, _SUBJECTS, _MOVES),
    ),
    Check(
        "states_follow_events",
        19,
        "Each change of state has its event, and the last event led to the state of the row.",
        "events",
        _LEAD_TO_STATE,
        given=(RULES, _SUBJECTS, _MOVES),
    ),
    Check(
        "statuses_follow_events",
        19,
        "The status of a deal is the one that its last event about a status names.",
        "deals WHERE status IS NOT NULL",
        _STATUSES,
        rare=True,
    ),
    Check(
        "rules_are_in_force",
        14,
        "The database refuses every move that the rules do not allow, and every second decision, and writes events.",
        "state_transitions",
        _RULES_IN_FORCE.replace("{triggers}", ", ".join(map(str, _TRIGGERS))),
        given=(RULES,),
    ),
)
