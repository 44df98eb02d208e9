"""Payment requests: rows are the commands. A confirmed request was paid in the transaction that confirmed it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.keys import payment_request_key
from domain.money import Money
from domain.payment_requests import FINAL, MACHINE, RequestState, may_answer
from ledger.commands import Post
from store import clock
from store.base import Minor, WorkflowRow, in_pages
from store.mail.notices import put_wallet_notice
from store.wallets.movements import checked_sides
from store.wallets.posting import post_checked
from store.wallets.wallets import sides, visible


class PaymentRequest(WorkflowRow):
    __tablename__ = "payment_requests"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("payee_wallet_id <> payer_wallet_id", "two_wallets"),
        CheckConstraint("(state = 'asked') = (final_at IS NULL)", "final_at"),
        CheckConstraint("(state = 'confirmed') = (operation_id IS NOT NULL)", "transferred"),
        Index("ix_payment_requests_payee_wallet_id", "payee_wallet_id", "id"),
        Index("ix_payment_requests_payer_wallet_id", "payer_wallet_id", "id"),
        Index(
            "ix_payment_requests_open",
            "id",
            postgresql_where=text("final_at IS NULL OR final_at >= coalesce(redriven_at, created_at)"),
        ),
    )

    payee_wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    payer_wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    details: Mapped[str]
    operation_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    """The ledger's transfer, for a confirmed request."""
    expires_at: Mapped[datetime]
    """By the database's clock: no confirmation after this time."""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


async def ask_for_payment(
    session: AsyncSession,
    marketplace_id: UUID,
    payee_wallet: UUID,
    payer_wallet: UUID,
    money: Money,
    *,
    details: str,
    expires_in: timedelta,
    owner: UUID | None = None,
) -> PaymentRequest:
    """Asks the payer for `money`; with `owner` the payee's wallet must be one of this user.

    Raises `NotFound` unknown_wallet, `Conflict` same_wallet, wrong_currency.
    """
    found = await sides(await session.connection(), {payee_wallet, payer_wallet})
    if owner is not None and payee_wallet in found and found[payee_wallet].user_id != owner:
        found = {id_: side for id_, side in found.items() if id_ != payee_wallet}
    checked_sides(found, marketplace_id, payer_wallet, payee_wallet, money)
    request = PaymentRequest(
        payee_wallet_id=payee_wallet,
        payer_wallet_id=payer_wallet,
        amount_minor=money.minor,
        currency=money.currency,
        details=details,
        state=RequestState.ASKED,
        expires_at=await clock.now(session, payee_wallet) + expires_in,
    )
    session.add(request)
    await session.flush()
    await _notify(session, request, "request_asked", payer=True)
    return request


async def request_of(
    session: AsyncSession,
    marketplace_id: UUID | None,
    request_id: UUID,
    *,
    party: UUID | None = None,
    lock: bool = False,
) -> PaymentRequest:
    """A request between wallets of the marketplace's users (any for None); `NotFound` unknown_request otherwise.

    With `party` only one in which this user pays or is paid.
    """
    wallets = (PaymentRequest.payee_wallet_id, PaymentRequest.payer_wallet_id)
    query = select(PaymentRequest).where(PaymentRequest.id == request_id)
    request = await visible(session, query, wallets, marketplace_id, party, lock=lock)
    if request is None:
        raise NotFound("unknown_request", "There is no such request.")
    return request


async def requests_of(
    session: AsyncSession,
    wallet_id: UUID,
    after: UUID | None,
    limit: int,
    *,
    open_only: bool = False,
    until: datetime | None,
) -> list[PaymentRequest]:
    """A page of the requests in which the wallet pays or is paid, oldest first until a moment, else newest first."""
    either = or_(PaymentRequest.payee_wallet_id == wallet_id, PaymentRequest.payer_wallet_id == wallet_id)
    query = select(PaymentRequest).where(either)
    query = in_pages(query, PaymentRequest.id, PaymentRequest.created_at, after, until).limit(limit)
    if open_only:
        query = query.where(PaymentRequest.final_at.is_(None))
    return list(await session.scalars(query))


async def users_of(session: AsyncSession, request: PaymentRequest) -> tuple[UUID, UUID]:
    """The users who are to be paid and to pay."""
    found = await sides(await session.connection(), {request.payee_wallet_id, request.payer_wallet_id})
    return found[request.payee_wallet_id].user_id, found[request.payer_wallet_id].user_id


async def confirm(session: AsyncSession, request: PaymentRequest) -> None:
    """Pays a locked request. Raises `Conflict` request_ended, request_expired, insufficient_funds, wallet_closed."""
    await _must_be_open(session, request)
    found = await sides(await session.connection(), {request.payee_wallet_id, request.payer_wallet_id})
    payer, payee = found[request.payer_wallet_id].account_id, found[request.payee_wallet_id].account_id
    key = payment_request_key(str(request.id))
    post = Post(key, payer, payee, request.amount_minor, request.currency, request.details)
    posted = await post_checked(session, post)
    await _end(session, request, RequestState.CONFIRMED, posted.transfer_id)
    await _notify(session, request, "request_confirmed", payee=True)


async def decline(session: AsyncSession, request: PaymentRequest) -> None:
    """The payer declines a locked request. Raises `Conflict` request_ended, request_expired."""
    await _must_be_open(session, request)
    await _end(session, request, RequestState.DECLINED)
    await _notify(session, request, "request_declined", payee=True)


async def withdraw(session: AsyncSession, request: PaymentRequest) -> None:
    """The payee withdraws a locked request. Raises `Conflict` request_ended, request_expired."""
    await _must_be_open(session, request)
    await _end(session, request, RequestState.WITHDRAWN)
    await _notify(session, request, "request_withdrawn", payer=True)


async def expire(session: AsyncSession, request: PaymentRequest) -> None:
    """Ends a locked request that has expired; any other request stays unchanged."""
    if RequestState(request.state) in FINAL or await clock.now(session, request.id) <= request.expires_at:
        return
    await _end(session, request, RequestState.EXPIRED)
    await _notify(session, request, "request_expired", payer=True, payee=True)


async def _must_be_open(session: AsyncSession, request: PaymentRequest) -> None:
    # The clock is read after the lock, so either the expiry sees this answer, or we see that the request has expired.
    may_answer(RequestState(request.state), await clock.now(session, request.id), request.expires_at)


async def _end(
    session: AsyncSession, request: PaymentRequest, state: RequestState, operation_id: int | None = None
) -> None:
    final_at = await clock.now(session, request.id)
    request.state, request.final_at, request.operation_id = state, final_at, operation_id
    await session.flush()


async def _notify(
    session: AsyncSession, request: PaymentRequest, kind: str, *, payee: bool = False, payer: bool = False
) -> None:
    data = {"amount": str(request.amount), "details": request.details}
    for wallet_id, notified in ((request.payee_wallet_id, payee), (request.payer_wallet_id, payer)):
        if notified:
            await put_wallet_notice(session, wallet_id, kind, f"payment-request/{request.id}", data)
