"""Payments: one attempt to pay all or part of a deal from one source, an account at a bank or a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.money import Money
from domain.payments import FINAL, MACHINE, Decision, EndReason, PaymentState
from domain.wallets import PLATFORM
from edge.turns import lock_rows
from store import clock
from store.banks.bank_delays import Delayable
from store.base import Minor, WorkflowRow
from store.deals.deals import Deal, in_sight
from store.payments.events import Event
from store.payments.unconfirmed import UNCONFIRMED

T = TypeVar("T")

_IN_FINAL = ", ".join(f"'{state}'" for state in sorted(FINAL))


class Payment(Delayable, WorkflowRow):
    __tablename__ = "payments"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND fee_minor >= 0", "amounts"),
        CheckConstraint(f"(state IN ({_IN_FINAL})) = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint("num_nonnulls(account_id, wallet_id) = 1", "one_source"),
        CheckConstraint("(wallet_id IS NULL) = (payer_bank > 0)", "wallets_are_of_the_platform"),
        CheckConstraint("wallet_id IS NULL OR fee_minor = 0", "house_takes_no_fee"),
        CheckConstraint("authorised_at IS NULL OR wallet_id IS NOT NULL AND taken", "authorised"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", "decided"),
        CheckConstraint("(decision IS NOT DISTINCT FROM 'release') = (before_minor IS NOT NULL)", "released_in_order"),
        CheckConstraint(
            "undisputed_minor IS NULL OR undisputed_minor BETWEEN 1 AND amount_minor - 1 AND before_minor IS NOT NULL",
            "undisputed",
        ),
        CheckConstraint("kept_minor IS NULL OR kept_minor BETWEEN 1 AND amount_minor - undisputed_minor", "kept"),
        CheckConstraint("(refund_to IS NULL) = (refund_by IS NULL)", "refund_to"),
        CheckConstraint("(delay_reason IS NULL) = (delayed_until IS NULL)", "delayed"),
        Index("ix_payments_open", "id", postgresql_where=text("final_at IS NULL")),
        Index("ix_payments_payable", "deal_id", postgresql_where=text("state = 'payable'")),
        Index("ix_payments_unconfirmed", "payer_id", postgresql_where=text(UNCONFIRMED)),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), index=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    """The buyer of the deal."""
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    wallet_id: Mapped[UUID | None] = mapped_column(ForeignKey("wallets.id"))
    payer_account: Mapped[str]
    """Number of the account or wallet that the payment is made from."""
    payer_bank: Mapped[int]
    """The bank of that account; 0, the platform, for a wallet."""
    payee_account: Mapped[str]
    """The payee shown to the payer: the seller's account; the seller's wallet, when a wallet pays; the platform's
    account at the payer's bank, when a bank pays and the seller's wallet is credited.
    """
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    """What the payer's bank takes on top of the amount, as quoted before paying; another fee is refused."""
    currency: Mapped[str]
    operation: Mapped[str | None]
    """The bank's operation key, once the bank opened the operation."""
    taken: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the bank ever held money for this payment."""
    authorised_at: Mapped[datetime | None]
    """When the wallet had the money that its owner lets the deal take (`store/wallets/funding.py`); None: by a code.
    Market database clock.
    """
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    before_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The sum of the deal's payments released before this one: it determines the commission."""
    undisputed_minor: Mapped[int | None] = mapped_column(BigInteger)
    """How much of the amount belongs to the undisputed part of a dispute and was paid out before the rest."""
    kept_minor: Mapped[int | None] = mapped_column(BigInteger)
    """How much of the rest the end of the dispute gives back: it was captured, and is never credited."""
    end_reason: Mapped[str | None]
    refused_code: Mapped[str | None]
    """The bank's code for its refusal, if that ended the payment."""
    cancel_requested_at: Mapped[datetime | None]
    refund_to: Mapped[str | None]
    """Who receives refunds since the payer's account is closed; `refund_by`: through which bank account."""
    refund_by: Mapped[str | None]
    flagged_at: Mapped[datetime | None]
    events: Mapped[int] = mapped_column(server_default=text("0"))

    @property
    def from_wallet(self) -> bool:
        return self.payer_bank == PLATFORM

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def total(self) -> Money:
        return self.amount + self.fee


def record_event(session: AsyncSession, payment: Payment, type_: str, **data: object) -> None:
    """Adds the next event of `payment`, whose row the caller has locked."""
    payment.events += 1
    payment.redrives = 0
    about = {"deal_id": payment.deal_id, "payment_id": payment.id, "subject_id": payment.id}
    session.add(Event(**about, number=payment.events, type=type_, data=data))


