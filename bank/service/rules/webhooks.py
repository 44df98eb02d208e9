"""What a webhook says and when it is tried again."""

from __future__ import annotations

import hashlib
import json
from typing import Final

MAX_BACKOFF_S: Final = 300
SWAPPED_AT_MOST_S: Final = 60.0  # for a swapped webhook that is the bank's last
GIVE_UP_AFTER_S: Final = 86_400  # the marketplace has asked by key long before


def message_id(caller: str, key: str, status: str) -> str:
    """The name of the message about a request: the same for every copy and every try of it.

    That something was returned is another message than that it was done.
    """
    about = f"{caller}\0{key}\0returned" if status == "returned" else f"{caller}\0{key}"
    digest = hashlib.sha256(about.encode()).hexdigest()
    return f"msg_{digest[:32]}"


def message_body(key: str, operation: str | None, status: str, at: str) -> str:
    """The message about an answer. No amounts: the receiver has to ask, and believes that answer alone."""
    body = {"type": "answer.ready", "timestamp": at, "data": {"key": key, "operation": operation, "status": status}}
    return json.dumps(body, separators=(",", ":"))


def backoff_s(tries: int) -> int:
    """How long to wait after the `tries`-th try has failed."""
    return min(1 << min(tries - 1, 30), MAX_BACKOFF_S)
