from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.contract_state import ContractState

if TYPE_CHECKING:
    from ..models.milestone_out import MilestoneOut
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="WholeContractOut")


@_attrs_define
class WholeContractOut:
    """
    Attributes:
        id (str):
        buyer_id (str):
        seller_id (str):
        title (str):
        description (str):
        state (ContractState):
        price (MoneyOut):
        answer_by (datetime.datetime): RFC 3339, UTC.
        created_at (datetime.datetime): RFC 3339, UTC.
        now (datetime.datetime): RFC 3339, UTC.
        held (MoneyOut):
        released (MoneyOut):
        refunded (MoneyOut):
        left (MoneyOut):
        milestones (list[MilestoneOut]):
    """

    id: str
    buyer_id: str
    seller_id: str
    title: str
    description: str
    state: ContractState
    price: MoneyOut
    answer_by: datetime.datetime
    created_at: datetime.datetime
    now: datetime.datetime
    held: MoneyOut
    released: MoneyOut
    refunded: MoneyOut
    left: MoneyOut
    milestones: list[MilestoneOut]

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        buyer_id = self.buyer_id

        seller_id = self.seller_id

        title = self.title

        description = self.description

        state = self.state.value

        price = self.price.to_dict()

        answer_by = self.answer_by.isoformat()

        created_at = self.created_at.isoformat()

        now = self.now.isoformat()

        held = self.held.to_dict()

        released = self.released.to_dict()

        refunded = self.refunded.to_dict()

        left = self.left.to_dict()

        milestones = []
        for milestones_item_data in self.milestones:
            milestones_item = milestones_item_data.to_dict()
            milestones.append(milestones_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "buyer_id": buyer_id,
                "seller_id": seller_id,
                "title": title,
                "description": description,
                "state": state,
                "price": price,
                "answer_by": answer_by,
                "created_at": created_at,
                "now": now,
                "held": held,
                "released": released,
                "refunded": refunded,
                "left": left,
                "milestones": milestones,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.milestone_out import MilestoneOut
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        id = d.pop("id")

        buyer_id = d.pop("buyer_id")

        seller_id = d.pop("seller_id")

        title = d.pop("title")

        description = d.pop("description")

        state = ContractState(d.pop("state"))

        price = MoneyOut.from_dict(d.pop("price"))

        answer_by = datetime.datetime.fromisoformat(d.pop("answer_by"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        now = datetime.datetime.fromisoformat(d.pop("now"))

        held = MoneyOut.from_dict(d.pop("held"))

        released = MoneyOut.from_dict(d.pop("released"))

        refunded = MoneyOut.from_dict(d.pop("refunded"))

        left = MoneyOut.from_dict(d.pop("left"))

        milestones = []
        _milestones = d.pop("milestones")
        for milestones_item_data in _milestones:
            milestones_item = MilestoneOut.from_dict(milestones_item_data)

            milestones.append(milestones_item)

        whole_contract_out = cls(
            id=id,
            buyer_id=buyer_id,
            seller_id=seller_id,
            title=title,
            description=description,
            state=state,
            price=price,
            answer_by=answer_by,
            created_at=created_at,
            now=now,
            held=held,
            released=released,
            refunded=refunded,
            left=left,
            milestones=milestones,
        )

        return whole_contract_out
