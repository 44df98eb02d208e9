from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="PayoutAccountIn")


@_attrs_define
class PayoutAccountIn:
    """
    Attributes:
        account_id (UUID):
    """

    account_id: UUID

    def to_dict(self) -> dict[str, Any]:
        account_id = str(self.account_id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "account_id": account_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        account_id = UUID(d.pop("account_id"))

        payout_account_in = cls(
            account_id=account_id,
        )

        return payout_account_in
