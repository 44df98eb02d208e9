"""Refunds of released money: how much of which payment goes back, and how much of it was commission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.errors import Conflict
from domain.fees import commission_of_part
from domain.payments import Taken
from domain.states import Machine

MAX_REFUNDS_PER_DEAL = 100  # any number would do; bounds what one deal can store
# A bank's final refusal of a clawback needs a person to act there. They need not report to us: it is tried again under
# a new number, often enough not to lose a day.
TRY_AGAIN_AFTER = timedelta(hours=1)
# Neither the seller nor our guarantee account has the money now. A deposit there triggers a retry at once.
LACKS_FUNDS = "guarantee_exhausted"
# A closed account stays closed: no retry helps before another account is named.
PAYER_CLOSED = "account_closed"


class RefundState(StrEnum):
    RETURNING = "returning"
    REFUNDED = "refunded"


TRANSITIONS = frozenset({(RefundState.RETURNING, RefundState.REFUNDED)})
MACHINE = Machine({RefundState.RETURNING}, TRANSITIONS)
FINAL = frozenset({RefundState.REFUNDED})


@dataclass(frozen=True, slots=True)
class Released:
    """A released payment: `amount_minor`, and the sum of those released before it (`before_minor`)."""

    before_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """What the `position`-th released payment returns: from its seller, and out of its commission."""

    position: int
    seller_minor: int
    commission_minor: int

    @property
    def amount_minor(self) -> int:
        return self.seller_minor + self.commission_minor


def pieces(
    before_minor: int, amount_minor: int, undisputed_minor: int | None, kept_minor: int
) -> list[tuple[Taken, Released]]:
    """A released payment as it was paid out: in one; or its undisputed part, the rest, and what was never credited."""
    if undisputed_minor is None:
        return [(Taken.CREDIT, Released(before_minor, amount_minor))]
    found, start = [], before_minor
    ends = (before_minor + undisputed_minor, before_minor + amount_minor - kept_minor, before_minor + amount_minor)
    for taken, end in zip(Taken, ends, strict=True):
        found.append((taken, Released(start, end - start)))
        start = end
    return found


def shares(released: Sequence[Released], refunded_minor: int, amount_minor: int, commission_bp: int) -> list[Share]:
    """Spreads a refund of `amount_minor`, after refunds of `refunded_minor`: the last released payment goes back first.

    The commission kept is exactly that on the amount kept, however it is divided: each payment's commission was the
    difference that its amount made, and is returned in the same way. Raises ValueError for more than is left.
    """
    kept_before = sum(payment.amount_minor for payment in released) - refunded_minor
    kept = kept_before - amount_minor
    if amount_minor < 1 or kept < 0:
        raise ValueError(f"{amount_minor} of {kept_before} cannot be refunded")
    found: list[Share] = []
    for position, payment in enumerate(released):
        first = max(kept, payment.before_minor)
        last = min(kept_before, payment.before_minor + payment.amount_minor)
        if last > first:
            commission = commission_of_part(first, last - first, commission_bp)
            found.append(Share(position, last - first - commission, commission))
    return found


def may_refund(amount_minor: int, left_minor: int, refunds: int) -> None:
    """Refuses a refund of more than is left after other refunds, and one too many."""
    if amount_minor > left_minor or left_minor < 1:
        raise Conflict("exceeds_refundable", "Refunds would exceed what was paid.", "amount")
    if refunds >= MAX_REFUNDS_PER_DEAL:
        raise Conflict("too_many_refunds", f"A deal takes at most {MAX_REFUNDS_PER_DEAL} refunds.")
