"""Divisions: what the end of a dispute means in money, before anything moves. Amounts are minor units of one currency.

The steps that are planned later follow the same rules (`domain/refunds.py`, `domain/fees.py`); a test compares both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.fees import commission_of_part, fee_share
from domain.refunds import Released, shares


@dataclass(frozen=True, slots=True)
class Held:
    """A payment of the deal, held at its rail: a part of the price, and the fee of the payer's bank on top."""

    amount_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes of one held payment.

    `back_minor` goes back to the payer, of which `commission_back_minor` was taken as commission before; so does
    `fee_back_minor` of the bank's fee. `commission_minor` is what was taken at first. Nothing is captured of a payment
    that goes back whole: `freed`.
    """

    held: Held
    freed: bool
    commission_minor: int = 0
    back_minor: int = 0
    commission_back_minor: int = 0
    fee_back_minor: int = 0

    @property
    def credited_minor(self) -> int:
        """What the seller is paid at first, before what goes back."""
        return 0 if self.freed else self.held.amount_minor - self.commission_minor

    @property
    def seller_minor(self) -> int:
        """What the seller keeps."""
        return self.held.amount_minor - self.back_minor - self.kept_minor

    @property
    def kept_minor(self) -> int:
        """The commission that the platform keeps."""
        return self.commission_minor - self.commission_back_minor

    @property
    def fee_kept_minor(self) -> int:
        return self.held.fee_minor - self.fee_back_minor


def undisputed_parts(amounts_minor: Sequence[int], undisputed_minor: int) -> list[int]:
    """How much of each payment is in the undisputed part: the first payments first, so that the fewest are captured."""
    parts: list[int] = []
    for amount_minor in amounts_minor:
        parts.append(min(amount_minor, undisputed_minor - sum(parts)))
    return parts


def credit_of_part(before_minor: int, undisputed_minor: int, commission_bp: int) -> int:
    """What the seller is credited of a payment's undisputed part, after payments of `before_minor`."""
    return undisputed_minor - commission_of_part(before_minor, undisputed_minor, commission_bp)


def credit_of_rest(before_minor: int, undisputed_minor: int, paid_minor: int, commission_bp: int) -> tuple[int, int]:
    """The second credit of such a payment, and the commission on all of it, when `paid_minor` of it is paid in all."""
    commission_minor = commission_of_part(before_minor, paid_minor, commission_bp)
    first_minor = credit_of_part(before_minor, undisputed_minor, commission_bp)
    return paid_minor - commission_minor - first_minor, commission_minor


def divide(held: Sequence[Held], back_minor: int, commission_bp: int, *, fee_goes_back: bool) -> list[Part]:
    """What becomes of each payment, in their order, when `back_minor` of the price goes back to the buyer.

    `fee_goes_back`: by the deal's terms, with what goes back after the release. What is never released goes back with
    its whole fee. Raises ValueError for more than the payments are.
    """
    price_minor = sum(payment.amount_minor for payment in held)
    if not 0 <= back_minor <= price_minor:
        raise ValueError(f"{back_minor} of {price_minor} cannot go back")
    if back_minor == price_minor:
        return [Part(each, freed=True, back_minor=each.amount_minor, fee_back_minor=each.fee_minor) for each in held]
    released: list[Released] = []
    for payment in held:
        released.append(Released(sum(each.amount_minor for each in released), payment.amount_minor))
    back = {share.position: share for share in shares(released, 0, back_minor, commission_bp)} if back_minor else {}
    parts = []
    for position, (payment, release) in enumerate(zip(held, released, strict=True)):
        commission_minor = commission_of_part(release.before_minor, release.amount_minor, commission_bp)
        share = back.get(position)
        if share is None:
            parts.append(Part(payment, freed=False, commission_minor=commission_minor))
            continue
        fee_minor = payment.fee_minor if fee_goes_back else 0
        parts.append(
            Part(
                payment,
                freed=False,
                commission_minor=commission_minor,
                back_minor=share.amount_minor,
                commission_back_minor=share.commission_minor,
                fee_back_minor=fee_share(fee_minor, payment.amount_minor, 0, share.amount_minor),
            )
        )
    return parts
