"""Webhooks from banks. A webhook decides nothing: it is a reason to ask, and the answer decides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.keys import payment_of_key
from store.banks.bank_clients import serves
from store.base import Base, Created
from store.payments.payments import Payment


class BankWebhook(Base):
    __tablename__ = "bank_webhooks"
    __table_args__ = (CheckConstraint("deliveries > 0", "deliveries"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    """Our idempotency key, for which the bank reports an answer."""
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    operation: Mapped[str | None]
    status: Mapped[str]
    """The reported result, done or refused. Nothing acts on it."""
    received_at: Mapped[Created]
    deliveries: Mapped[int] = mapped_column(server_default=text("1"))


async def note_webhook(
    session: AsyncSession, client_id: UUID | None, key: str, operation: str | None, status: str
) -> tuple[UUID, datetime] | None:
    """Records that the bank has an answer to `key`; returns its payment, and when this was first reported.

    None for a key that belongs to no payment, or to one at a bank that `client_id` does not serve. A repeat is counted
    and changes nothing else.
    """
    payment_id = _uuid(payment_of_key(key))
    if payment_id is None:
        return None
    payment = await session.get(Payment, payment_id)
    if payment is None or not await serves(session, client_id, payment.payer_bank):
        return None
    statement = insert(BankWebhook).values(key=key, payment_id=payment_id, operation=operation, status=status)
    counted = {"deliveries": BankWebhook.deliveries + 1}
    upsert = statement.on_conflict_do_update(index_elements=["key"], set_=counted).returning(BankWebhook.received_at)
    received_at = await session.scalar(upsert)
    assert received_at is not None
    return payment_id, received_at


def _uuid(text_: str | None) -> UUID | None:
    try:
        return UUID(text_) if text_ else None
    except ValueError:
        return None
