"""Bounds on the cost and number of connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONNECTIONS: Final = 4_000
CONNECTIONS_OF_CALLER: Final = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_bytes` of request line and headers, `frame_bytes` of one message on a web socket.

    Seconds to the end of the head (from its first byte, or from the connection), then to the end of the body; seconds
    that an answer may wait to be read.
    """

    head_bytes: int = 16 * 1024
    frame_bytes: int = 64 * 1024
    head_s: float = 10.0
    body_s: float = 30.0
    answer_s: float = 60.0
    connections: int = CONNECTIONS
    of_caller: int = CONNECTIONS_OF_CALLER
    proxies: Sequence[str] = ()
    """Networks of proxies. Each carries many callers, so only `connections` bounds it."""


LIMITS: Final = Limits()
