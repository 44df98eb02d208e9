from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.fees_in_buyer import FeesInBuyer
from ..models.fees_in_deadline import FeesInDeadline
from ..models.fees_in_dispute import FeesInDispute
from ..models.fees_in_seller import FeesInSeller
from ..types import UNSET, Unset

T = TypeVar("T", bound="FeesIn")


@_attrs_define
class FeesIn:
    """By cause, whether the payer bears the bank's fee when released money goes back.

    Attributes:
        deadline (FeesInDeadline | Unset):  Default: FeesInDeadline.RETURNED.
        buyer (FeesInBuyer | Unset):  Default: FeesInBuyer.PAYER.
        seller (FeesInSeller | Unset):  Default: FeesInSeller.RETURNED.
        dispute (FeesInDispute | Unset):  Default: FeesInDispute.RETURNED.
    """

    deadline: FeesInDeadline | Unset = FeesInDeadline.RETURNED
    buyer: FeesInBuyer | Unset = FeesInBuyer.PAYER
    seller: FeesInSeller | Unset = FeesInSeller.RETURNED
    dispute: FeesInDispute | Unset = FeesInDispute.RETURNED

    def to_dict(self) -> dict[str, Any]:
        deadline: str | Unset = UNSET
        if not isinstance(self.deadline, Unset):
            deadline = self.deadline.value

        buyer: str | Unset = UNSET
        if not isinstance(self.buyer, Unset):
            buyer = self.buyer.value

        seller: str | Unset = UNSET
        if not isinstance(self.seller, Unset):
            seller = self.seller.value

        dispute: str | Unset = UNSET
        if not isinstance(self.dispute, Unset):
            dispute = self.dispute.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if deadline is not UNSET:
            field_dict["deadline"] = deadline
        if buyer is not UNSET:
            field_dict["buyer"] = buyer
        if seller is not UNSET:
            field_dict["seller"] = seller
        if dispute is not UNSET:
            field_dict["dispute"] = dispute

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        _deadline = d.pop("deadline", UNSET)
        deadline: FeesInDeadline | Unset
        if isinstance(_deadline, Unset):
            deadline = UNSET
        else:
            deadline = FeesInDeadline(_deadline)

        _buyer = d.pop("buyer", UNSET)
        buyer: FeesInBuyer | Unset
        if isinstance(_buyer, Unset):
            buyer = UNSET
        else:
            buyer = FeesInBuyer(_buyer)

        _seller = d.pop("seller", UNSET)
        seller: FeesInSeller | Unset
        if isinstance(_seller, Unset):
            seller = UNSET
        else:
            seller = FeesInSeller(_seller)

        _dispute = d.pop("dispute", UNSET)
        dispute: FeesInDispute | Unset
        if isinstance(_dispute, Unset):
            dispute = UNSET
        else:
            dispute = FeesInDispute(_dispute)

        fees_in = cls(
            deadline=deadline,
            buyer=buyer,
            seller=seller,
            dispute=dispute,
        )

        return fees_in
