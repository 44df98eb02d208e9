from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.code_out import CodeOut
    from ..models.payment_out import PaymentOut


T = TypeVar("T", bound="CodeRequestedOut")


@_attrs_define
class CodeRequestedOut:
    """
    Attributes:
        payment (PaymentOut): A payment as marketplaces see it: `total` leaves the payer's account or wallet, `amount`
            reaches the deal.
        code (CodeOut): A code that the payer's bank mails to the payer.
    """

    payment: PaymentOut
    code: CodeOut

    def to_dict(self) -> dict[str, Any]:
        payment = self.payment.to_dict()

        code = self.code.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment": payment,
                "code": code,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.code_out import CodeOut
        from ..models.payment_out import PaymentOut

        d = dict(src_dict)
        payment = PaymentOut.from_dict(d.pop("payment"))

        code = CodeOut.from_dict(d.pop("code"))

        code_requested_out = cls(
            payment=payment,
            code=code,
        )

        return code_requested_out
