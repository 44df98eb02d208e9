from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="CheckoutLinkOut")


@_attrs_define
class CheckoutLinkOut:
    """
    Attributes:
        id (str):
        deal_id (str):
        url (str):
        return_url (str):
        expires_at (datetime.datetime): RFC 3339, UTC.
    """

    id: str
    deal_id: str
    url: str
    return_url: str
    expires_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        deal_id = self.deal_id

        url = self.url

        return_url = self.return_url

        expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "deal_id": deal_id,
                "url": url,
                "return_url": return_url,
                "expires_at": expires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        deal_id = d.pop("deal_id")

        url = d.pop("url")

        return_url = d.pop("return_url")

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        checkout_link_out = cls(
            id=id,
            deal_id=deal_id,
            url=url,
            return_url=return_url,
            expires_at=expires_at,
        )

        return checkout_link_out
