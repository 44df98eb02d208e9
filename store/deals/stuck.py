"""What operators should look at, oldest first: answers that banks owe, flags, payables, what waits for a person.

Of deals and of withdrawals from wallets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import Money

What = Literal["unknown", "flagged", "funds", "account", "payable", "approval", "suspense", "unbalanced", "dispute"]

# A row appears once for each reason, with the time since when it applies.
_STUCK: Final = """
WITH unknown AS (
    SELECT a.submitted_at AS since, a.payment_id, format('debit/%s', a.number) AS awaits
    FROM code_attempts a WHERE a.state = 'unresolved'
    UNION ALL
    SELECT s.created_at, s.payment_id, format('%s/%s', s.name, s.number) FROM steps s WHERE s.state = 'planned'
    UNION ALL
    SELECT p.created_at, p.id, 'operation' FROM payments p WHERE p.operation IS NULL AND p.final_at IS NULL
), going_back AS (
    -- The newest answered steps of refunds that wait for our own money, or for another account of the payer. While one
    -- is asked again, its last answer is what is known.
    SELECT CASE s.refused_code WHEN 'account_closed' THEN 'account' ELSE 'funds' END AS what, s.*,
           EXISTS (SELECT FROM steps n WHERE n.refund_id = s.refund_id AND n.position = s.position
                                           AND n.number > s.number) AS asked_again
    FROM steps s
    WHERE s.refund_id IS NOT NULL AND s.refused_code IN ('guarantee_exhausted', 'account_closed')
        AND NOT EXISTS (SELECT FROM steps n
                        WHERE n.refund_id = s.refund_id AND n.position = s.position AND n.number > s.number
                            AND n.state <> 'planned')
), of_deals AS (
    SELECT 'unknown' AS what, u.since, p.deal_id, p.id AS payment_id, u.awaits, p.amount_minor + p.fee_minor AS minor
    FROM unknown u JOIN payments p ON p.id = u.payment_id
    WHERE u.since < clock_timestamp() - make_interval(0, 0, 0, 0, 0, 0, :older_than_s)
    UNION ALL
    SELECT 'flagged', p.flagged_at, p.deal_id, p.id, NULL, p.amount_minor + p.fee_minor
    FROM payments p WHERE p.flagged_at IS NOT NULL AND p.final_at IS NULL
    UNION ALL
    SELECT 'flagged', r.flagged_at, r.deal_id, NULL, format('refund/%s', r.number), r.amount_minor
    FROM refunds r WHERE r.flagged_at IS NOT NULL AND r.final_at IS NULL AND NOT EXISTS (
        SELECT FROM going_back g WHERE g.refund_id = r.id)
    UNION ALL
    SELECT g.what, g.resolved_at, p.deal_id, p.id,
           CASE g.what WHEN 'funds'
               THEN format('bank/%s', CASE WHEN left(g.account, 3) > '000' THEN left(g.account, 3)::integer
                                           ELSE p.payer_bank END)
               ELSE 'account of the payer' END,
           g.amount_minor - CASE g.what WHEN 'funds' THEN g.commission_minor ELSE 0 END
    FROM going_back g JOIN payments p ON p.id = g.payment_id
    WHERE g.what = 'funds' OR NOT g.asked_again  -- asked again of another account, the refund waits for nobody
    UNION ALL
    SELECT 'payable', max(s.resolved_at), p.deal_id, p.id, NULL, sum(s.amount_minor)::bigint
    FROM payments p JOIN steps s ON s.payment_id = p.id AND s.name IN ('credit', 'rest') AND s.state = 'refused'
        AND NOT EXISTS (SELECT FROM steps n WHERE n.payment_id = s.payment_id AND n.name = s.name
                                                AND n.number > s.number)
    WHERE p.state = 'payable' GROUP BY p.id
    UNION ALL
    SELECT CASE r.state WHEN 'proposed' THEN 'approval' ELSE 'suspense' END,
           CASE r.state WHEN 'proposed' THEN r.created_at ELSE r.final_at END,
           r.deal_id, r.payment_id, format('override/%s', r.id), r.amount_minor
    FROM overrides r WHERE r.state IN ('proposed', 'contradicted')
    UNION ALL
    SELECT 'unbalanced', c.checked_at, d.id, NULL, c.differences ->> 0, d.price_minor
    FROM closings c JOIN deals d ON d.id = c.deal_id WHERE NOT c.balanced
    UNION ALL
    SELECT 'dispute', i.escalated_at, d.id, NULL, format('dispute/%s', i.id), d.price_minor
    FROM disputes i JOIN deals d ON d.id = i.deal_id WHERE i.state = 'open' AND i.escalated_at IS NOT NULL
), of_withdrawals AS (
    SELECT 'unknown' AS what, w.confirmed_at AS since, w.id, 'payout' AS awaits, w.amount_minor + w.fee_minor AS minor,
           w.currency
    FROM withdrawals w
    WHERE w.state = 'paying' AND w.final_at IS NULL
        AND w.confirmed_at < clock_timestamp() - make_interval(0, 0, 0, 0, 0, 0, :older_than_s)
    UNION ALL
    SELECT 'funds', w.short_since, w.id, format('bank/%s', w.bank_id), w.amount_minor + w.fee_minor, w.currency
    FROM withdrawals w WHERE w.state = 'awaiting_funds'
    UNION ALL
    -- What was flagged before the bank paid it is settled by that; a return may be asked for in vain later.
    SELECT 'flagged', w.flagged_at, w.id, CASE w.state WHEN 'paying' THEN 'payout' ELSE 'return' END,
           w.amount_minor + w.fee_minor, w.currency
    FROM withdrawals w
    WHERE w.final_at IS NULL AND w.flagged_at IS NOT NULL AND (w.state = 'paying' OR w.flagged_at > w.paid_at)
), found AS (
    SELECT f.what, f.since, f.deal_id, f.payment_id, NULL::uuid AS withdrawal_id, f.awaits, f.minor, d.currency
    FROM of_deals f JOIN deals d ON d.id = f.deal_id
    UNION ALL
    SELECT w.what, w.since, NULL, NULL, w.id, w.awaits, w.minor, w.currency FROM of_withdrawals w
)
SELECT f.what, f.since, f.deal_id, f.payment_id, f.withdrawal_id, f.awaits, f.minor, f.currency
FROM found f
ORDER BY f.since, f.deal_id, f.payment_id, f.withdrawal_id, f.what LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Stuck:
    """`awaits` names the step that a bank owes an answer to, the override, the difference, or the bank at which the
    platform's guarantee account has too little: then the amount is what is needed there. Minor units.

    It is about a deal, with or without one of its payments, or about a withdrawal from a wallet.
    """

    what: What
    since: datetime
    deal_id: UUID | None
    payment_id: UUID | None
    withdrawal_id: UUID | None
    awaits: str | None
    amount_minor: int
    currency: str

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


async def stuck(session: AsyncSession, *, older_than_s: float, limit: int) -> list[Stuck]:
    """The oldest `limit` items for operators; an answer is overdue after `older_than_s` seconds."""
    rows = await session.execute(text(_STUCK), {"older_than_s": older_than_s, "limit": limit})
    return [Stuck(*row) for row in rows]
