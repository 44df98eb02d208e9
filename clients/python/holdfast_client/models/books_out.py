from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="BooksOut")


@_attrs_define
class BooksOut:
    """Whether the market's books are behind the bank's checkpoint, as after a restore from an older copy.

    Attributes:
        behind_since (datetime.datetime | None):
        detail (None | str):
    """

    behind_since: datetime.datetime | None
    detail: None | str

    def to_dict(self) -> dict[str, Any]:
        behind_since: None | str
        if isinstance(self.behind_since, datetime.datetime):
            behind_since = self.behind_since.isoformat()
        else:
            behind_since = self.behind_since

        detail: None | str
        detail = self.detail

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "behind_since": behind_since,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_behind_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                behind_since_type_0 = datetime.datetime.fromisoformat(data)

                return behind_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        behind_since = _parse_behind_since(d.pop("behind_since"))

        def _parse_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        detail = _parse_detail(d.pop("detail"))

        books_out = cls(
            behind_since=behind_since,
            detail=detail,
        )

        return books_out
