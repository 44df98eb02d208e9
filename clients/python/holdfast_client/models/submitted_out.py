from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    Self,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.attempt_out import AttemptOut
    from ..models.payment_out import PaymentOut


T = TypeVar("T", bound="SubmittedOut")


@_attrs_define
class SubmittedOut:
    """The code is with the bank. Poll the payment until it is no longer processing.

    Attributes:
        payment (PaymentOut): A payment as marketplaces see it: `total` leaves the payer's account or wallet, `amount`
            reaches the deal.
        attempt (AttemptOut): A submitted code. `submitted_at` is the payment's time if the code was right.
        status (Literal['processing'] | Unset):  Default: 'processing'.
    """

    payment: PaymentOut
    attempt: AttemptOut
    status: Literal["processing"] | Unset = "processing"

    def to_dict(self) -> dict[str, Any]:
        payment = self.payment.to_dict()

        attempt = self.attempt.to_dict()

        status = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment": payment,
                "attempt": attempt,
            }
        )
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.attempt_out import AttemptOut
        from ..models.payment_out import PaymentOut

        d = dict(src_dict)
        payment = PaymentOut.from_dict(d.pop("payment"))

        attempt = AttemptOut.from_dict(d.pop("attempt"))

        status = cast(Literal["processing"] | Unset, d.pop("status", UNSET))
        if status != "processing" and not isinstance(status, Unset):
            raise ValueError(f"status must match const 'processing', got '{status}'")

        submitted_out = cls(
            payment=payment,
            attempt=attempt,
            status=status,
        )

        return submitted_out
