from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.gateway_id import GatewayId

if TYPE_CHECKING:
    from ..models.limits_out import LimitsOut


T = TypeVar("T", bound="GatewayOut")


@_attrs_define
class GatewayOut:
    """`pay_within_s`: how long there is to pay unless `pay_by` says otherwise; `pay_within_at_most_s`: the longest.

    Attributes:
        gateway (GatewayId):
        limits (list[LimitsOut]):
        pay_within_s (int):
        pay_within_at_most_s (int):
    """

    gateway: GatewayId
    limits: list[LimitsOut]
    pay_within_s: int
    pay_within_at_most_s: int

    def to_dict(self) -> dict[str, Any]:
        gateway = self.gateway.value

        limits = []
        for limits_item_data in self.limits:
            limits_item = limits_item_data.to_dict()
            limits.append(limits_item)

        pay_within_s = self.pay_within_s

        pay_within_at_most_s = self.pay_within_at_most_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "gateway": gateway,
                "limits": limits,
                "pay_within_s": pay_within_s,
                "pay_within_at_most_s": pay_within_at_most_s,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.limits_out import LimitsOut

        d = dict(src_dict)
        gateway = GatewayId(d.pop("gateway"))

        limits = []
        _limits = d.pop("limits")
        for limits_item_data in _limits:
            limits_item = LimitsOut.from_dict(limits_item_data)

            limits.append(limits_item)

        pay_within_s = d.pop("pay_within_s")

        pay_within_at_most_s = d.pop("pay_within_at_most_s")

        gateway_out = cls(
            gateway=gateway,
            limits=limits,
            pay_within_s=pay_within_s,
            pay_within_at_most_s=pay_within_at_most_s,
        )

        return gateway_out
