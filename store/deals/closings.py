"""Closing statements: a deal's books by payment, and the result of their last comparison with the banks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.closing import Item, Totals, differences, lines
from domain.payments import CREDITS, Step, StepState
from payloads.closing import OperationLine
from store.base import Base
from store.deals.deals import Deal, record_event
from store.payments.payments import Payment
from store.payments.steps import StepRow


class Closing(Base):
    __tablename__ = "closings"
    __table_args__ = (
        CheckConstraint("checks > 0", "checks"),
        Index("ix_closings_unbalanced", "deal_id", postgresql_where=text("NOT balanced")),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    balanced: Mapped[bool]
    differences: Mapped[list[str]] = mapped_column(JSONB)
    """Sentences, one for each line that differs; none when it balances."""
    operations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """The bank's operations with the deal's reference, as reported."""
    checks: Mapped[int]
    checked_at: Mapped[datetime]

    @property
    def reported(self) -> list[OperationLine]:
        return [OperationLine(**operation) for operation in self.operations]


# By payment, from the accounts alone: what moved between the deal and the outside. A range of keys, and subqueries in
# place of joins: each is an index lookup, however large the ledger is and however wrong the estimates are.
_BOOKS: Final = """
WITH booked AS (
    SELECT substring(t.key FROM '^payment/([^/]+)/ledger/') AS payment_id,
           t.key ~ '^payment/[^/]+/ledger/(credit|rest)/' AS paying_out, t.kind, t.amount_minor, t.id,
           (SELECT split_part(code, '#', 1) FROM ledger.accounts WHERE id = t.debit_account) AS debit,
           (SELECT split_part(code, '#', 1) FROM ledger.accounts WHERE id = t.credit_account) AS credit
    FROM unnest(CAST(:ids AS text[])) AS p (id)
    CROSS JOIN LATERAL (
        SELECT * FROM ledger.transfers
        WHERE key >= 'payment/' || p.id || '/ledger/' AND key < 'payment/' || p.id || '/ledger0'  -- 0 follows /
        OFFSET 0
    ) AS t
    WHERE t.refusal IS NULL
), moved AS (
    SELECT b.*, b.kind = 'hold' AND (
        SELECT e.id FROM ledger.transfers e WHERE e.hold_id = b.id AND e.refusal IS NULL LIMIT 1) IS NULL AS held
    FROM booked b
)
SELECT payment_id,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture' AND debit ~ '^(outside/payer|wallet)/'), 0) AS taken,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'guarantee/%'), 0) AS guarantee,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND paying_out), 0) AS credited,
       coalesce(sum(amount_minor) FILTER (
           WHERE kind = 'post' AND debit ~ '^(outside/seller|wallet)/'), 0) AS uncredited,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND credit LIKE 'commission/%'), 0) AS commission,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'commission/%'), 0) AS uncommission,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture' AND credit LIKE 'bank-fees/%'), 0) AS fees,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'bank-fees/%'), 0) AS unfees,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND credit LIKE 'seller/%/payable/%'), 0)
         - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'seller/%/payable/%'), 0) AS owed,
       coalesce(sum(amount_minor) FILTER (
           WHERE kind = 'post' AND credit ~ '^(outside/payer|wallet)/' AND NOT paying_out
           AND debit NOT LIKE 'suspense/%'), 0) AS refunded,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND credit LIKE 'suspense/%'), 0)
         - coalesce(sum(amount_minor) FILTER (WHERE kind = 'post' AND debit LIKE 'suspense/%'), 0) AS suspense,
       coalesce(sum(amount_minor) FILTER (WHERE held), 0) AS held,
       coalesce(sum(amount_minor) FILTER (WHERE kind = 'void'), 0) AS voided
FROM moved GROUP BY payment_id
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """Sums of one payment in minor units; `un…` is the reversed part of the item that it names."""

    taken: int
    guarantee: int
    credited: int
    uncredited: int
    commission: int
    uncommission: int
    fees: int
    unfees: int
    owed: int
    refunded: int
    suspense: int
    held: int
    voided: int


Books = dict[str, Moved]
"""What moved, by each payment id that the books know."""


async def books_of(session: AsyncSession, payments: Sequence[Payment]) -> Books:
    ids = [str(payment.id) for payment in payments]
    # A sum of whole numbers leaves the database as a decimal number.
    return {row[0]: Moved(*map(int, row[1:])) for row in await session.execute(text(_BOOKS), {"ids": ids})}