def move(session: AsyncSession, payment: Payment, state: PaymentState, **data: object) -> None:
    """Moves a locked payment to `state` with its event; the database refuses transitions outside the rules."""
    payment.state = state
    payment.clear_delay()
    if state in FINAL:
        payment.final_at = func.clock_timestamp()
    record_event(session, payment, f"payment.{state}", **data)


def decide(
    session: AsyncSession,
    payment: Payment,
    decision: Decision,
    reason: EndReason | None = None,
    *,
    before_minor: int | None = None,
) -> None:
    """Writes the deal's decision about a locked payment; a decision is made once.

    `before_minor`: the amount released before it; only with a release.
    """
    if payment.decision is not None:
        raise ValueError(f"payment {payment.id} was decided before")
    payment.decision = decision
    payment.before_minor = before_minor
    payment.decided_at = func.clock_timestamp()
    payment.end_reason = reason
    move(session, payment, PaymentState.RELEASING if decision is Decision.RELEASE else PaymentState.RETURNING)


async def payment_of(
    session: AsyncSession, marketplace_id: UUID | None, payment_id: UUID, *, party: UUID | None = None
) -> Payment:
    """The marketplace's payment (any for None, an operator); `NotFound` unknown_payment otherwise.

    With `party` only one of a deal in which this user buys or sells.
    """
    query = select(Payment).join(Deal, Deal.id == Payment.deal_id).where(Payment.id == payment_id)
    return _known(await session.scalar(in_sight(query, marketplace_id, party)))


async def payment_with_deal(session: AsyncSession, payment_id: UUID) -> tuple[Deal, Payment]:
    """A payment and its deal, neither locked; `NotFound` unknown_payment."""
    query = select(Deal, Payment).join(Payment, Payment.deal_id == Deal.id).where(Payment.id == payment_id)
    deal, payment = _known((await session.execute(query)).first())
    return deal, payment


def _known(found: T | None) -> T:
    if found is None:
        raise NotFound("unknown_payment", "There is no such payment.")
    return found


async def lock_payment(session: AsyncSession, payment_id: UUID) -> Payment:
    """Locks the payment's row (`FOR NO KEY UPDATE`) and returns its current values; lock the deal first."""
    query = select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    return _known(await session.scalar(query.with_for_update(key_share=True)))


async def lock_with_deal(
    session: AsyncSession, payment_id: UUID, marketplace_id: UUID | None = None, *, party: UUID | None = None
) -> tuple[Deal, Payment]:
    """As `payment_of`, with its deal, both locked, the deal first: decisions about payments are made under its lock.

    Ask `clock.now`, and read what belongs to the payment, only in a later statement.
    """
    query = select(Deal, Payment).join(Payment, Payment.deal_id == Deal.id).where(Payment.id == payment_id)

    async def of_deal() -> UUID | None:
        return await session.scalar(select(Payment.deal_id).where(Payment.id == payment_id))

    found = await lock_rows(session, in_sight(query, marketplace_id, party), [Deal, Payment], of_deal)
    deal, payment = _known(found)
    return deal, payment


async def lock_payments_of(session: AsyncSession, deal_id: UUID) -> tuple[list[Payment], datetime]:
    """Locks all payments of a locked deal, in the order of their ids; and the time, as of `clock.now`."""
    query = select(Payment, func.market_now(deal_id)).where(Payment.deal_id == deal_id).order_by(Payment.id)
    query = query.with_for_update(key_share=True, of=Payment).execution_options(populate_existing=True)
    found = (await session.execute(query)).all()
    return [payment for payment, _ in found], found[0][1] if found else await clock.now(session, deal_id)


async def payments_of(session: AsyncSession, deal_id: UUID) -> list[Payment]:
    return list(await session.scalars(select(Payment).where(Payment.deal_id == deal_id).order_by(Payment.id)))


async def payments_of_deals(session: AsyncSession, deal_ids: Sequence[UUID]) -> dict[UUID, list[Payment]]:
    """The payments of several deals by deal, each list in the order of ids; a deal without any is absent."""
    found: dict[UUID, list[Payment]] = {}
    for payment in await session.scalars(select(Payment).where(Payment.deal_id.in_(deal_ids)).order_by(Payment.id)):
        found.setdefault(payment.deal_id, []).append(payment)
    return found


async def payment_of_payer(session: AsyncSession, user_id: UUID, payment_id: UUID) -> Payment:
    """A payment in a deal that the user buys; `NotFound` unknown_payment for everybody else's."""
    payment = await session.scalar(select(Payment).where(Payment.id == payment_id, Payment.payer_id == user_id))
    if payment is None:
        raise NotFound("unknown_payment", "There is no such payment.")
    return payment
