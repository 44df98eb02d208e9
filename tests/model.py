"""The reference model: what must become of a deal, from amounts, submission times and the bank's final answers alone.

It imports nothing of the product, on purpose: two descriptions of the same rule must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Attempt:
    """One submission: seconds after (+) or before (-) the deadline, and what the bank finally says."""

    after_deadline_s: float
    answer: str  # "held", "rejected" or "refused"


@dataclass(frozen=True)
class Part:
    amount: int
    fee: int
    attempts: tuple[Attempt, ...]

    @property
    def held_in_time(self) -> bool:
        for attempt in self.attempts:
            if attempt.after_deadline_s > 0 or attempt.answer == "refused":
                return False
            if attempt.answer == "held":
                return True
        return False


@dataclass(frozen=True)
class Outcome:
    """Final changes of balances in minor units: what each party has more (+) or less (-) than before."""

    funded: bool
    buyer: int
    seller: int
    commission: int
    fees: int


def outcome(price: int, commission_bp: int, parts: tuple[Part, ...]) -> Outcome:
    taken = [part for part in parts if part.held_in_time]
    if sum(part.amount for part in taken) < price:
        return Outcome(False, 0, 0, 0, 0)
    fees = sum(part.fee for part in taken)
    commission = floor(Fraction(price * commission_bp, 10_000) + Fraction(1, 2))
    return Outcome(True, -price - fees, price - commission, commission, fees)
