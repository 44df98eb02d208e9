from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="MessageOut")


@_attrs_define
class MessageOut:
    """`number` counts the messages of the chat from 1. `masked`: what looked like a confirmation code was left out.

    Attributes:
        id (str):
        chat_id (str):
        number (int):
        author (str):
        user_id (str):
        text (str):
        masked (bool):
        sent_at (str):
    """

    id: str
    chat_id: str
    number: int
    author: str
    user_id: str
    text: str
    masked: bool
    sent_at: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        chat_id = self.chat_id

        number = self.number

        author = self.author

        user_id = self.user_id

        text = self.text

        masked = self.masked

        sent_at = self.sent_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "chat_id": chat_id,
                "number": number,
                "author": author,
                "user_id": user_id,
                "text": text,
                "masked": masked,
                "sent_at": sent_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        chat_id = d.pop("chat_id")

        number = d.pop("number")

        author = d.pop("author")

        user_id = d.pop("user_id")

        text = d.pop("text")

        masked = d.pop("masked")

        sent_at = d.pop("sent_at")

        message_out = cls(
            id=id,
            chat_id=chat_id,
            number=number,
            author=author,
            user_id=user_id,
            text=text,
            masked=masked,
            sent_at=sent_at,
        )

        return message_out
