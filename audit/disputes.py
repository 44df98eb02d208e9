"""Checks of disputes: what the parties added, who decided, and that the deal ended as the dispute did."""

from __future__ import annotations

from typing import Final

from audit.check import Check

_FIT: Final = """
SELECT CASE
    WHEN (i.state = 'open') <> (d.state = 'disputed' AND newest.is_newest)
        THEN format('dispute %s is %s, deal %s is %s', i.id, i.state, d.id, d.state)
    WHEN i.back_minor > d.price_minor
        THEN format('dispute %s gave %s back, the price is %s', i.id, i.back_minor, d.price_minor)
    WHEN i.back_minor IS NOT NULL AND i.back_minor IS DISTINCT FROM CASE
             WHEN d.closed_reason IS NOT NULL THEN d.price_minor
             ELSE coalesce(d.split_minor, 0) END
        THEN format('dispute %s gave %s back; deal %s: closed by %s, split %s', i.id, i.back_minor, d.id,
                    d.closed_reason, d.split_minor)
    WHEN e.released > 1 OR e.undisputed_minor IS DISTINCT FROM d.undisputed_minor
        THEN format('deal %s: %s undisputed, its disputes released %s', d.id, d.undisputed_minor, e.undisputed_minor)
    WHEN i.back_minor > d.price_minor - coalesce(d.undisputed_minor, 0)
        THEN format('dispute %s gave %s back, of a price of %s %s was undisputed', i.id, i.back_minor, d.price_minor,
                    d.undisputed_minor)
    WHEN i.state = 'decided' AND NOT EXISTS (SELECT FROM overrides o WHERE o.dispute_id = i.id AND o.state = 'done')
        THEN format('dispute %s was decided by nobody', i.id)
    WHEN i.silent_at <= i.answer_by OR i.silent_at < i.answered_at
        THEN format('dispute %s: no answer was noted at %s, it was due by %s', i.id, i.silent_at, i.answer_by)
    WHEN i.escalated_at <= i.decide_by
        THEN format('dispute %s was raised at %s, it was due by %s', i.id, i.escalated_at, i.decide_by)
END
FROM disputes i JOIN deals d ON d.id = i.deal_id
CROSS JOIN LATERAL (
    SELECT NOT EXISTS (SELECT FROM disputes n WHERE n.deal_id = i.deal_id AND n.id > i.id) AS is_newest
) newest
CROSS JOIN LATERAL (
    SELECT count(*) AS released, sum(p.undisputed_minor) AS undisputed_minor
    FROM dispute_entries p JOIN disputes o ON o.id = p.dispute_id
    WHERE o.deal_id = d.id AND p.kind = 'part_released'
) e
"""

_ENTRIES: Final = """
SELECT CASE
    WHEN e.last IS DISTINCT FROM nullif(i.entries, 0) OR e.counted <> i.entries
        THEN format('dispute %s has %s entries up to number %s, and counts %s', i.id, e.counted, e.last, i.entries)
    WHEN e.most > d.price_minor
        THEN format('dispute %s: an offer of %s, the price is %s', i.id, e.most, d.price_minor)
    WHEN e.wrong IS NOT NULL
        THEN format('dispute %s: entry %s is about no offer that it could be about', i.id, e.wrong)
    WHEN (i.answered_at IS NOT NULL) <> e.answered
        THEN format('dispute %s: answered at %s, answers: %s', i.id, i.answered_at, e.answered)
    WHEN e.accepted AND i.state <> 'settled'
        THEN format('dispute %s is %s, and an offer was accepted', i.id, i.state)
END
FROM disputes i JOIN deals d ON d.id = i.deal_id
CROSS JOIN LATERAL (
    SELECT count(*) AS counted, max(e.number) AS last, max(e.back_minor) AS most,
           coalesce(bool_or(e.by <> i.opened_by), false) AS answered,
           coalesce(bool_or(e.kind = 'offer_accepted'), false) AS accepted,
           min(e.number) FILTER (WHERE e.about IS NOT NULL AND NOT EXISTS (
               SELECT FROM dispute_entries o
               WHERE o.dispute_id = e.dispute_id AND o.number = e.about AND o.number < e.number AND o.kind = 'offer'
                 AND CASE e.kind WHEN 'offer_withdrawn' THEN o.by = e.by
                                 ELSE o.by <> e.by AND o.back_minor = e.back_minor AND e.back_minor = i.back_minor END
           )) AS wrong
    FROM dispute_entries e WHERE e.dispute_id = i.id
) e
"""

CHECKS: Final = (
    Check(
        "disputes_fit",
        14,
        "A dispute's state, times and division match its deal, and a decided one has its decision.",
        "disputes",
        _FIT,
        rare=True,
    ),
    Check(
        "dispute_entries_fit",
        14,
        "What parties add to a dispute is numbered without a gap, within the price, and about offers that were made.",
        "disputes",
        _ENTRIES,
        rare=True,
    ),
)
