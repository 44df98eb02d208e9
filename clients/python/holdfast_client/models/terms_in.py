from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.terms_in_release import TermsInRelease
from ..models.terms_in_settlement import TermsInSettlement
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.fees_in import FeesIn


T = TypeVar("T", bound="TermsIn")


@_attrs_define
class TermsIn:
    """What a deal about this offer is bound to, even if the offer changes later.

    Attributes:
        settlement (TermsInSettlement | Unset): `hold`: payments are held until the price is reached; `immediate`: each
            is paid out. Default: TermsInSettlement.HOLD.
        release (TermsInRelease | Unset): `on_acceptance` (with `hold`): the seller is paid on acceptance or when the
            inspection ends. Default: TermsInRelease.ON_FUNDING.
        inspection_s (int | None | Unset): Seconds to inspect; only with `on_acceptance`, else a week.
        fees (FeesIn | Unset): By cause, whether the payer bears the bank's fee when released money goes back.
    """

    settlement: TermsInSettlement | Unset = TermsInSettlement.HOLD
    release: TermsInRelease | Unset = TermsInRelease.ON_FUNDING
    inspection_s: int | None | Unset = UNSET
    fees: FeesIn | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        settlement: str | Unset = UNSET
        if not isinstance(self.settlement, Unset):
            settlement = self.settlement.value

        release: str | Unset = UNSET
        if not isinstance(self.release, Unset):
            release = self.release.value

        inspection_s: int | None | Unset
        if isinstance(self.inspection_s, Unset):
            inspection_s = UNSET
        else:
            inspection_s = self.inspection_s

        fees: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fees, Unset):
            fees = self.fees.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if settlement is not UNSET:
            field_dict["settlement"] = settlement
        if release is not UNSET:
            field_dict["release"] = release
        if inspection_s is not UNSET:
            field_dict["inspection_s"] = inspection_s
        if fees is not UNSET:
            field_dict["fees"] = fees

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.fees_in import FeesIn

        d = dict(src_dict)
        _settlement = d.pop("settlement", UNSET)
        settlement: TermsInSettlement | Unset
        if isinstance(_settlement, Unset):
            settlement = UNSET
        else:
            settlement = TermsInSettlement(_settlement)

        _release = d.pop("release", UNSET)
        release: TermsInRelease | Unset
        if isinstance(_release, Unset):
            release = UNSET
        else:
            release = TermsInRelease(_release)

        def _parse_inspection_s(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        inspection_s = _parse_inspection_s(d.pop("inspection_s", UNSET))

        _fees = d.pop("fees", UNSET)
        fees: FeesIn | Unset
        if isinstance(_fees, Unset):
            fees = UNSET
        else:
            fees = FeesIn.from_dict(_fees)

        terms_in = cls(
            settlement=settlement,
            release=release,
            inspection_s=inspection_s,
            fees=fees,
        )

        return terms_in
