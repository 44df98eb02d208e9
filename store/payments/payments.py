"""Payments: one attempt to pay all or part of a deal from one source, an account at a bank or a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.deals import OPEN, DealState, in_time, room_for
from domain.errors import Conflict, NotFound
from domain.money import Money
from domain.payments import COMMITTED, FINAL, MACHINE, Decision, EndReason, PaymentState, may_open
from domain.wallets import PLATFORM
from store import clock
from store.banks.accounts import Account, usable
from store.banks.bank_delays import Delayable
from store.banks.banks import fee_rule, platform_account
from store.base import Minor, WorkflowRow
from store.deals.deals import Deal, lock_deal
from store.payments.events import Event
from store.payments.unconfirmed import UNCONFIRMED, UNCONFIRMED_PAYMENTS, may_wait_for_a_code
from store.wallets.wallets import Wallet, wallet_for

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
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", "decided"),
        CheckConstraint("(decision IS NOT DISTINCT FROM 'release') = (before_minor IS NOT NULL)", "released_in_order"),
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
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    before_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The sum of the deal's payments released before this one: it determines the commission."""
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


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote: `amount` reaches the deal, `fee` goes to the payer's bank, `left` is unpaid and unreserved.

    `minimum_applies`: the fee is the bank's minimum, which is taken again for every other part of the price.
    """

    amount: Money
    fee: Money
    left: Money
    minimum_applies: bool = False

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


async def committed_minor(session: AsyncSession, deal_id: UUID) -> int:
    """The sum of all payments of the deal that are reserved, held or paid, in minor units of the deal's currency."""
    total = select(func.sum(Payment.amount_minor)).where(Payment.deal_id == deal_id, Payment.state.in_(COMMITTED))
    return int(await session.scalar(total) or 0)


async def quote(session: AsyncSession, deal: Deal, source: Account | Wallet, amount: Money | None) -> Quote:
    """Fee and total for paying `amount` (None: all that is left) from `source`, by the copied fee table.

    Raises `Conflict` account_unconfirmed, wrong_currency, overpayment.
    """
    usable(source)
    if source.currency != deal.currency or (amount is not None and amount.currency != deal.currency):
        field = "account_id" if isinstance(source, Account) else "wallet_id"
        raise Conflict("wrong_currency", "The deal is in another currency.", field)
    committed = await committed_minor(session, deal.id)
    left = Money(deal.price_minor - committed, deal.currency)
    wanted = amount or left
    if wanted.minor < 1:
        raise Conflict("overpayment", "Nothing is left to pay.", "amount")
    room_for(wanted.minor, deal.price_minor, committed)
    rule = await fee_rule(session, source.bank_id, deal.payee_bank, deal.currency)
    return Quote(wanted, Money(rule.fee_minor(wanted.minor), deal.currency), left, rule.minimum_applies(wanted.minor))


async def _payee_of(session: AsyncSession, deal: Deal, source: Account | Wallet) -> str:
    """The payee shown to the payer. Raises `Conflict` currency_not_served.

    Money from a wallet stays on the platform, in the seller's wallet, which the seller or we open. Money from a bank
    for a wallet is paid to the platform's own account at that bank, which must be in the deal's currency.
    """
    if isinstance(source, Wallet):
        return (await wallet_for(session, deal.seller_id, deal.currency)).number
    if deal.payee_bank != PLATFORM:
        return deal.payee_account
    return await platform_account(session, source.bank_id, deal.currency)


async def open_payment(session: AsyncSession, deal: Deal, source: Account | Wallet, amount: Money | None) -> Payment:
    """Stores a payment of the buyer, under the deal's `FOR NO KEY UPDATE` lock held by the caller.

    Raises `Conflict` deal_closed, deadline_passed, too_many_payments, too_many_unconfirmed, account_unconfirmed,
    wrong_currency, overpayment, same_account, currency_not_served.
    """
    now = await clock.now(session, deal.id)
    if not in_time(now, deal.pay_by):
        raise Conflict("deadline_passed", "The time to pay is over.")
    if DealState(deal.state) not in OPEN:
        raise Conflict("deal_closed", "The deal takes no more payments.")
    if source.number == deal.payee_account:
        raise Conflict("same_account", "This is the account that receives the payment.", "account_id")
    may_open(await session.scalar(select(func.count()).where(Payment.deal_id == deal.id)) or 0)
    await may_wait_for_a_code(session, deal.buyer_id, UNCONFIRMED_PAYMENTS)
    quoted = await quote(session, deal, source, amount)
    payment = Payment(
        deal_id=deal.id,
        payer_id=deal.buyer_id,
        account_id=source.id if isinstance(source, Account) else None,
        wallet_id=source.id if isinstance(source, Wallet) else None,
        payer_account=source.number,
        payer_bank=source.bank_id,
        payee_account=await _payee_of(session, deal, source),
        amount_minor=quoted.amount.minor,
        fee_minor=quoted.fee.minor,
        currency=deal.currency,
        state=PaymentState.OPENING,
        taken=False,
        events=0,
    )
    session.add(payment)
    await session.flush()
    record_event(session, payment, f"payment.{payment.state}", amount=payment.amount.amount, fee=payment.fee.amount)
    await session.flush()
    return payment


async def payment_of(
    session: AsyncSession, marketplace_id: UUID | None, payment_id: UUID, *, party: UUID | None = None
) -> Payment:
    """The marketplace's payment (any for None, an operator); `NotFound` unknown_payment otherwise.

    With `party` only one of a deal in which this user buys or sells.
    """
    query = select(Payment).join(Deal, Deal.id == Payment.deal_id).where(Payment.id == payment_id)
    if party is not None:
        query = query.where(or_(Deal.buyer_id == party, Deal.seller_id == party))
    if marketplace_id is not None:
        query = query.where(Deal.marketplace_id == marketplace_id)
    payment = await session.scalar(query)
    if payment is None:
        raise NotFound("unknown_payment", "There is no such payment.")
    return payment


async def lock_payment(session: AsyncSession, payment_id: UUID) -> Payment:
    """Locks the payment's row (`FOR NO KEY UPDATE`) and returns its current values; lock the deal first."""
    query = select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    payment = await session.scalar(query.with_for_update(key_share=True))
    if payment is None:
        raise NotFound("unknown_payment", "There is no such payment.")
    return payment


async def lock_with_deal(session: AsyncSession, payment_id: UUID) -> tuple[Deal, Payment]:
    """The payment and its deal, both locked, the deal first: decisions about payments are made under its lock."""
    deal_id = await session.scalar(select(Payment.deal_id).where(Payment.id == payment_id))
    if deal_id is None:
        raise NotFound("unknown_payment", "There is no such payment.")
    deal = await lock_deal(session, deal_id)
    return deal, await lock_payment(session, payment_id)


async def lock_payments_of(session: AsyncSession, deal_id: UUID) -> list[Payment]:
    """Locks all payments of a locked deal, in the order of their ids."""
    query = select(Payment).where(Payment.deal_id == deal_id).order_by(Payment.id).with_for_update(key_share=True)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


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
