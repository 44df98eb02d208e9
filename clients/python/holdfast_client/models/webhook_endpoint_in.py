from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.webhook_endpoint_in_language import WebhookEndpointInLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookEndpointIn")


@_attrs_define
class WebhookEndpointIn:
    """
    Attributes:
        url (str):
        types (list[str] | Unset):
        email (None | str | Unset):
        language (WebhookEndpointInLanguage | Unset): The language of mails. Default: WebhookEndpointInLanguage.EN.
    """

    url: str
    types: list[str] | Unset = UNSET
    email: None | str | Unset = UNSET
    language: WebhookEndpointInLanguage | Unset = WebhookEndpointInLanguage.EN

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        types: list[str] | Unset = UNSET
        if not isinstance(self.types, Unset):
            types = self.types

        email: None | str | Unset
        if isinstance(self.email, Unset):
            email = UNSET
        else:
            email = self.email

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "url": url,
            }
        )
        if types is not UNSET:
            field_dict["types"] = types
        if email is not UNSET:
            field_dict["email"] = email
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        url = d.pop("url")

        types = cast(list[str], d.pop("types", UNSET))

        def _parse_email(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        email = _parse_email(d.pop("email", UNSET))

        _language = d.pop("language", UNSET)
        language: WebhookEndpointInLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = WebhookEndpointInLanguage(_language)

        webhook_endpoint_in = cls(
            url=url,
            types=types,
            email=email,
            language=language,
        )

        return webhook_endpoint_in
