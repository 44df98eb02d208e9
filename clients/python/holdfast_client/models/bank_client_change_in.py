from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="BankClientChangeIn")


@_attrs_define
class BankClientChangeIn:
    """
    Attributes:
        name (str):
        url (str):
        timeout_ms (int | Unset):  Default: 5000.
        max_calls (int | Unset):  Default: 30.
        webhook_secret (None | str | Unset):
        api_key (None | str | Unset):
    """

    name: str
    url: str
    timeout_ms: int | Unset = 5000
    max_calls: int | Unset = 30
    webhook_secret: None | str | Unset = UNSET
    api_key: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        url = self.url

        timeout_ms = self.timeout_ms

        max_calls = self.max_calls

        webhook_secret: None | str | Unset
        if isinstance(self.webhook_secret, Unset):
            webhook_secret = UNSET
        else:
            webhook_secret = self.webhook_secret

        api_key: None | str | Unset
        if isinstance(self.api_key, Unset):
            api_key = UNSET
        else:
            api_key = self.api_key

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "url": url,
            }
        )
        if timeout_ms is not UNSET:
            field_dict["timeout_ms"] = timeout_ms
        if max_calls is not UNSET:
            field_dict["max_calls"] = max_calls
        if webhook_secret is not UNSET:
            field_dict["webhook_secret"] = webhook_secret
        if api_key is not UNSET:
            field_dict["api_key"] = api_key

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        url = d.pop("url")

        timeout_ms = d.pop("timeout_ms", UNSET)

        max_calls = d.pop("max_calls", UNSET)

        def _parse_webhook_secret(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        webhook_secret = _parse_webhook_secret(d.pop("webhook_secret", UNSET))

        def _parse_api_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        api_key = _parse_api_key(d.pop("api_key", UNSET))

        bank_client_change_in = cls(
            name=name,
            url=url,
            timeout_ms=timeout_ms,
            max_calls=max_calls,
            webhook_secret=webhook_secret,
            api_key=api_key,
        )

        return bank_client_change_in
