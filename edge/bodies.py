"""Checks before a request is parsed: the size of its body, and whether it could be read in two ways.

A member that occurs twice in an object, a header that occurs twice, another encoding, a content coding: a proxy or a
log could read one value and we the other.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import Malformed, Refusal

# Headers that have an effect here; the standard allows each of them only once.
_ONCE: Final = {
    b"idempotency-key": "Idempotency-Key",
    b"authorization": "Authorization",
    b"account-token": "Account-Token",
    b"content-type": "Content-Type",
    b"host": "Host",
    b"origin": "Origin",
}
_NO_JSON: Final = "The body is not valid JSON in UTF-8."


class RefusedBody(HTTPException):
    """A refusal while a body is read; the framework's body reader passes this exception on unchanged."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status, refusal.detail)
        self.refusal = refusal


class Bodies:
    """ASGI middleware: refuses a body of more than `max_bytes`, ambiguous JSON, and contradictory headers.

    `answer` makes the response for a refusal.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, answer: Callable[[Refusal], Response]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal, is_json = self._judged(scope)
        if refusal is not None:
            response = self._answer(refusal)
            if refusal.status == 415:
                response.headers["Accept-Encoding"] = "identity"  # what would be accepted (RFC 9110, 15.5.16)
            await response(scope, receive, send)
            return
        seen_bytes = 0
        parts: list[bytes] = []

        async def looked_at() -> Message:
            nonlocal seen_bytes
            message = await receive()
            part = message.get("body", b"")
            seen_bytes += len(part)
            if seen_bytes > self._max_bytes:
                raise RefusedBody(too_large(self._max_bytes))
            if is_json:
                parts.append(part)
                if not message.get("more_body", False):
                    _read_one_way(b"".join(parts))
            return message

        await self._app(scope, looked_at, send)

    def _judged(self, scope: Scope) -> tuple[Refusal | None, bool]:
        """The reason to refuse the headers, if any, and whether they declare a JSON body."""
        seen: set[bytes] = set()
        is_json = False
        for name, value in scope["headers"]:
            if name in _ONCE:
                if name in seen:
                    return Malformed("repeated_field", "This header comes twice.", _ONCE[name]), False
                seen.add(name)
            if name == b"content-type":
                is_json = b"json" in value.lower()
            elif name == b"content-encoding" and value.strip().lower() != b"identity":
                return _coded(), False
            elif name == b"content-length" and value.isdigit() and int(value) > self._max_bytes:
                return too_large(self._max_bytes), False
        return None, is_json


def too_large(max_bytes: int) -> Refusal:
    refusal = Refusal("body_too_large", f"The body may have at most {max_bytes} bytes.")
    refusal.status = 413
    return refusal


def _coded() -> Refusal:
    # Nothing here decodes a body. A coding that is ignored leaves it to chance which of two readings counts.
    refusal = Refusal("unsupported_encoding", "Send the body without a content coding.", "Content-Encoding")
    refusal.status = 415
    return refusal


def _read_one_way(body: bytes) -> None:
    """Raises `RefusedBody` for JSON that is not UTF-8 or has a duplicate member. Invalid JSON is left to the parser."""
    try:
        # Text in UTF-16 or UTF-32 contains NULs, and JSON does not: the library would guess the encoding from them.
        # A byte order mark it skips (RFC 8259, section 8.1), and would then read what the check below could not.
        if b"\0" in body or body.startswith(BOM_UTF8):
            raise RefusedBody(Malformed("malformed_json", _NO_JSON))
        json.loads(body.decode(), object_pairs_hook=_members)
    except UnicodeDecodeError:
        raise RefusedBody(Malformed("malformed_json", _NO_JSON)) from None
    except (ValueError, RecursionError):
        return


def _members(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) == len(dict(pairs)):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise RefusedBody(Malformed("repeated_field", "The object has this member twice.", name[:100]))
        seen.add(name)
