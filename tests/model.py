"""The reference model: what must become of a deal, from amounts, submission times and the bank's final answers alone.

It imports nothing of the product, on purpose: two descriptions of the same rule must agree. Amounts in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Attempt:
    after_deadline_s: float  # negative: before it
    answer: str  # what the bank finally says: "held", "rejected" (the code) or "refused" (the payment)


@dataclass(frozen=True)
class Part:
    amount: int
    fee: int
    attempts: tuple[Attempt, ...]
    withdrawn: bool = False  # asked back by its payer before the price was reached

    @property
    def counts(self) -> bool:
        finals = [one for one in self.attempts if one.answer != "rejected"]  # a wrong code leaves another try
        return not self.withdrawn and bool(finals) and finals[0].after_deadline_s <= 0 and finals[0].answer == "held"


@dataclass(frozen=True)
class Outcome:
    state: str
    buyer: int = 0  # final changes of balances
    seller: int = 0
    commission: int = 0
    fees: int = 0


def outcome(
    price: int, commission_bp: int, parts: tuple[Part, ...], undone_by: str = "", at_once: bool = False, back: int = 0
) -> Outcome:
    """`undone_by`: a party, in time. `at_once`: parts are paid out as they come. `back`: refunded at the buyer's wish."""
    taken = [part for part in parts if part.counts]
    fees = sum(part.fee for part in taken)
    if undone_by or sum(part.amount for part in taken) < price:
        kept_fees = fees if at_once and undone_by == "buyer" else 0  # he changed his mind about money paid out
        return Outcome("cancelled" if undone_by else "expired", -kept_fees, fees=kept_fees)
    kept = price - back
    commission = floor(Fraction(kept * commission_bp, 10_000) + Fraction(1, 2))
    return Outcome("completed", -kept - fees, kept - commission, commission, fees)
