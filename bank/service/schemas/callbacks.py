from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from bank.service.schemas.common import Moment
from edge.wire import CleanText, Wire


class CallbackIn(Wire):
    url: Annotated[CleanText, Field(min_length=1, max_length=1000, examples=["https://shop.example/callbacks"])]


class CallbackOut(Wire):
    url: str
    registered_at: Moment
    gone: bool
    """Whether the address answered 410 and is called no more, until it is registered again."""


class CallbackRegistered(CallbackOut):
    secret: str
    """Signs every message by the Standard Webhooks convention. Shown once; registering again makes another."""


class AcceptedOut(Wire):
    """Not the answer yet: ask by the key, or wait for the callback."""

    operation: str | None
    status: Literal["accepted"] = "accepted"


# For `responses=` of routes whose bank may answer later.
ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {202: {"model": AcceptedOut}}
