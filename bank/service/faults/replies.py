"""Faults of answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.responses import JSONResponse, Response, StreamingResponse

from bank.service.faults.rules import Rule
from bank.service.schemas.common import AcceptedOut
from domain.errors import Conflict, Refusal, TooMany
from domain.money import Money, parse_money
from edge.idempotency import Answer
from edge.problem import answer_response

_MEGABYTE: Final = 1024 * 1024


def stop_at(gate: Rule | None) -> None:
    """Raises the refusal that precedes any work; a `refuse` is part of the work and comes with it."""
    match gate:
        case {"do": "busy", "retry_after_s": int(retry_after_s)}:
            raise TooMany("too_many_requests", "The bank is busy; nothing was done.", retry_after_s)
        case {"do": "fail", "status": int(status)}:
            raise failure(status)


def refusal_of(gate: Rule | None) -> Refusal | None:
    """The refusal in place of the work."""
    return None if gate is None else Conflict(gate["code"], "The bank is set to refuse this.")


def failure(status: int) -> Refusal:
    refusal = Refusal("internal_error", "Something is wrong on our side; ask again with the same key.")
    refusal.status = status
    return refusal


def reply(rule: Rule | None, answer: Answer) -> Response:
    """The HTTP answer; raises a `Refusal` when it is a failure after the work."""
    match rule:
        case {"do": "fail", "status": int(status)}:
            raise failure(status)
        case {"do": "wrong_amount"}:
            return answer_response(replace(answer, body=dict(with_wrong_amount(answer.body))))
        case {"do": "garbage", "kind": "no_json"}:
            return Response("<html><body>It works!</body></html>", answer.status, media_type="text/html")
        case {"do": "garbage", "kind": "truncated"}:
            text = json.dumps(answer.body)
            return Response(text[: len(text) // 2], answer.status, media_type="application/json")
        case {"do": "garbage", "kind": "content_type"}:
            return Response(json.dumps(answer.body), answer.status, media_type="text/html")
        case {"do": "garbage", "kind": "endless", "megabytes": int(megabytes)}:
            return StreamingResponse(_noise(megabytes), answer.status, media_type="application/json")
    return answer_response(answer)


def accepted(operation: str | None) -> Response:
    return JSONResponse(AcceptedOut(operation=operation).model_dump(), 202)


def with_wrong_amount(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body with an amount that is off by one minor unit; a body without an amount stays unchanged."""
    match body:
        case {"body": dict(inner)}:
            return {**body, "body": dict(with_wrong_amount(inner))}
        case {"amount": str(amount), "currency": str(currency)}:
            right = parse_money(amount, currency)
            return {**body, "amount": Money(right.minor - 1 if right.minor > 1 else 2, currency).amount}
    return body


async def _noise(megabytes: int) -> AsyncIterator[bytes]:
    yield b"["
    for _ in range(megabytes):
        yield b" " * _MEGABYTE
