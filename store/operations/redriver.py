"""Rows for the redriver: not final, and their workflows may have missed a signal, or may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.overrides import OverrideState
from store.deals.deals import Deal
from store.payments.events import Event
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.wallets.payment_requests import PaymentRequest
from store.wallets.withdrawals import Withdrawal

# An open row is signalled on the redriver after each of its events, and without news after 5 s, 10 s, 20 s … at most
# every 5 minutes: a lost signal costs seconds, and days of asking a bank do not fill a history with signals.
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 300
SELDOM_S = 6 * 3600


Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


Redriven = type[Deal] | type[Payment] | type[Refund] | type[Override] | type[PaymentRequest] | type[Withdrawal]


def _due(query: Query, row: Redriven, news: ColumnElement[bool], *, everything: bool) -> Query:
    if row is not Refund:  # whose end is not its last word
        query = query.where(row.final_at.is_(None))
    if everything:
        return query
    since = func.coalesce(row.redriven_at, row.created_at)
    pause_s = func.least(FIRST_PAUSE_S * func.power(2, func.least(row.redrives, 10)), LONGEST_PAUSE_S)
    overdue = since + func.make_interval(0, 0, 0, 0, 0, 0, pause_s) < func.clock_timestamp()
    return query.where(or_(overdue, exists().where(news, Event.created_at > since)))


async def due_deals(session: AsyncSession, after: UUID | None, limit: int, *, everything: bool) -> list[Deal]:
    """A page of open deals to signal, in the order of their ids."""
    query = _due(select(Deal), Deal, Event.deal_id == Deal.id, everything=everything).order_by(Deal.id).limit(limit)
    if after is not None:
        query = query.where(Deal.id > after)
    return list(await session.scalars(query))


async def due_payments(
    session: AsyncSession, after: UUID | None, limit: int, *, everything: bool
) -> list[tuple[Deal, Payment]]:
    """A page of open payments to signal, with their deals, in the order of their ids."""
    query = select(Deal, Payment).join(Payment, Payment.deal_id == Deal.id).order_by(Payment.id).limit(limit)
    query = _due(query, Payment, Event.payment_id == Payment.id, everything=everything)
    if after is not None:
        query = query.where(Payment.id > after)
    return [(deal, payment) for deal, payment in await session.execute(query)]


async def due_refunds(
    session: AsyncSession, after: UUID | None, limit: int, *, everything: bool
) -> list[tuple[Deal, Refund]]:
    """A page of open refunds to signal, with their deals, in the order of their ids.

    A refund that has ended counts as open until its ended deal's closing statement has been compared again.
    """
    query = select(Deal, Refund).join(Refund, Refund.deal_id == Deal.id).order_by(Refund.id).limit(limit)
    query = query.where(Refund.compared_at.is_(None), or_(Refund.final_at.is_(None), Deal.final_at.is_not(None)))
    news = (Event.deal_id == Refund.deal_id) & Event.type.startswith("refund.")
    query = _due(query, Refund, news, everything=everything)
    if after is not None:
        query = query.where(Refund.id > after)
    return [(deal, refund) for deal, refund in await session.execute(query)]


async def due_overrides(
    session: AsyncSession, after: UUID | None, limit: int, *, everything: bool
) -> list[tuple[Deal, Override]]:
    """A page of overrides to carry out or to ask about, with their deals, in the order of their ids."""
    query = select(Deal, Override).join(Override, Override.deal_id == Deal.id).order_by(Override.id).limit(limit)
    query = _due(query.where(Override.state != OverrideState.PROPOSED), Override, false(), everything=everything)
    if after is not None:
        query = query.where(Override.id > after)
    return [(deal, override) for deal, override in await session.execute(query)]


async def due_payment_requests(
    session: AsyncSession, after: UUID | None, limit: int, *, everything: bool
) -> list[PaymentRequest]:
    """A page of open payment requests to signal, in the order of their ids."""
    query = _seldom(select(PaymentRequest), PaymentRequest, everything=everything).order_by(PaymentRequest.id)
    if after is not None:
        query = query.where(PaymentRequest.id > after)
    return list(await session.scalars(query.limit(limit)))


async def due_withdrawals(
    session: AsyncSession, after: UUID | None, limit: int, *, everything: bool
) -> list[Withdrawal]:
    """A page of open withdrawals to signal, in the order of their ids."""
    query = _seldom(select(Withdrawal), Withdrawal, everything=everything).order_by(Withdrawal.id)
    if after is not None:
        query = query.where(Withdrawal.id > after)
    return list(await session.scalars(query.limit(limit)))


def _seldom(query: Query, row: type[PaymentRequest] | type[Withdrawal], *, everything: bool) -> Query:
    """Rows that wait for days, with a timer in their workflow. A decision resets `redrives` to 0: that is their news.

    A decision may also end a row at once: its workflow is signalled once more, if it was not since.
    """
    since = func.coalesce(row.redriven_at, row.created_at)
    unsignalled = row.final_at >= since
    if everything:
        return query.where(or_(row.final_at.is_(None), unsignalled))
    pause_s = func.least(FIRST_PAUSE_S * func.power(2, func.least(row.redrives, 14)), SELDOM_S)
    overdue = since + func.make_interval(0, 0, 0, 0, 0, 0, pause_s) < func.clock_timestamp()
    return query.where(or_(row.final_at.is_(None) & overdue, unsignalled))


async def note_redrives(session: AsyncSession, row: Redriven, ids: Sequence[UUID]) -> None:
    """Records that the rows were signalled now, so that the next signal without news comes later.

    A locked row is left out and signalled again: the redriver holds rows of many deals, and waiting for one of them
    could deadlock with a transaction that decides about all payments of a deal.
    """
    free = select(row.id).where(row.id.in_(ids)).with_for_update(skip_locked=True, key_share=True)
    await session.execute(
        update(row).where(row.id.in_(free)).values(redrives=row.redrives + 1, redriven_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
