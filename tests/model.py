"""The reference model: the end of a deal, from amounts, submission times and the bank's final answers alone.

It imports nothing of the product, on purpose: two descriptions of the same rule must agree. Amounts in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Part:
    """`attempts`: seconds after the deadline (negative: before), and the bank's final answer: held or rejected."""

    amount: int
    fee: int
    attempts: tuple[tuple[float, str], ...]
    withdrawn: bool = False  # asked back by its payer before the price was reached
    released: bool = True  # of a deal with immediate settlement: before it was cancelled

    @property
    def counts(self) -> bool:
        return not self.withdrawn and any(after <= 0 and answer == "held" for after, answer in self.attempts)


@dataclass(frozen=True)
class Outcome:
    state: str
    buyer: int = 0  # final changes of balances
    seller: int = 0
    commission: int = 0
    fees: int = 0


def outcome(
    price: int,
    commission_bp: int,
    parts: tuple[Part, ...],
    undone_by: str = "",
    at_once: bool = False,
    back: int = 0,
    split: int = 0,
    undisputed: int = 0,
) -> Outcome:
    """`undone_by`: who wanted it, in time, or `dispute`. `at_once`: each part is paid out. `back`: refunded.

    `split`: what goes back to the buyer by a dispute, from the last part on, each with its share of the bank's fee.
    `undisputed`: what the seller was paid before that and keeps: a dispute that ends for the buyer is then a split.
    """
    if undisputed and undone_by == "dispute":
        undone_by, split = "", price - undisputed
    assert split <= price - undisputed
    taken = [part for part in parts if part.counts]
    fees = sum(part.fee for part in taken)
    if undone_by or sum(part.amount for part in taken) < price:
        paid_out = sum(part.fee for part in taken if part.released)
        # the buyer changed their mind after money was paid out
        borne = paid_out if at_once and undone_by == "buyer" else 0
        state = {"": "expired", "dispute": "refunded"}.get(undone_by, "cancelled")
        return Outcome(state, -borne, fees=borne)
    left = split
    for part in reversed(taken):
        share = min(left, part.amount)
        left -= share
        fees -= floor(Fraction(part.fee * share, part.amount))
    kept = price - back - split
    commission = floor(Fraction(kept * commission_bp, 10_000) + Fraction(1, 2))
    return Outcome("split" if split else "completed", -kept - fees, kept - commission, commission, fees)
