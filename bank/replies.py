"""What a bank's HTTP answers mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bank.errors import CONTRADICTION, REFUSALS, Answer, Contradiction, Done, Refused, Unknown
from domain.errors import Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any
    retry_after_s: int | None = None


def judged(reply: Reply, read: Callable[[Mapping[str, Any]], T]) -> Answer[T]:
    if reply.status in (200, 201):
        try:
            return Done(read(reply.body))
        except Contradiction:
            return Unknown(CONTRADICTION)
        except (ValueError, KeyError, TypeError, Refusal):
            return Unknown("answer not understood")
    code = problem_code(reply)
    # 429 asks us to wait with any code: the request has not been decided yet.
    if 400 <= reply.status < 500 and reply.status != 429 and code in REFUSALS:
        return Refused(code, str(reply.body.get("detail", "")))
    return unknown(reply, f"HTTP {reply.status} {code}".rstrip())


def unknown(reply: Reply, why: str) -> Unknown:
    return Unknown(why, reply.retry_after_s, problem_code(reply), reply.status == 429)


def seconds(header: str | None) -> int | None:
    """A Retry-After in seconds (RFC 9110, 10.2.3); its date form would need synchronised clocks."""
    return int(header) if header and header.isascii() and header.isdecimal() and len(header) < 10 else None


def problem_code(reply: Reply) -> str:
    match reply.body:
        case {"code": str(code)}:
            return code
    return ""


def encoded(body: Mapping[str, object]) -> bytes:
    # Sorted and compact, so that the identical call has identical bytes.
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def read_page(read: Callable[[Mapping[str, Any]], T], answer: Mapping[str, Any]) -> tuple[list[T], str | None]:
    return [read(row) for row in answer["items"]], answer["next"]
