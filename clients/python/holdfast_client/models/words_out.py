from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="WordsOut")


@_attrs_define
class WordsOut:
    """The status text: what is awaited, from whom, until when, and what happens otherwise.

    Attributes:
        headline (str):
        awaits (None | str):
        from_whom (None | str):
        until (datetime.datetime | None):
        otherwise (None | str):
    """

    headline: str
    awaits: None | str
    from_whom: None | str
    until: datetime.datetime | None
    otherwise: None | str

    def to_dict(self) -> dict[str, Any]:
        headline = self.headline

        awaits: None | str
        awaits = self.awaits

        from_whom: None | str
        from_whom = self.from_whom

        until: None | str
        if isinstance(self.until, datetime.datetime):
            until = self.until.isoformat()
        else:
            until = self.until

        otherwise: None | str
        otherwise = self.otherwise

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "headline": headline,
                "awaits": awaits,
                "from_whom": from_whom,
                "until": until,
                "otherwise": otherwise,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        headline = d.pop("headline")

        def _parse_awaits(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        awaits = _parse_awaits(d.pop("awaits"))

        def _parse_from_whom(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        from_whom = _parse_from_whom(d.pop("from_whom"))

        def _parse_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                until_type_0 = datetime.datetime.fromisoformat(data)

                return until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        until = _parse_until(d.pop("until"))

        def _parse_otherwise(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        otherwise = _parse_otherwise(d.pop("otherwise"))

        words_out = cls(
            headline=headline,
            awaits=awaits,
            from_whom=from_whom,
            until=until,
            otherwise=otherwise,
        )

        return words_out
