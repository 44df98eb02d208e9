from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn
    from ..models.service_terms_in import ServiceTermsIn


T = TypeVar("T", bound="ServiceDealIn")


@_attrs_define
class ServiceDealIn:
    """
    Attributes:
        buyer_id (UUID): The customer, who proposes and pays.
        seller_id (UUID): The performer, who answers and is paid.
        title (str):
        description (str):
        price (MoneyIn): A positive amount of one currency.
        answer_within_s (int | Unset): Seconds in which the seller may confirm or deny. Default: 604800.
        pay_within_s (int | Unset): Seconds from the confirmation to the payment deadline. Default: 604800.
        terms (ServiceTermsIn | Unset): As of an offer. Unless said otherwise the seller is paid on acceptance, after
            the work.
        from_wallet (bool | Unset): Take what is left to pay from the buyer's wallet, without a code, once the seller
            has confirmed and the wallet has it. A marketplace's key needs the scope `wallets` for it. Default: True.
    """

    buyer_id: UUID
    seller_id: UUID
    title: str
    description: str
    price: MoneyIn
    answer_within_s: int | Unset = 604800
    pay_within_s: int | Unset = 604800
    terms: ServiceTermsIn | Unset = UNSET
    from_wallet: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        buyer_id = str(self.buyer_id)

        seller_id = str(self.seller_id)

        title = self.title

        description = self.description

        price = self.price.to_dict()

        answer_within_s = self.answer_within_s

        pay_within_s = self.pay_within_s

        terms: dict[str, Any] | Unset = UNSET
        if not isinstance(self.terms, Unset):
            terms = self.terms.to_dict()

        from_wallet = self.from_wallet

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "buyer_id": buyer_id,
                "seller_id": seller_id,
                "title": title,
                "description": description,
                "price": price,
            }
        )
        if answer_within_s is not UNSET:
            field_dict["answer_within_s"] = answer_within_s
        if pay_within_s is not UNSET:
            field_dict["pay_within_s"] = pay_within_s
        if terms is not UNSET:
            field_dict["terms"] = terms
        if from_wallet is not UNSET:
            field_dict["from_wallet"] = from_wallet

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn
        from ..models.service_terms_in import ServiceTermsIn

        d = dict(src_dict)
        buyer_id = UUID(d.pop("buyer_id"))

        seller_id = UUID(d.pop("seller_id"))

        title = d.pop("title")

        description = d.pop("description")

        price = MoneyIn.from_dict(d.pop("price"))

        answer_within_s = d.pop("answer_within_s", UNSET)

        pay_within_s = d.pop("pay_within_s", UNSET)

        _terms = d.pop("terms", UNSET)
        terms: ServiceTermsIn | Unset
        if isinstance(_terms, Unset):
            terms = UNSET
        else:
            terms = ServiceTermsIn.from_dict(_terms)

        from_wallet = d.pop("from_wallet", UNSET)

        service_deal_in = cls(
            buyer_id=buyer_id,
            seller_id=seller_id,
            title=title,
            description=description,
            price=price,
            answer_within_s=answer_within_s,
            pay_within_s=pay_within_s,
            terms=terms,
            from_wallet=from_wallet,
        )

        return service_deal_in
