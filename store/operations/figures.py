"""The market's figures for operators' alarms: open payments and deals, answers awaited, money owed, mails that wait.

Every statement reads open rows alone, by their partial indexes. What is stuck is counted among the oldest `COUNTED`.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from edge.database import Database
from edge.figures import Figure, Reading, read, reading
from store.chain.alarms import alarms
from store.chain.incoming_transfers import waiting as suspense_waiting
from store.deals.stuck import Stuck, What, stuck
from store.operations.checkpoint import behind_since
from store.operations.redrive_runs import last_redrive
from store.operations.webhook_alarms import AWAITED

LATE_AFTER_S: Final = 60.0  # an answer that a bank owes for longer counts as stuck
COUNTED: Final = 1000

_READ: Final = (
    (
        Figure("holdfast_open_payments", "Payments that have not ended; bank 0: wallets.", ("bank", "state")),
        "SELECT payer_bank, state, count(*) FROM payments WHERE final_at IS NULL GROUP BY 1, 2",
    ),
    (
        Figure("holdfast_open_deals", "Deals that have not ended.", ("state",)),
        "SELECT state, count(*) FROM deals WHERE final_at IS NULL GROUP BY 1",
    ),
    (
        Figure("holdfast_open_withdrawals", "Withdrawals that have not ended.", ("state",)),
        "SELECT state, count(*) FROM withdrawals WHERE final_at IS NULL GROUP BY 1",
    ),
    (
        Figure("holdfast_oldest_unknown_answer_seconds", "Since when a bank owes the answer that it owes for longest."),
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0) FROM (
            SELECT min(submitted_at) AS since FROM code_attempts WHERE state = 'unresolved'
            UNION ALL
            SELECT min(created_at) FROM steps WHERE state = 'planned'
            UNION ALL
            SELECT min(created_at) FROM payments WHERE operation IS NULL AND final_at IS NULL
            UNION ALL
            SELECT min(confirmed_at) FROM withdrawals WHERE state = 'paying' AND final_at IS NULL
        ) AS awaited
        """,
    ),
    (
        Figure("holdfast_bank_client_silent_seconds", "Since when banks could not be copied from it.", ("client",)),
        """
        SELECT name, coalesce(extract(epoch FROM clock_timestamp() - failing_since), 0)
        FROM bank_clients WHERE state <> 'disabled'
        """,
    ),
    (
        Figure("holdfast_oldest_waiting_mail_seconds", "Age of the oldest mail that was not sent.", ("kind",)),
        """
        SELECT CASE WHEN urgent THEN 'code' ELSE 'other' END, extract(epoch FROM clock_timestamp() - min(created_at))
        FROM mails WHERE sealed IS NOT NULL GROUP BY urgent
        """,
    ),
    (
        Figure("holdfast_oldest_unnumbered_event_seconds", "Age of the oldest event that nobody can read yet."),
        """
        SELECT coalesce(max(extract(epoch FROM clock_timestamp() - e.created_at)), 0)
        FROM feeds f CROSS JOIN LATERAL (
            SELECT created_at FROM feed_events WHERE marketplace_id = f.marketplace_id AND number IS NULL
            ORDER BY wrote LIMIT 1
        ) e
        """,
    ),
    (
        Figure("holdfast_webhook_untried_seconds", "Since when the endpoint that has waited longest was due a try."),
        f"SELECT coalesce(max(extract(epoch FROM now - since)) FILTER (WHERE since < now), 0) FROM ({AWAITED}) a",  # noqa: S608  # no input
    ),
)
STUCK: Final = Figure("holdfast_stuck", "What operators should look at, by reason.", ("what",))
MISSING: Final = Figure(
    "holdfast_guarantee_missing_minor", "The most that a guarantee account lacks, in minor units.", ("bank", "currency")
)
PAYABLE: Final = Figure("holdfast_owed_to_sellers_minor", "What sellers' banks refused, in minor units.", ("currency",))
SUSPENSE: Final = Figure("holdfast_suspense_transfers", "Incoming transfers that nobody is known to expect.")
REDRIVER: Final = Figure("holdfast_redriver_age_seconds", "Since the redriver last came round.")
BEHIND: Final = Figure("holdfast_books_behind", "1 while restored books are behind the bank.")
CHAIN: Final = Figure("holdfast_chain_alarms", "Alarms about sweeps, the gas account and outgoing transactions.")


async def market_figures(database: Database) -> list[Reading]:
    """All of them, each by a statement that sees what is committed then."""
    async with database.reading() as session:
        return await _figures(session)


async def _figures(session: AsyncSession) -> list[Reading]:
    waiting = await stuck(session, older_than_s=LATE_AFTER_S, limit=COUNTED)
    in_suspense, _ = await suspense_waiting(session)
    return [
        *[await read(session, figure, statement) for figure, statement in _READ],
        *of_stuck(waiting),
        reading(SUSPENSE, in_suspense),
        reading(REDRIVER, (await last_redrive(session)).age_s),
        reading(BEHIND, float(await behind_since(session) is not None)),
        reading(CHAIN, len((await alarms(session)).words)),
    ]


def of_stuck(found: list[Stuck]) -> list[Reading]:
    """How much is stuck for each reason, none included; what guarantee accounts lack; what sellers are owed."""
    counts = Counter(dict.fromkeys(get_args(What), 0))
    missing: Counter[tuple[str, str]] = Counter()
    payable: Counter[tuple[str]] = Counter()
    for one in found:
        counts[one.what] += 1
        if one.what == "funds" and one.awaits is not None:
            missing[one.awaits.removeprefix("bank/"), one.currency] += one.amount_minor
        elif one.what == "payable":
            payable[one.currency,] += one.amount_minor
    return [
        Reading(STUCK, [((what,), count) for what, count in counts.items()]),
        Reading(MISSING, list(missing.items())),
        Reading(PAYABLE, list(payable.items())),
    ]
