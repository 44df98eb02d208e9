from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.reset_in_language import ResetInLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="ResetIn")


@_attrs_define
class ResetIn:
    """
    Attributes:
        email (str):
        language (ResetInLanguage | Unset): The language of mails. Default: ResetInLanguage.EN.
    """

    email: str
    language: ResetInLanguage | Unset = ResetInLanguage.EN

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
            }
        )
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        email = d.pop("email")

        _language = d.pop("language", UNSET)
        language: ResetInLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = ResetInLanguage(_language)

        reset_in = cls(
            email=email,
            language=language,
        )

        return reset_in
