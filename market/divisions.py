"""Divisions: what the end of a dispute would move, shown before it is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.disputes import Ruling, ruling_of
from domain.divisions import Held, Part, divide
from domain.money import Money
from domain.payments import PaymentState
from domain.terms import Cause, FeeBearer
from store.deals.deals import Deal
from store.payments.payments import Payment, payments_of

PLATFORM: Final = "the platform"


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement of money of a payment; `step` is what the bank or the platform is asked to do.

    `from_` and `to` are accounts or wallets by number, the bank that takes a fee, or the platform.
    """

    payment_id: UUID
    step: str
    amount: Money
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class Division:
    """What a ruling means in all. `back` and `fee_back` go to the buyer, `seller` is what the seller keeps.

    The price is `back`, `seller` and the kept `commission` together.
    """

    ruling: Ruling
    back: Money
    fee_back: Money
    seller: Money
    commission: Money
    fee: Money
    """What the payers' banks keep."""
    postings: tuple[Posting, ...]


async def division(session: AsyncSession, deal: Deal, back_minor: int) -> Division:
    """What happens when `back_minor` of the held price of a deal goes back to the buyer; moves nothing."""
    held = [payment for payment in await payments_of(session, deal.id) if payment.state == PaymentState.HELD]
    parts = divide(
        [Held(payment.amount_minor, payment.fee_minor) for payment in held],
        back_minor,
        deal.commission_bp,
        fee_goes_back=deal.terms.fees.bearer(Cause.DISPUTE) is FeeBearer.RETURNED,
    )
    pairs = list(zip(held, parts, strict=True))
    return Division(
        ruling_of(back_minor, deal.price_minor),
        back=_sum(deal, (part.back_minor for part in parts)),
        fee_back=_sum(deal, (part.fee_back_minor for part in parts)),
        seller=_sum(deal, (part.seller_minor for part in parts)),
        commission=_sum(deal, (part.kept_minor for part in parts)),
        fee=_sum(deal, (part.fee_kept_minor for part in parts)),
        postings=tuple(
            posting
            for postings in (_postings(deal, payment, part) for payment, part in pairs)
            for posting in postings
            if posting.amount.minor
        ),
    )


def _sum(deal: Deal, minor: Iterator[int]) -> Money:
    return Money(sum(minor), deal.currency)


def _postings(deal: Deal, payment: Payment, part: Part) -> Iterator[Posting]:
    payer, payee = payment.payer_account, payment.payee_account if payment.from_wallet else deal.payee_account
    bank = f"bank {payment.payer_bank}"

    def posting(step: str, minor: int, from_: str, to: str) -> Posting:
        return Posting(payment.id, step, Money(minor, deal.currency), from_, to)

    if part.freed:
        yield posting("void", payment.total.minor, payer, payer)
        return
    yield posting("credit", part.credited_minor, payer, payee)
    yield posting("commission", part.commission_minor, payer, PLATFORM)
    yield posting("fee", payment.fee_minor, payer, bank)
    yield posting("refund", part.back_minor - part.commission_back_minor, payee, payer)
    yield posting("refund of commission", part.commission_back_minor, PLATFORM, payer)
    yield posting("refund of fee", part.fee_back_minor, bank, payer)
