"""Fees and commission: percents in basis points (1 % = 100), computed in integers, rounded half up once."""

from __future__ import annotations

from dataclasses import dataclass

BASIS_POINTS = 10_000


def percent_of(amount_minor: int, percent_bp: int) -> int:
    """`percent_bp` basis points of `amount_minor`, in minor units, rounded half up."""
    if amount_minor < 0 or percent_bp < 0:
        raise ValueError("amount and percent must be >= 0")
    return (amount_minor * percent_bp * 2 + BASIS_POINTS) // (BASIS_POINTS * 2)


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What a bank takes for a transfer to another bank: a percentage, but at least `minimum_minor`."""

    percent_bp: int
    minimum_minor: int

    def fee_minor(self, amount_minor: int) -> int:
        """The fee in minor units of the amount's currency, paid by the payer on top of the amount."""
        return max(percent_of(amount_minor, self.percent_bp), self.minimum_minor)

    def minimum_applies(self, amount_minor: int) -> bool:
        """Whether the minimum exceeds the percentage. Paid in parts, the minimum is taken for each part."""
        return self.minimum_minor > percent_of(amount_minor, self.percent_bp)


NO_FEE = FeeRule(0, 0)


def commission_of_part(before_minor: int, part_minor: int, commission_bp: int) -> int:
    """The platform's commission on a part of `part_minor` after payments of `before_minor`.

    Commission on the parts adds up to the commission on the whole, however it is divided: each part pays the difference
    between the commission on the sum with and without it.
    """
    after_minor = before_minor + part_minor
    return percent_of(after_minor, commission_bp) - percent_of(before_minor, commission_bp)


def fee_share(fee_minor: int, amount_minor: int, before_minor: int, part_minor: int) -> int:
    """The part of the fee that belongs to `part_minor` of the principal, after refunds of `before_minor`.

    The difference of two rounded-down totals: however a refund is divided, the shares add up to exactly the fee.
    """
    after_minor = before_minor + part_minor
    return fee_minor * after_minor // amount_minor - fee_minor * before_minor // amount_minor
