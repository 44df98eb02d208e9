from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="DealIn")


@_attrs_define
class DealIn:
    """
    Attributes:
        offer_id (UUID):
        buyer_id (UUID):
        expected_price (MoneyIn | None | Unset): What the buyer was shown; 409 `offer_changed` if the offer costs more
            or less.
        offer_version (int | None | Unset): The offer's `version` that the buyer was shown; 409 `offer_changed` if it is
            another now.
    """

    offer_id: UUID
    buyer_id: UUID
    expected_price: MoneyIn | None | Unset = UNSET
    offer_version: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_in import MoneyIn

        offer_id = str(self.offer_id)

        buyer_id = str(self.buyer_id)

        expected_price: dict[str, Any] | None | Unset
        if isinstance(self.expected_price, Unset):
            expected_price = UNSET
        elif isinstance(self.expected_price, MoneyIn):
            expected_price = self.expected_price.to_dict()
        else:
            expected_price = self.expected_price

        offer_version: int | None | Unset
        if isinstance(self.offer_version, Unset):
            offer_version = UNSET
        else:
            offer_version = self.offer_version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "offer_id": offer_id,
                "buyer_id": buyer_id,
            }
        )
        if expected_price is not UNSET:
            field_dict["expected_price"] = expected_price
        if offer_version is not UNSET:
            field_dict["offer_version"] = offer_version

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        offer_id = UUID(d.pop("offer_id"))

        buyer_id = UUID(d.pop("buyer_id"))

        def _parse_expected_price(data: object) -> MoneyIn | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                expected_price_type_0 = MoneyIn.from_dict(data)

                return expected_price_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyIn | None | Unset, data)

        expected_price = _parse_expected_price(d.pop("expected_price", UNSET))

        def _parse_offer_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        offer_version = _parse_offer_version(d.pop("offer_version", UNSET))

        deal_in = cls(
            offer_id=offer_id,
            buyer_id=buyer_id,
            expected_price=expected_price,
            offer_version=offer_version,
        )

        return deal_in
