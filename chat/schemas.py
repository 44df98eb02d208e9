"""What programs and pages send on a socket."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.messages import MAX_MESSAGES, MAX_TEXT
from edge.characters import VISIBLE
from edge.wire import Said, Wire

MAX_TOKEN: Final = 2_000


class AuthIn(BaseModel):
    """`auth` of a connection. `chat_id` is the deal's id; without `token` a session of our own pages is needed.

    `after` is the number of the last message that the client has: only later ones are sent.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    chat_id: UUID
    token: Annotated[str, Field(max_length=MAX_TOKEN)] | None = None
    after: Annotated[int, Field(ge=0, le=MAX_MESSAGES, strict=True)] = 0


class MessageIn(Wire):
    """`id` is the client's name for the message: sent again under it, it is stored once."""

    text: Annotated[Said, Field(min_length=1, max_length=MAX_TEXT)]
    id: Annotated[str, Field(min_length=1, max_length=64, pattern=VISIBLE)] | None = None


class ReadIn(Wire):
    """`number` is that of the last message that was read."""

    number: Annotated[int, Field(ge=1, le=MAX_MESSAGES)]
