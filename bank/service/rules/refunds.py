"""Refunds: how an amount is spread over operations, the part of the fee, and the sources.

All amounts are minor units of one currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

MAX_OPERATIONS: Final = 100  # per call: a bound on the rows it locks

Origin = Literal["uncredited", "payee", "guarantee"]


@dataclass(frozen=True, slots=True)
class Credit:
    """The rest of a credit that can be clawed back: from its `payee` (None: closed, so empty), else from `guarantee`.

    Both are ledger accounts; without a guarantee the bank has none in this currency.
    """

    key: str
    left_minor: int
    payee: int | None
    guarantee: int | None


@dataclass(frozen=True, slots=True)
class CreditShare:
    """The part of a refund to claw back from the credit `key`."""

    key: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """`credit` is the key of the reversed credit; None for what was never paid out."""

    origin: Origin
    credit: str | None
    amount_minor: int


def spread(lefts_minor: Sequence[int], amount_minor: int | None) -> list[int] | None:
    """How much of each operation is refunded: everything, or `amount_minor` taken from the first ones on.

    None when that is impossible: the amount exceeds what is left of all, or nothing is left of one to be refunded
    whole.
    """
    if amount_minor is None:
        return list(lefts_minor) if all(lefts_minor) else None
    takes: list[int] = []
    for left_minor in lefts_minor:
        takes.append(min(left_minor, amount_minor - sum(takes)))
    return takes if sum(takes) == amount_minor else None


def draw(
    amount_minor: int, uncredited_minor: int, paid_out: Sequence[Credit], available: dict[int, int]
) -> list[Part] | None:
    """The sources of `amount_minor`: what was never paid out, then the payees, then the guarantee accounts.

    `paid_out` are the credits, newest first; `available` holds the available balance of each ledger account, and is
    reduced here. None when the guarantee is exhausted.
    """
    parts: list[Part] = []
    missing = amount_minor

    def take(origin: Origin, credit: str | None, at_most: int) -> int:
        nonlocal missing
        taken = max(0, min(missing, at_most))
        if taken:
            parts.append(Part(origin, credit, taken))
            missing -= taken
        return taken

    take("uncredited", None, uncredited_minor)
    lefts = [credit.left_minor for credit in paid_out]
    for position, credit in enumerate(paid_out):
        if credit.payee is not None:
            taken = take("payee", credit.key, min(lefts[position], available[credit.payee]))
            available[credit.payee] -= taken
            lefts[position] -= taken
    for position, credit in enumerate(paid_out):
        if credit.guarantee is not None:
            taken = take("guarantee", credit.key, min(lefts[position], available[credit.guarantee]))
            available[credit.guarantee] -= taken
    return None if missing else parts
