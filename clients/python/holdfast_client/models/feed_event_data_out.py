from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.noun import Noun

T = TypeVar("T", bound="FeedEventDataOut")


@_attrs_define
class FeedEventDataOut:
    """What the event is about, and the state in which it was then.

    Attributes:
        noun (Noun): What an event is about.
        id (str):
        state (str):
        deal_id (None | str):
    """

    noun: Noun
    id: str
    state: str
    deal_id: None | str

    def to_dict(self) -> dict[str, Any]:
        noun = self.noun.value

        id = self.id

        state = self.state

        deal_id: None | str
        deal_id = self.deal_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "noun": noun,
                "id": id,
                "state": state,
                "deal_id": deal_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        noun = Noun(d.pop("noun"))

        id = d.pop("id")

        state = d.pop("state")

        def _parse_deal_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        deal_id = _parse_deal_id(d.pop("deal_id"))

        feed_event_data_out = cls(
            noun=noun,
            id=id,
            state=state,
            deal_id=deal_id,
        )

        return feed_event_data_out
