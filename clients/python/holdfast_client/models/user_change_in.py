from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.user_change_in_language import UserChangeInLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="UserChangeIn")


@_attrs_define
class UserChangeIn:
    """Everything that can change; repeat what stays the same.

    Attributes:
        name (str):
        email (str):
        language (UserChangeInLanguage | Unset): The language of mails. Default: UserChangeInLanguage.EN.
    """

    name: str
    email: str
    language: UserChangeInLanguage | Unset = UserChangeInLanguage.EN

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
        language: UserChangeInLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = UserChangeInLanguage(_language)

        user_change_in = cls(
            name=name,
            email=email,
            language=language,
        )

        return user_change_in
