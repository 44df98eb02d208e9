"""The terms of a deal: copied from the offer when the deal begins, and frozen from then on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Malformed

DEFAULT_INSPECTION_S = 7 * 24 * 3600  # a week: time enough for a parcel to be opened
MAX_INSPECTION_S = 366 * 24 * 3600


class Settlement(StrEnum):
    HOLD = "hold"  # money stays with the payers' banks until the full price is held
    IMMEDIATE = "immediate"  # each payment reaches the seller at once, and is clawed back if the price is not reached


class Release(StrEnum):
    ON_FUNDING = "on_funding"
    ON_ACCEPTANCE = "on_acceptance"  # by the buyer, or automatically when the inspection ends


class Cause(StrEnum):
    """Why released money goes back."""

    DEADLINE = "deadline"  # the price was not reached in time
    BUYER = "buyer"  # at the buyer's request
    SELLER = "seller"  # the seller could not or would not deliver
    DISPUTE = "dispute"


class FeeBearer(StrEnum):
    """What happens to the payer's bank fee when money goes back."""

    RETURNED = "returned"  # it goes back to the payer with the money
    PAYER = "payer"  # the payer bears it


_BORNE_BY = {
    FeeBearer.RETURNED: "the bank's fee goes back to you too",
    FeeBearer.PAYER: "the bank's fee is yours to bear",
}
_WHEN = {
    Cause.DEADLINE: "If the price is not reached in time",
    Cause.BUYER: "If the deal is cancelled at your request",
    Cause.SELLER: "If the seller fails or refunds you",
    Cause.DISPUTE: "If a dispute is decided for you",
}


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """Who bears the payer's bank fee when released money goes back. Before the release all of it goes back."""

    deadline: FeeBearer = FeeBearer.RETURNED
    buyer: FeeBearer = FeeBearer.PAYER
    seller: FeeBearer = FeeBearer.RETURNED
    dispute: FeeBearer = FeeBearer.RETURNED

    def bearer(self, cause: Cause) -> FeeBearer:
        return {
            Cause.DEADLINE: self.deadline,
            Cause.BUYER: self.buyer,
            Cause.SELLER: self.seller,
            Cause.DISPUTE: self.dispute,
        }[cause]

    def as_dict(self) -> dict[str, str]:
        """By cause, as stored."""
        return {cause.value: self.bearer(cause).value for cause in Cause}

    @classmethod
    def from_dict(cls, stored: dict[str, str]) -> FeePolicy:
        return cls(**{cause: FeeBearer(bearer) for cause, bearer in stored.items()})


@dataclass(frozen=True, slots=True)
class Terms:
    """`inspection_s`: seconds that the buyer has for the inspection; only with `on_acceptance`."""

    settlement: Settlement = Settlement.HOLD
    release: Release = Release.ON_FUNDING
    inspection_s: int | None = None
    fees: FeePolicy = FeePolicy()


def agree_terms(settlement: Settlement, release: Release, inspection_s: int | None, fees: FeePolicy) -> Terms:
    """The terms of an offer, with the market's default inspection time when none is given.

    Raises `Malformed` terms_conflict: immediate settlement cannot wait for acceptance, and without acceptance there is
    no inspection.
    """
    if release is Release.ON_ACCEPTANCE and settlement is Settlement.IMMEDIATE:
        raise Malformed("terms_conflict", "Money that is paid out at once cannot await acceptance.", "terms.release")
    if release is Release.ON_FUNDING and inspection_s is not None:
        raise Malformed("terms_conflict", "There is time to inspect only before an acceptance.", "terms.inspection_s")
    if release is Release.ON_ACCEPTANCE and inspection_s is None:
        inspection_s = DEFAULT_INSPECTION_S
    return Terms(settlement, release, inspection_s, fees)


def fee_words(cause: Cause, bearer: FeeBearer) -> str:
    """One sentence for the payer about the bank's fee, shown before paying."""
    return f"{_WHEN[cause]}, {_BORNE_BY[bearer]}."
