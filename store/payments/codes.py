"""Confirmation codes and their submissions: the commands that a payment's workflow carries out, in order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.codes import MAX_CODES
from domain.deals import OPEN, DealState, in_time
from domain.payments import AttemptState, CodeState, PaymentState, may_note_late, may_request_code, may_submit
from edge.sealing import Sealer
from store.base import Base, Created, Id, inline
from store.deals.deals import Deal
from store.payments import wrong_codes
from store.payments.payments import Payment, move, record_event


class Code(Base):
    """One code that the bank mails to the payer; only the bank knows the code itself."""

    __tablename__ = "codes"
    __table_args__ = (
        UniqueConstraint("payment_id", "number"),
        CheckConstraint(f"number BETWEEN 1 AND {MAX_CODES}", "at_most_three"),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    number: Mapped[int]
    state: Mapped[str]
    expires_at: Mapped[datetime | None]
    """When the code expires, by the bank's clock, as the bank reported."""
    refused_code: Mapped[str | None]
    created_at: Mapped[Created]


class Attempt(Base):
    """One numbered submission of a code. `submitted_at` becomes the payment's timestamp if the code is right."""

    __tablename__ = "code_attempts"
    __table_args__ = (
        UniqueConstraint("payment_id", "number"),
        CheckConstraint("(state = 'unresolved') = (resolved_at IS NULL)", "resolved"),
        CheckConstraint("state = 'unresolved' OR sealed_code IS NULL", "wiped"),
        # At most one attempt of a payment is unresolved, so that codes reach the bank in order.
        Index("uq_code_attempts_unresolved", "payment_id", unique=True, postgresql_where=text("state = 'unresolved'")),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    number: Mapped[int]
    code_number: Mapped[int]
    submitted_at: Mapped[datetime]
    state: Mapped[str]
    sealed_code: Mapped[bytes | None]
    """The submitted code, encrypted for this attempt until the bank's final answer, then wiped."""
    refused_code: Mapped[str | None]
    resolved_at: Mapped[datetime | None]


def sealing_context(payment_id: UUID, number: int) -> str:
    """What a sealed code is bound to, so that it cannot be opened as another attempt's."""
    return f"attempt/{payment_id}/{number}"


async def first_code(session: AsyncSession, payment: Payment) -> Code:
    """Requests the first code of a new payment; its workflow passes the request on once the operation is open."""
    code = Code(payment_id=payment.id, number=1, state=CodeState.REQUESTED)
    session.add(code)
    await session.flush()
    return code


async def request_code(session: AsyncSession, payment: Payment) -> Code:
    """Stores the request for another code of a locked payment.

    Raises `Conflict` attempt_unresolved, code_not_sent, payment_ended, too_many_codes.
    """
    last = await current_code(session, payment.id)
    if last is None or last.state == CodeState.REQUESTED:
        may_request_code(PaymentState.OPENING, 0)
        raise AssertionError("unreachable")
    may_request_code(PaymentState(payment.state), last.number)
    code = Code(payment_id=payment.id, number=last.number + 1, state=CodeState.REQUESTED)
    session.add(code)
    record_event(session, payment, "payment.code_requested", number=code.number)
    await session.flush()
    return code


async def current_code(session: AsyncSession, payment_id: UUID) -> Code | None:
    """The newest code of the payment, in any state."""
    return await session.scalar(select(Code).where(Code.payment_id == payment_id).order_by(Code.number.desc()).limit(1))


async def codes_and_attempts(session: AsyncSession, payment_id: UUID) -> tuple[list[Code], list[Attempt]]:
    """All codes and all attempts of a payment, each in the order of their numbers, in one statement."""
    of_code = (Attempt.payment_id == Code.payment_id) & (Attempt.code_number == Code.number)
    query = select(Code, Attempt).outerjoin(Attempt, of_code).where(Code.payment_id == payment_id)
    found = (await session.execute(query.order_by(Code.number, Attempt.number))).all()
    attempts: list[Attempt | None] = [attempt for _, attempt in found]
    return list(dict.fromkeys(code for code, _ in found)), [one for one in attempts if one is not None]


async def codes_of(session: AsyncSession, payment_id: UUID) -> list[Code]:
    return list(await session.scalars(select(Code).where(Code.payment_id == payment_id).order_by(Code.number)))


async def code_of(session: AsyncSession, payment_id: UUID, number: int) -> Code:
    """The payment's `number`-th code; raises `NoResultFound`."""
    return (await session.scalars(select(Code).where(Code.payment_id == payment_id, Code.number == number))).one()


async def submit_code(
    session: AsyncSession, sealer: Sealer, deal: Deal, payment: Payment, code: str
) -> tuple[list[Code], list[Attempt]]:
    """Stores a submitted code as the next attempt of a locked payment; the workflow sends it on.

    Returns all codes and attempts, the new one last.

    The deal's row was locked before it, and the time is read in a later statement, so a transaction that closes the
    deal either sees this attempt or refuses it. After `pay_by` the attempt is stored as late and never sent on. Raises
    `Conflict` attempt_unresolved, code_not_sent, no_tries_left, payment_ended; deadline_passed, deal_closed once enough
    late attempts are stored; `TooMany` too_many_wrong_codes.
    """
    codes, attempts = await codes_and_attempts(session, payment.id)
    limits = wrong_codes.waits(_trying(deal, payment))
    submitted_at, *waits_s = (await session.execute(select(func.market_now(deal.id), *limits))).one()
    late = not in_time(submitted_at, deal.pay_by) or DealState(deal.state) not in OPEN
    code_number = codes[-1].number if codes else 1
    if late:
        may_note_late(sum(1 for attempt in attempts if attempt.state == AttemptState.LATE), submitted_at, deal.pay_by)
    else:
        tries = sum(1 for attempt in attempts if attempt.code_number == code_number)
        may_submit(PaymentState(payment.state), payment.operation is not None, tries)
        wrong_codes.refuse(*waits_s)
    number = len(attempts) + 1
    attempt = Attempt(
        payment_id=payment.id,
        number=number,
        code_number=code_number,
        submitted_at=submitted_at,
        state=AttemptState.LATE if late else AttemptState.UNRESOLVED,
        sealed_code=None if late else sealer.seal(code, sealing_context(payment.id, number)),
        resolved_at=submitted_at if late else None,
    )
    session.add(attempt)
    if late:
        record_event(session, payment, "payment.late_code", attempt=number)
    else:
        move(session, payment, PaymentState.PROCESSING, attempt=number)
    await session.flush()
    return codes, [*attempts, attempt]


async def attempts_of(session: AsyncSession, payment_id: UUID) -> list[Attempt]:
    query = select(Attempt).where(Attempt.payment_id == payment_id).order_by(Attempt.number)
    return list(await session.scalars(query))


async def unresolved_attempt(session: AsyncSession, payment: Payment) -> Attempt | None:
    """The attempt whose final answer the bank still owes: there is one exactly while the payment is processing."""
    if payment.state != PaymentState.PROCESSING:
        return None
    return await session.scalar(
        select(Attempt).where(Attempt.payment_id == payment.id, Attempt.state == inline(AttemptState.UNRESOLVED))
    )


async def resolve_attempt(
    session: AsyncSession,
    deal: Deal,
    payment: Payment,
    attempt: Attempt,
    state: AttemptState,
    refused_code: str | None = None,
) -> None:
    """Writes the bank's final answer to an unresolved attempt of a locked payment, and wipes its code."""
    attempt.state = state
    attempt.sealed_code = None
    attempt.refused_code = refused_code
    attempt.resolved_at = func.clock_timestamp()
    if state is AttemptState.REJECTED:
        await wrong_codes.note(session, sealing_context(payment.id, attempt.number), _trying(deal, payment))


def _trying(deal: Deal, payment: Payment) -> wrong_codes.Trying:
    return wrong_codes.Trying(deal.marketplace_id, deal.buyer_id, payment.payer_account)
