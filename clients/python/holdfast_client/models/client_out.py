from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ClientOut")


@_attrs_define
class ClientOut:
    """
    Attributes:
        id (str):
        name (str):
        email (str):
        wanted_email (None | str): The new address, once the link mailed there is used.
        language (str):
        reference (None | str):
        created_at (datetime.datetime): RFC 3339, UTC.
        marketplace_id (str):
        login (str):
    """

    id: str
    name: str
    email: str
    wanted_email: None | str
    language: str
    reference: None | str
    created_at: datetime.datetime
    marketplace_id: str
    login: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        email = self.email

        wanted_email: None | str
        wanted_email = self.wanted_email

        language = self.language

        reference: None | str
        reference = self.reference

        created_at = self.created_at.isoformat()

        marketplace_id = self.marketplace_id

        login = self.login

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "email": email,
                "wanted_email": wanted_email,
                "language": language,
                "reference": reference,
                "created_at": created_at,
                "marketplace_id": marketplace_id,
                "login": login,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        email = d.pop("email")

        def _parse_wanted_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        wanted_email = _parse_wanted_email(d.pop("wanted_email"))

        language = d.pop("language")

        def _parse_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reference = _parse_reference(d.pop("reference"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        marketplace_id = d.pop("marketplace_id")

        login = d.pop("login")

        client_out = cls(
            id=id,
            name=name,
            email=email,
            wanted_email=wanted_email,
            language=language,
            reference=reference,
            created_at=created_at,
            marketplace_id=marketplace_id,
            login=login,
        )

        return client_out
