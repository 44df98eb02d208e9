from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.setter import Setter

T = TypeVar("T", bound="EventOut")


@_attrs_define
class EventOut:
    """Something that happened to a deal, or to one of its payments.

    Attributes:
        at (datetime.datetime): RFC 3339, UTC.
        type_ (str):
        payment_id (None | str):
        status (None | str):
        by (None | Setter):
    """

    at: datetime.datetime
    type_: str
    payment_id: None | str
    status: None | str
    by: None | Setter

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        type_ = self.type_

        payment_id: None | str
        payment_id = self.payment_id

        status: None | str
        status = self.status

        by: None | str
        if isinstance(self.by, Setter):
            by = self.by.value
        else:
            by = self.by

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "at": at,
                "type": type_,
                "payment_id": payment_id,
                "status": status,
                "by": by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        type_ = d.pop("type")

        def _parse_payment_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment_id = _parse_payment_id(d.pop("payment_id"))

        def _parse_status(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        status = _parse_status(d.pop("status"))

        def _parse_by(data: object) -> None | Setter:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                by_type_0 = Setter(data)

                return by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Setter, data)

        by = _parse_by(d.pop("by"))

        event_out = cls(
            at=at,
            type_=type_,
            payment_id=payment_id,
            status=status,
            by=by,
        )

        return event_out
