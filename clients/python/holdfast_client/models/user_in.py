from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.user_in_language import UserInLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="UserIn")


@_attrs_define
class UserIn:
    """A new user of the marketplace.

    Attributes:
        name (str):
        email (str):
        language (UserInLanguage | Unset): The language of mails. Default: UserInLanguage.EN.
        reference (None | str | Unset): Your own id of the user; unique.
    """

    name: str
    email: str
    language: UserInLanguage | Unset = UserInLanguage.EN
    reference: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        email = self.email

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

        _language = d.pop("language", UNSET)
        language: UserInLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = UserInLanguage(_language)

        def _parse_reference(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reference = _parse_reference(d.pop("reference", UNSET))

        user_in = cls(
            name=name,
            email=email,
            language=language,
            reference=reference,
        )

        return user_in
