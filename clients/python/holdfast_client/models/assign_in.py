from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AssignIn")


@_attrs_define
class AssignIn:
    """Exactly one of wallet and top-up. A top-up counts the money as paid when it was.

    Attributes:
        reason (str):
        wallet_id (None | Unset | UUID):
        top_up_id (None | Unset | UUID):
    """

    reason: str
    wallet_id: None | Unset | UUID = UNSET
    top_up_id: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        wallet_id: None | str | Unset
        if isinstance(self.wallet_id, Unset):
            wallet_id = UNSET
        elif isinstance(self.wallet_id, UUID):
            wallet_id = str(self.wallet_id)
        else:
            wallet_id = self.wallet_id

        top_up_id: None | str | Unset
        if isinstance(self.top_up_id, Unset):
            top_up_id = UNSET
        elif isinstance(self.top_up_id, UUID):
            top_up_id = str(self.top_up_id)
        else:
            top_up_id = self.top_up_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reason": reason,
            }
        )
        if wallet_id is not UNSET:
            field_dict["wallet_id"] = wallet_id
        if top_up_id is not UNSET:
            field_dict["top_up_id"] = top_up_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        reason = d.pop("reason")

        def _parse_wallet_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                wallet_id_type_0 = UUID(data)

                return wallet_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        wallet_id = _parse_wallet_id(d.pop("wallet_id", UNSET))

        def _parse_top_up_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                top_up_id_type_0 = UUID(data)

                return top_up_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        top_up_id = _parse_top_up_id(d.pop("top_up_id", UNSET))

        assign_in = cls(
            reason=reason,
            wallet_id=wallet_id,
            top_up_id=top_up_id,
        )

        return assign_in
