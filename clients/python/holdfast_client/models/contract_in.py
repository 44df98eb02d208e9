from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.milestone_in import MilestoneIn


T = TypeVar("T", bound="ContractIn")


@_attrs_define
class ContractIn:
    """
    Attributes:
        buyer_id (UUID): The customer, who proposes and pays.
        seller_id (UUID): The performer, who answers and is paid.
        title (str):
        description (str):
        currency (str): ISO 4217, or USDT.
        milestones (list[MilestoneIn]): In the order of the work.
        answer_within_s (int | Unset): Seconds in which the seller may confirm or deny. Default: 604800.
        from_wallet (bool | Unset): Once the seller has confirmed, take the milestones from the buyer's wallet, without
            a code, in their order, each for which it has enough. A marketplace's key needs the scope `wallets` for it.
            Default: False.
    """

    buyer_id: UUID
    seller_id: UUID
    title: str
    description: str
    currency: str
    milestones: list[MilestoneIn]
    answer_within_s: int | Unset = 604800
    from_wallet: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        buyer_id = str(self.buyer_id)

        seller_id = str(self.seller_id)

        title = self.title

        description = self.description

        currency = self.currency

        milestones = []
        for milestones_item_data in self.milestones:
            milestones_item = milestones_item_data.to_dict()
            milestones.append(milestones_item)

        answer_within_s = self.answer_within_s

        from_wallet = self.from_wallet

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "buyer_id": buyer_id,
                "seller_id": seller_id,
                "title": title,
                "description": description,
                "currency": currency,
                "milestones": milestones,
            }
        )
        if answer_within_s is not UNSET:
            field_dict["answer_within_s"] = answer_within_s
        if from_wallet is not UNSET:
            field_dict["from_wallet"] = from_wallet

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.milestone_in import MilestoneIn

        d = dict(src_dict)
        buyer_id = UUID(d.pop("buyer_id"))

        seller_id = UUID(d.pop("seller_id"))

        title = d.pop("title")

        description = d.pop("description")

        currency = d.pop("currency")

        milestones = []
        _milestones = d.pop("milestones")
        for milestones_item_data in _milestones:
            milestones_item = MilestoneIn.from_dict(milestones_item_data)

            milestones.append(milestones_item)

        answer_within_s = d.pop("answer_within_s", UNSET)

        from_wallet = d.pop("from_wallet", UNSET)

        contract_in = cls(
            buyer_id=buyer_id,
            seller_id=seller_id,
            title=title,
            description=description,
            currency=currency,
            milestones=milestones,
            answer_within_s=answer_within_s,
            from_wallet=from_wallet,
        )

        return contract_in
