from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.ruling_in_ruling import RulingInRuling
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="RulingIn")


@_attrs_define
class RulingIn:
    """The arbiter's decision, with its reason for both parties. No codes and no secrets: it is kept for ever.

    Attributes:
        ruling (RulingInRuling):
        reason (str):
        amount (MoneyIn | None | Unset):
        entries (int | None | Unset):
    """

    ruling: RulingInRuling
    reason: str
    amount: MoneyIn | None | Unset = UNSET
    entries: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_in import MoneyIn

        ruling = self.ruling.value

        reason = self.reason

        amount: dict[str, Any] | None | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        elif isinstance(self.amount, MoneyIn):
            amount = self.amount.to_dict()
        else:
            amount = self.amount

        entries: int | None | Unset
        if isinstance(self.entries, Unset):
            entries = UNSET
        else:
            entries = self.entries

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ruling": ruling,
                "reason": reason,
            }
        )
        if amount is not UNSET:
            field_dict["amount"] = amount
        if entries is not UNSET:
            field_dict["entries"] = entries

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        ruling = RulingInRuling(d.pop("ruling"))

        reason = d.pop("reason")

        def _parse_amount(data: object) -> MoneyIn | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                amount_type_0 = MoneyIn.from_dict(data)

                return amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyIn | None | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        def _parse_entries(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        entries = _parse_entries(d.pop("entries", UNSET))

        ruling_in = cls(
            ruling=ruling,
            reason=reason,
            amount=amount,
            entries=entries,
        )

        return ruling_in
