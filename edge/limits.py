"""How much a connection may cost, and how many there may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONNECTIONS: Final = 4_000
CONNECTIONS_OF_CALLER: Final = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_bytes` of request line and headers; seconds from the first byte of a head, or from the connection, to its
    end, then to the end of the body; seconds that an answer waits for its reader."""

    head_bytes: int = 16 * 1024
    head_s: float = 10.0
    body_s: float = 30.0
    answer_s: float = 60.0
    connections: int = CONNECTIONS
    of_caller: int = CONNECTIONS_OF_CALLER
    proxies: Sequence[str] = ()
    """Networks of proxies: each of them brings many callers, and only `connections` bounds it."""


LIMITS: Final = Limits()
