from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="BankOut")


@_attrs_define
class BankOut:
    """
    Attributes:
        id (int):
        name (str):
        requisite (str):
        payments_enabled (bool):
        refreshed_at (datetime.datetime): RFC 3339, UTC.
    """

    id: int
    name: str
    requisite: str
    payments_enabled: bool
    refreshed_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        requisite = self.requisite

        payments_enabled = self.payments_enabled

        refreshed_at = self.refreshed_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "requisite": requisite,
                "payments_enabled": payments_enabled,
                "refreshed_at": refreshed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        requisite = d.pop("requisite")

        payments_enabled = d.pop("payments_enabled")

        refreshed_at = datetime.datetime.fromisoformat(d.pop("refreshed_at"))

        bank_out = cls(
            id=id,
            name=name,
            requisite=requisite,
            payments_enabled=payments_enabled,
            refreshed_at=refreshed_at,
        )

        return bank_out
