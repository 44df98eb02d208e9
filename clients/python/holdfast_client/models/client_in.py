from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.client_in_language import ClientInLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="ClientIn")


@_attrs_define
class ClientIn:
    """A client who logs in, made by an administrator.

    Attributes:
        name (str):
        email (str):
        marketplace_id (UUID):
        login (str):
        password (str):
        language (ClientInLanguage | Unset): The language of mails. Default: ClientInLanguage.EN.
        reference (None | str | Unset): Your own id of the user; unique.
    """

    name: str
    email: str
    marketplace_id: UUID
    login: str
    password: str
    language: ClientInLanguage | Unset = ClientInLanguage.EN
    reference: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        email = self.email

        marketplace_id = str(self.marketplace_id)

        login = self.login

        password = self.password

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language.value

        reference: None | str | Unset
        if isinstance(self.reference, Unset):
            reference = UNSET
        else:
            reference = self.reference

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "email": email,
                "marketplace_id": marketplace_id,
                "login": login,
                "password": password,
            }
        )
        if language is not UNSET:
            field_dict["language"] = language
        if reference is not UNSET:
            field_dict["reference"] = reference

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        email = d.pop("email")

        marketplace_id = UUID(d.pop("marketplace_id"))

        login = d.pop("login")

        password = d.pop("password")

        _language = d.pop("language", UNSET)
        language: ClientInLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = ClientInLanguage(_language)

        def _parse_reference(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reference = _parse_reference(d.pop("reference", UNSET))

        client_in = cls(
            name=name,
            email=email,
            marketplace_id=marketplace_id,
            login=login,
            password=password,
            language=language,
            reference=reference,
        )

        return client_in
