"""Divisions: what the end of a dispute, or the release of an undisputed part, would move, shown before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.disputes import Ruling, may_release_part, ruling_of
from domain.divisions import Held, Part, credit_of_part, credit_of_rest, divide, undisputed_parts
from domain.money import Money
from domain.payments import PaymentState
from domain.terms import Cause, FeeBearer
from market.verdicts import COUNTED
from store.deals.deals import Deal
from store.payments.payments import Payment, payments_of

PLATFORM: Final = "the platform"


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement of money of a payment; `step` is what the bank or the platform is asked to do.

    `from_` and `to` are accounts or wallets by number, what is held or kept for the deal, the bank that takes a fee, or
    the platform.
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


@dataclass(frozen=True, slots=True)
class Release:
    """What the release of an undisputed part means: what the seller gets now, and what stays for the dispute.

    `commission` is that on the part; it is taken with the rest. `fee` is what the payers' banks take by it, which was
    free before. `fee_returns`: whether it goes back with what goes back later, by the deal's terms.
    """

    amount: Money
    seller: Money
    commission: Money
    fee: Money
    kept: Money
    fee_returns: bool


async def release(session: AsyncSession, deal: Deal, undisputed: Money) -> Release:
    """What happens when the buyer releases a part; moves nothing. Raises as `domain.disputes.may_release_part`."""
    may_release_part(Party.BUYER, undisputed.minor, deal.price_minor, deal.undisputed_minor)
    held = [payment for payment in await payments_of(session, deal.id) if payment.state == PaymentState.HELD]
    parts = undisputed_parts([payment.amount_minor for payment in held], undisputed.minor)
    fee_minor = sum(payment.fee_minor for payment, minor in zip(held, parts, strict=True) if minor)
    seller = Money(credit_of_part(0, undisputed.minor, deal.commission_bp), deal.currency)
    return Release(
        undisputed,
        seller=seller,
        commission=undisputed - seller,
        fee=Money(fee_minor, deal.currency),
        kept=deal.price - undisputed,
        fee_returns=deal.terms.fees.bearer(Cause.DISPUTE) is FeeBearer.RETURNED,
    )


async def division(session: AsyncSession, deal: Deal, back_minor: int) -> Division:
    """What happens when `back_minor` of the price of an undecided deal goes back to the buyer; moves nothing."""
    held = [payment for payment in await payments_of(session, deal.id) if payment.state in COUNTED]
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
    bank, held, kept = f"bank {payment.payer_bank}", f"held at bank {payment.payer_bank}", "kept for the deal"
    if payment.from_wallet:
        held = f"held in wallet {payer}"

    def posting(step: str, minor: int, from_: str, to: str) -> Posting:
        return Posting(payment.id, step, Money(minor, deal.currency), from_, to)

    if part.freed:
        yield posting("void", payment.total.minor, held, payer)
        return
    released, first_minor = payment.decision is not None, payment.undisputed_minor
    if first_minor is not None:  # it was captured, its undisputed part was paid out, and what goes back is not
        before_minor, paid_minor = payment.before_minor or 0, payment.amount_minor - part.back_minor
        credit_minor, commission_minor = credit_of_rest(before_minor, first_minor, paid_minor, deal.commission_bp)
        yield posting("credit", credit_minor, kept, payee)
        yield posting("commission", commission_minor, kept, PLATFORM)
        yield posting("refund", part.back_minor, kept, payer)
        yield posting("refund of fee", part.fee_back_minor, bank, payer)
        return
    if not released:
        yield posting("credit", part.credited_minor, held, payee)
        yield posting("commission", part.commission_minor, held, PLATFORM)
        yield posting("fee", payment.fee_minor, held, bank)
    yield posting("refund", part.back_minor - part.commission_back_minor, payee, payer)
    yield posting("refund of commission", part.commission_back_minor, PLATFORM, payer)
    yield posting("refund of fee", part.fee_back_minor, bank, payer)
