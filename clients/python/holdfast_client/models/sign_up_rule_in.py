from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="SignUpRuleIn")


@_attrs_define
class SignUpRuleIn:
    """
    Attributes:
        marketplace_id (None | UUID):
    """

    marketplace_id: None | UUID

    def to_dict(self) -> dict[str, Any]:
        marketplace_id: None | str
        if isinstance(self.marketplace_id, UUID):
            marketplace_id = str(self.marketplace_id)
        else:
            marketplace_id = self.marketplace_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "marketplace_id": marketplace_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_marketplace_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                marketplace_id_type_0 = UUID(data)

                return marketplace_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        marketplace_id = _parse_marketplace_id(d.pop("marketplace_id"))

        sign_up_rule_in = cls(
            marketplace_id=marketplace_id,
        )

        return sign_up_rule_in
