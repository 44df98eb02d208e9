from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn
    from ..models.terms_in import TermsIn


T = TypeVar("T", bound="OfferIn")


@_attrs_define
class OfferIn:
    """
    Attributes:
        seller_id (UUID):
        title (str):
        description (str):
        price (MoneyIn): A positive amount of one currency.
        pay_within_s (int): Seconds from the purchase to its payment deadline.
        quantity (int | Unset):  Default: 1.
        terms (TermsIn | Unset): What a deal about this offer is bound to, even if the offer changes later.
    """

    seller_id: UUID
    title: str
    description: str
    price: MoneyIn
    pay_within_s: int
    quantity: int | Unset = 1
    terms: TermsIn | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        seller_id = str(self.seller_id)

        title = self.title

        description = self.description

        price = self.price.to_dict()

        pay_within_s = self.pay_within_s

        quantity = self.quantity

        terms: dict[str, Any] | Unset = UNSET
        if not isinstance(self.terms, Unset):
            terms = self.terms.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "seller_id": seller_id,
                "title": title,
                "description": description,
                "price": price,
                "pay_within_s": pay_within_s,
            }
        )
        if quantity is not UNSET:
            field_dict["quantity"] = quantity
        if terms is not UNSET:
            field_dict["terms"] = terms

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn
        from ..models.terms_in import TermsIn

        d = dict(src_dict)
        seller_id = UUID(d.pop("seller_id"))

        title = d.pop("title")

        description = d.pop("description")

        price = MoneyIn.from_dict(d.pop("price"))

        pay_within_s = d.pop("pay_within_s")

        quantity = d.pop("quantity", UNSET)

        _terms = d.pop("terms", UNSET)
        terms: TermsIn | Unset
        if isinstance(_terms, Unset):
            terms = UNSET
        else:
            terms = TermsIn.from_dict(_terms)

        offer_in = cls(
            seller_id=seller_id,
            title=title,
            description=description,
            price=price,
            pay_within_s=pay_within_s,
            quantity=quantity,
            terms=terms,
        )

        return offer_in
