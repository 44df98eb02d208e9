from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.sign_up_in_language import SignUpInLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="SignUpIn")


@_attrs_define
class SignUpIn:
    """
    Attributes:
        name (str):
        email (str):
        language (SignUpInLanguage | Unset): The language of mails. Default: SignUpInLanguage.EN.
    """

    name: str
    email: str
    language: SignUpInLanguage | Unset = SignUpInLanguage.EN

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        email = self.email

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "email": email,
            }
        )
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        email = d.pop("email")

        _language = d.pop("language", UNSET)
        language: SignUpInLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = SignUpInLanguage(_language)

        sign_up_in = cls(
            name=name,
            email=email,
            language=language,
        )

        return sign_up_in
