from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="UndisputedPartIn")


@_attrs_define
class UndisputedPartIn:
    """
    Attributes:
        user_id (UUID):
        amount (MoneyIn): A positive amount of one currency.
        text (None | str | Unset):
    """

    user_id: UUID
    amount: MoneyIn
    text: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        amount = self.amount.to_dict()

        text: None | str | Unset
        if isinstance(self.text, Unset):
            text = UNSET
        else:
            text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "user_id": user_id,
                "amount": amount,
            }
        )
        if text is not UNSET:
            field_dict["text"] = text

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        user_id = UUID(d.pop("user_id"))

        amount = MoneyIn.from_dict(d.pop("amount"))

        def _parse_text(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        text = _parse_text(d.pop("text", UNSET))

        undisputed_part_in = cls(
            user_id=user_id,
            amount=amount,
            text=text,
        )

        return undisputed_part_in
