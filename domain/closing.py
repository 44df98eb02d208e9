"""The closing statement of a deal: its books beside its banks' operations, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.money import Money
from domain.payments import PaymentState
from domain.wallets import PLATFORM

MOST_PHRASES: Final = 6  # about one deal: its current details are read at a glance


class Item(StrEnum):
    """What books and banks can both say about one payment, in this order."""

    TAKEN = "taken"  # captured from the payer, the bank's fee included
    HELD = "held"  # still held by the payer's bank, fee included
    PAID_OUT = "paid_out"  # credited to the seller
    COMMISSION = "commission"
    REFUNDED = "refunded"  # reversed after the capture and paid to the payer, fee included


@dataclass(frozen=True, slots=True)
class Line:
    """One item of one payment (None: of no payment that we know), in minor units."""

    payment_id: str | None
    item: Item
    books_minor: int
    banks_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A deal's books in minor units: what was paid in, and where it is now. Net of clawbacks."""

    taken: int = 0
    guarantee: int = 0
    paid_out: int = 0
    commission: int = 0
    fees: int = 0
    owed: int = 0
    refunded: int = 0
    suspense: int = 0
    held: int = 0

    @property
    def balances(self) -> bool:
        """Whether in = out + fees + refunded, exactly, and nothing is held or in suspense."""
        out = self.paid_out + self.commission + self.owed
        return self.taken + self.guarantee == out + self.fees + self.refunded and not self.held and not self.suspense


Side = Mapping[tuple[str | None, Item], int]


def lines(books: Side, banks: Side) -> list[Line]:
    """Both sides beside each other, without items that neither side has."""
    found = sorted({*books, *banks}, key=lambda key: (key[0] or "", list(Item).index(key[1])))
    both = [Line(payment_id, item, books.get(key, 0), banks.get(key, 0)) for key in found for payment_id, item in [key]]
    return [line for line in both if line.books_minor or line.banks_minor]


def differences(found: Sequence[Line], totals: Totals, currency: str) -> list[str]:
    """A sentence for each line that differs, and one if the books do not add up. None when the statement balances."""
    said = [
        f"{_whose(line)}, {line.item}: the books say {Money(line.books_minor, currency)}, "
        f"the banks {Money(line.banks_minor, currency)}"
        for line in found
        if line.books_minor != line.banks_minor
    ]
    if not totals.balances:
        said.append(
            f"in {totals.taken} + guarantee {totals.guarantee}, out {totals.paid_out} + commission {totals.commission}"
            f" + owed {totals.owed} + fees {totals.fees} + refunded {totals.refunded}, held {totals.held},"
            f" suspense {totals.suspense} (minor units of {currency})"
        )
    return said


def division(totals: Totals, currency: str) -> list[str]:
    """A sentence that says who has what was paid in; none when nothing was."""
    if not totals.taken:
        return []
    shares = (
        ("the seller", totals.paid_out),
        ("owed to the seller", totals.owed),
        ("commission", totals.commission),
        ("bank fees", totals.fees),
        ("refunded", totals.refunded),
    )
    had = ", ".join(f"{name} {Money(minor, currency)}" for name, minor in shares if minor)
    guarantee = f" and {Money(totals.guarantee, currency)} from the guarantee account" if totals.guarantee else ""
    return [f"of {Money(totals.taken, currency)} paid in{guarantee}: {had}"]


_UNDER_WAY = {
    PaymentState.HELD: "held at {where}",
    PaymentState.RELEASING: "on its way to the seller from {where}",
    PaymentState.KEPT: "kept at {where} until the dispute ends",
    PaymentState.PAYABLE: "taken at {where}, owed to the seller",
    PaymentState.RETURNING: "on its way back at {where}",
}


def under_way(payments: Iterable[tuple[str, int, Money]]) -> list[str]:
    """Where money is that has not arrived: a phrase for each bank and state of `payments`, their fees included.

    Each is a state, the bank that took the money (0: a wallet), and how much. At most `MOST_PHRASES`.
    """
    found: dict[str, Money] = {}
    for state, bank, total in payments:
        if (words := _UNDER_WAY.get(PaymentState(state))) is not None:
            phrase = words.format(where="the buyer's wallet" if bank == PLATFORM else f"bank {bank}")
            found[phrase] = found[phrase] + total if phrase in found else total
    return [f"{total} {phrase}" for phrase, total in sorted(found.items())][:MOST_PHRASES]


def _whose(line: Line) -> str:
    return "no known payment" if line.payment_id is None else f"payment {line.payment_id}"
