from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.operator_offer_out_state import OperatorOfferOutState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.terms_out import TermsOut


T = TypeVar("T", bound="OperatorOfferOut")


@_attrs_define
class OperatorOfferOut:
    """An offer as operators see it.

    Attributes:
        id (str):
        seller_id (str):
        title (str):
        description (str):
        price (MoneyOut):
        pay_within_s (int):
        quantity (int):
        terms (TermsOut):
        state (OperatorOfferOutState):
        rejection_reason (None | str):
        on_sale (bool):
        version (int):
        created_at (datetime.datetime): RFC 3339, UTC.
        marketplace_id (str):
        commission_percent (str):
    """

    id: str
    seller_id: str
    title: str
    description: str
    price: MoneyOut
    pay_within_s: int
    quantity: int
    terms: TermsOut
    state: OperatorOfferOutState
    rejection_reason: None | str
    on_sale: bool
    version: int
    created_at: datetime.datetime
    marketplace_id: str
    commission_percent: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        seller_id = self.seller_id

        title = self.title

        description = self.description

        price = self.price.to_dict()

        pay_within_s = self.pay_within_s

        quantity = self.quantity

        terms = self.terms.to_dict()

        state = self.state.value

        rejection_reason: None | str
        rejection_reason = self.rejection_reason

        on_sale = self.on_sale

        version = self.version

        created_at = self.created_at.isoformat()

        marketplace_id = self.marketplace_id

        commission_percent = self.commission_percent

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "seller_id": seller_id,
                "title": title,
                "description": description,
                "price": price,
                "pay_within_s": pay_within_s,
                "quantity": quantity,
                "terms": terms,
                "state": state,
                "rejection_reason": rejection_reason,
                "on_sale": on_sale,
                "version": version,
                "created_at": created_at,
                "marketplace_id": marketplace_id,
                "commission_percent": commission_percent,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.terms_out import TermsOut

        d = dict(src_dict)
        id = d.pop("id")

        seller_id = d.pop("seller_id")

        title = d.pop("title")

        description = d.pop("description")

        price = MoneyOut.from_dict(d.pop("price"))

        pay_within_s = d.pop("pay_within_s")

        quantity = d.pop("quantity")

        terms = TermsOut.from_dict(d.pop("terms"))

        state = OperatorOfferOutState(d.pop("state"))

        def _parse_rejection_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        rejection_reason = _parse_rejection_reason(d.pop("rejection_reason"))

        on_sale = d.pop("on_sale")

        version = d.pop("version")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        marketplace_id = d.pop("marketplace_id")

        commission_percent = d.pop("commission_percent")

        operator_offer_out = cls(
            id=id,
            seller_id=seller_id,
            title=title,
            description=description,
            price=price,
            pay_within_s=pay_within_s,
            quantity=quantity,
            terms=terms,
            state=state,
            rejection_reason=rejection_reason,
            on_sale=on_sale,
            version=version,
            created_at=created_at,
            marketplace_id=marketplace_id,
            commission_percent=commission_percent,
        )

        return operator_offer_out
