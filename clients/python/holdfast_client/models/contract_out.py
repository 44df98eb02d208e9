from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.contract_state import ContractState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="ContractOut")


@_attrs_define
class ContractOut:
    """A contract as lists show it.

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
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
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

        contract_out = cls(
            id=id,
            buyer_id=buyer_id,
            seller_id=seller_id,
            title=title,
            description=description,
            state=state,
            price=price,
            answer_by=answer_by,
            created_at=created_at,
        )

        return contract_out
