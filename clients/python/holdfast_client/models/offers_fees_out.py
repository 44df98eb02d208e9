from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.fee_bearer import FeeBearer

T = TypeVar("T", bound="OffersFeesOut")


@_attrs_define
class OffersFeesOut:
    """
    Attributes:
        deadline (FeeBearer): What happens to the payer's bank fee when money goes back.
        buyer (FeeBearer): What happens to the payer's bank fee when money goes back.
        seller (FeeBearer): What happens to the payer's bank fee when money goes back.
        dispute (FeeBearer): What happens to the payer's bank fee when money goes back.
    """

    deadline: FeeBearer
    buyer: FeeBearer
    seller: FeeBearer
    dispute: FeeBearer

    def to_dict(self) -> dict[str, Any]:
        deadline = self.deadline.value

        buyer = self.buyer.value

        seller = self.seller.value

        dispute = self.dispute.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "deadline": deadline,
                "buyer": buyer,
                "seller": seller,
                "dispute": dispute,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        deadline = FeeBearer(d.pop("deadline"))

        buyer = FeeBearer(d.pop("buyer"))

        seller = FeeBearer(d.pop("seller"))

        dispute = FeeBearer(d.pop("dispute"))

        offers_fees_out = cls(
            deadline=deadline,
            buyer=buyer,
            seller=seller,
            dispute=dispute,
        )

        return offers_fees_out