def totals_of(books: Books) -> Totals:
    rows = list(books.values())
    return Totals(
        taken=sum(row.taken for row in rows),
        guarantee=sum(row.guarantee for row in rows),
        paid_out=sum(row.credited - row.uncredited for row in rows),
        commission=sum(row.commission - row.uncommission for row in rows),
        fees=sum(row.fees - row.unfees for row in rows),
        owed=sum(row.owed for row in rows),
        refunded=sum(row.refunded for row in rows),
        suspense=sum(row.suspense for row in rows),
        held=sum(row.held for row in rows),
    )


def books_side(books: Books) -> dict[tuple[str | None, Item], int]:
    found: dict[tuple[str | None, Item], int] = {}
    for payment_id, row in books.items():
        found[payment_id, Item.TAKEN] = row.taken
        found[payment_id, Item.HELD] = row.held
        found[payment_id, Item.PAID_OUT] = row.credited
        found[payment_id, Item.COMMISSION] = row.commission
        found[payment_id, Item.REFUNDED] = row.refunded
    return found


def banks_side(payments: Sequence[Payment], reported: Sequence[OperationLine]) -> dict[tuple[str | None, Item], int]:
    """The same by the banks' operations; those of an operation that belongs to no payment are under None."""
    payment_of = {payment.operation: str(payment.id) for payment in payments if payment.operation}
    found: dict[tuple[str | None, Item], int] = {}
    for line in reported:
        item = _item(line)
        if item is not None:
            key = payment_of.get(line.key if line.kind == "debit" else line.source or ""), item
            found[key] = found.get(key, 0) + line.amount_minor + line.fee_minor
    return found


def _item(line: OperationLine) -> Item | None:
    match line.kind, line.status:
        case "debit", "success":
            return Item.TAKEN
        case "debit", "pause":
            return Item.HELD
        case "credit", "success":
            return Item.COMMISSION if line.commission else Item.PAID_OUT
        case "refund", "success":
            return Item.REFUNDED
    return None


def platform_side(payments: Sequence[Payment], steps: Sequence[StepRow]) -> list[OperationLine]:
    """The platform's records, as the bank of payments from wallets: their rows in the form of bank operations."""
    found: list[OperationLine] = []
    for payment in payments:
        if not payment.from_wallet or not payment.taken:
            continue
        own = str(payment.operation)
        mine = {step.key: step for step in steps if step.payment_id == payment.id and step.state == StepState.DONE}
        names = {step.name for step in mine.values()}
        status = "success" if Step.CAPTURE in names else "void" if Step.VOID in names else "pause"
        found.append(OperationLine(own, "debit", status, payment.amount_minor, payment.fee_minor))
        for step in mine.values():
            if step.name in (*CREDITS, Step.COMMISSION):
                commission = step.name == Step.COMMISSION
                found.append(OperationLine(step.key, "credit", "success", step.amount_minor, 0, commission, own))
            elif step.refund_id is not None:
                found.append(OperationLine(step.key, "refund", "success", step.amount_minor, 0, source=own))
    return found


async def close_books(
    session: AsyncSession,
    deal: Deal,
    payments: Sequence[Payment],
    steps: Sequence[StepRow],
    reported: Sequence[OperationLine],
) -> tuple[Closing, Totals]:
    """Compares the books of a locked deal with its banks' records, and the platform's; stores the result.

    Returns it with the deal's books. A difference flags the deal, which does not end while there is one.
    """
    books = await books_of(session, payments)
    reported = [*reported, *platform_side(payments, steps)]
    found, totals = lines(books_side(books), banks_side(payments, reported)), totals_of(books)
    said = differences(found, totals, deal.currency)
    closing = await session.get(Closing, deal.id)
    if closing is None:
        closing = Closing(deal_id=deal.id, checks=0)
        session.add(closing)
    news = said and said != (closing.differences or [])
    closing.balanced, closing.differences = not said, said
    closing.operations = [asdict(line) for line in reported]
    closing.checks, closing.checked_at = closing.checks + 1, func.clock_timestamp()
    if news:
        deal.flagged_at = deal.flagged_at or func.clock_timestamp()
        record_event(session, deal, "deal.unbalanced", differences=said)
    return closing, totals


async def closing_of(session: AsyncSession, deal_id: UUID) -> Closing | None:
    return await session.get(Closing, deal_id)
