from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.release import Release
from ..models.settlement import Settlement

if TYPE_CHECKING:
    from ..models.offers_fees_out import OffersFeesOut


T = TypeVar("T", bound="TermsOut")


@_attrs_define
class TermsOut:
    """
    Attributes:
        settlement (Settlement):
        release (Release):
        inspection_s (int | None):
        fees (OffersFeesOut):
    """

    settlement: Settlement
    release: Release
    inspection_s: int | None
    fees: OffersFeesOut

    def to_dict(self) -> dict[str, Any]:
        settlement = self.settlement.value

        release = self.release.value

        inspection_s: int | None
        inspection_s = self.inspection_s

        fees = self.fees.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "settlement": settlement,
                "release": release,
                "inspection_s": inspection_s,
                "fees": fees,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.offers_fees_out import OffersFeesOut

        d = dict(src_dict)
        settlement = Settlement(d.pop("settlement"))

        release = Release(d.pop("release"))

        def _parse_inspection_s(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        inspection_s = _parse_inspection_s(d.pop("inspection_s"))

        fees = OffersFeesOut.from_dict(d.pop("fees"))

        terms_out = cls(
            settlement=settlement,
            release=release,
            inspection_s=inspection_s,
            fees=fees,
        )

        return terms_out
