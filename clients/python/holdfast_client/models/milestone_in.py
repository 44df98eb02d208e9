from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.service_terms_in import ServiceTermsIn


T = TypeVar("T", bound="MilestoneIn")


@_attrs_define
class MilestoneIn:
    """
    Attributes:
        title (str):
        amount (str): Digits, with at most the currency's decimals.
        description (str | Unset):  Default: ''.
        pay_within_s (int | Unset): Seconds from the confirmation to the payment deadline. Default: 604800.
        terms (ServiceTermsIn | Unset): As of an offer. Unless said otherwise the seller is paid on acceptance, after
            the work.
    """

    title: str
    amount: str
    description: str | Unset = ""
    pay_within_s: int | Unset = 604800
    terms: ServiceTermsIn | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        title = self.title

        amount = self.amount

        description = self.description

        pay_within_s = self.pay_within_s

        terms: dict[str, Any] | Unset = UNSET
        if not isinstance(self.terms, Unset):
            terms = self.terms.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "title": title,
                "amount": amount,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if pay_within_s is not UNSET:
            field_dict["pay_within_s"] = pay_within_s
        if terms is not UNSET:
            field_dict["terms"] = terms

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.service_terms_in import ServiceTermsIn

        d = dict(src_dict)
        title = d.pop("title")

        amount = d.pop("amount")

        description = d.pop("description", UNSET)

        pay_within_s = d.pop("pay_within_s", UNSET)

        _terms = d.pop("terms", UNSET)
        terms: ServiceTermsIn | Unset
        if isinstance(_terms, Unset):
            terms = UNSET
        else:
            terms = ServiceTermsIn.from_dict(_terms)

        milestone_in = cls(
            title=title,
            amount=amount,
            description=description,
            pay_within_s=pay_within_s,
            terms=terms,
        )

        return milestone_in
