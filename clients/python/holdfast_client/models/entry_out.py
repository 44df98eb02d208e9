from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.entry_kind import EntryKind
from ..models.entry_out_by import EntryOutBy

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="EntryOut")


@_attrs_define
class EntryOut:
    """What a party has added: a statement, evidence, an offer, or what became of one. It never changes.

    Attributes:
        number (int):
        kind (EntryKind): What a party adds to a dispute. Entries are numbered and never change.
        by (EntryOutBy):
        at (datetime.datetime): RFC 3339, UTC.
        text (None | str):
        link (None | str):
        back (MoneyOut | None):
        undisputed (MoneyOut | None):
        about (int | None):
    """

    number: int
    kind: EntryKind
    by: EntryOutBy
    at: datetime.datetime
    text: None | str
    link: None | str
    back: MoneyOut | None
    undisputed: MoneyOut | None
    about: int | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut

        number = self.number

        kind = self.kind.value

        by = self.by.value

        at = self.at.isoformat()

        text: None | str
        text = self.text

        link: None | str
        link = self.link

        back: dict[str, Any] | None
        if isinstance(self.back, MoneyOut):
            back = self.back.to_dict()
        else:
            back = self.back

        undisputed: dict[str, Any] | None
        if isinstance(self.undisputed, MoneyOut):
            undisputed = self.undisputed.to_dict()
        else:
            undisputed = self.undisputed

        about: int | None
        about = self.about

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "kind": kind,
                "by": by,
                "at": at,
                "text": text,
                "link": link,
                "back": back,
                "undisputed": undisputed,
                "about": about,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        number = d.pop("number")

        kind = EntryKind(d.pop("kind"))

        by = EntryOutBy(d.pop("by"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_text(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        text = _parse_text(d.pop("text"))

        def _parse_link(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        link = _parse_link(d.pop("link"))

        def _parse_back(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                back_type_0 = MoneyOut.from_dict(data)

                return back_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        back = _parse_back(d.pop("back"))

        def _parse_undisputed(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                undisputed_type_0 = MoneyOut.from_dict(data)

                return undisputed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        undisputed = _parse_undisputed(d.pop("undisputed"))

        def _parse_about(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        about = _parse_about(d.pop("about"))

        entry_out = cls(
            number=number,
            kind=kind,
            by=by,
            at=at,
            text=text,
            link=link,
            back=back,
            undisputed=undisputed,
            about=about,
        )

        return entry_out
