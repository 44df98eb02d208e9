"""What a ruling, or the release of an undisputed part, would mean in money."""

from __future__ import annotations

from api.fields import MoneyOut
from domain.disputes import Ruling
from edge.wire import Wire
from market.divisions import Division, Posting, Release


class UndisputedPartOut(Wire):
    """What the release of an undisputed part would mean in money."""

    amount: MoneyOut
    """What the seller is paid now, before the platform's commission on it."""
    fee: MoneyOut
    """What the payers' banks take by it. Before the release it would have gone back with everything else."""
    fee_returns: bool
    """Whether a share of the fee goes back with what goes back to the buyer later, by the deal's terms."""
    kept: MoneyOut
    """What the dispute is about after it."""


class OperatorUndisputedPartOut(UndisputedPartOut):
    """The same as operators see it: `amount` is `seller` and `commission` together."""

    seller: MoneyOut
    commission: MoneyOut
    """The platform takes it with the rest."""


def undisputed_part_out(release: Release, *, for_operator: bool) -> UndisputedPartOut:
    fields: dict[str, object] = {
        "amount": MoneyOut.of(release.amount),
        "fee": MoneyOut.of(release.fee),
        "fee_returns": release.fee_returns,
        "kept": MoneyOut.of(release.kept),
    }
    if not for_operator:
        return UndisputedPartOut.model_validate(fields)
    fields |= {"seller": MoneyOut.of(release.seller), "commission": MoneyOut.of(release.commission)}
    return OperatorUndisputedPartOut.model_validate(fields)


class PostingOut(Wire):
    payment_id: str
    step: str
    amount: MoneyOut
    source: str
    """An account or wallet by its number, what is held or kept for the deal, a bank, or the platform."""
    to: str


class DivisionOut(Wire):
    """What a ruling would mean in money. The price is `back`, `seller` and `commission` together."""

    ruling: Ruling
    back: MoneyOut
    """What the buyer gets back of the price."""
    fee_back: MoneyOut
    """What the buyer gets back of the banks' fees, on top."""
    seller: MoneyOut
    """What the seller keeps after the commission."""
    commission: MoneyOut
    fee: MoneyOut
    """What the payers' banks keep."""
    postings: list[PostingOut]

    @classmethod
    def of(cls, division: Division) -> DivisionOut:
        return cls(
            ruling=division.ruling,
            back=MoneyOut.of(division.back),
            fee_back=MoneyOut.of(division.fee_back),
            seller=MoneyOut.of(division.seller),
            commission=MoneyOut.of(division.commission),
            fee=MoneyOut.of(division.fee),
            postings=[_posting(posting) for posting in division.postings],
        )


def _posting(posting: Posting) -> PostingOut:
    return PostingOut(
        payment_id=str(posting.payment_id),
        step=posting.step,
        amount=MoneyOut.of(posting.amount),
        source=posting.from_,
        to=posting.to,
    )
