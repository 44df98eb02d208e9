"""Idempotency keys for a group of requests: `edge.idempotency.once` for each, with a few statements for all."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table

from domain.errors import Conflict, Malformed, Refusal
from edge.idempotency import HEADER, NOT_STORED, Answer, Names, problem_body
from edge.plain import Statements

Result = tuple[int, Mapping[str, Any], Names] | Refusal
Work = Callable[[Sequence[int]], Awaitable[Sequence[Result]]]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request by its key; `fingerprint` is the result of `edge.idempotency.fingerprint`."""

    caller: str
    key: str
    fingerprint: bytes


# One statement has one snapshot, and misses an answer committed between snapshot and lock. Storing our answer then
# fails on the key, and `Database.run` repeats everything: rare, and cheaper than another statement.
_TAKE: Final = """
SELECT pg_try_advisory_xact_lock(k.hash) AS mine, a.fingerprint, a.status, a.body::text AS body
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS k (hash, caller, key, place)
LEFT JOIN {table} a ON a.caller = k.caller AND a.key = k.key
ORDER BY k.place
"""
_STORE: Final = """
INSERT INTO {table} (caller, key, fingerprint, status, body, noun, noun_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::smallint[], $5::text[]::jsonb[], $6::text[], $7::text[])
"""


async def once_each(
    connection: Statements, table: Table, requests: Sequence[Keyed], work: Work
) -> list[Answer | Refusal]:
    """Answers each request by its key: the stored answer, or the result of `work`, stored with its effect.

    `work` gets the indexes of the requests that were never answered, and returns (HTTP status, JSON body, what they
    name) or a refusal for each; it must leave no effect of what it refuses. Refusals are returned as their stored
    answer; those of `NOT_STORED` and those about the key itself unchanged. No key may occur twice among `requests`, and
    `table` must be one that records what answers name.
    """
    answers: dict[int, Answer | Refusal] = {}
    columns = [_hash(one) for one in requests], [one.caller for one in requests], [one.key for one in requests]
    taken = await connection.exec_driver_sql(_TAKE.format(table=table.name), columns)
    for place, row in enumerate(taken.all()):
        if row.fingerprint is None:
            if not row.mine:
                detail = "The first request with this key is still being worked on."
                answers[place] = Conflict("request_in_progress", detail, HEADER)
        elif hmac.compare_digest(row.fingerprint, requests[place].fingerprint):
            answers[place] = Answer(row.status, json.loads(row.body), repeated=True)
        else:
            detail = "This key was used for a request with other content."
            answers[place] = Malformed("idempotency_key_reused", detail, HEADER)
    new = [place for place in range(len(requests)) if place not in answers]
    if new:
        results = await work(new)
        given = dict(zip(new, results, strict=True))
        answers |= {place: _answer(result) for place, result in given.items()}
        await _store(connection, table, requests, answers, given)
    return [answers[place] for place in range(len(requests))]


async def _store(
    connection: Statements,
    table: Table,
    requests: Sequence[Keyed],
    answers: Mapping[int, Answer | Refusal],
    given: Mapping[int, Result],
) -> None:
    answered = [(requests[place], answers[place], given[place]) for place in given]
    rows = [(request, answer, _names(result)) for request, answer, result in answered if isinstance(answer, Answer)]
    columns = (
        [request.caller for request, _, _ in rows],
        [request.key for request, _, _ in rows],
        [request.fingerprint for request, _, _ in rows],
        [answer.status for _, answer, _ in rows],
        [json.dumps(answer.body) for _, answer, _ in rows],
        [names and names.noun for _, _, names in rows],
        [names and names.id for _, _, names in rows],
    )
    if rows:
        await connection.exec_driver_sql(_STORE.format(table=table.name), columns)


def _answer(result: Result) -> Answer | Refusal:
    if isinstance(result, NOT_STORED):
        return result
    if isinstance(result, Refusal):
        return Answer(result.status, problem_body(result), repeated=False)
    return Answer(result[0], dict(result[1]), repeated=False)


def _names(result: Result) -> Names | None:
    return None if isinstance(result, Refusal) else result[2]


def _hash(request: Keyed) -> int:
    """The same number as `edge.idempotency.lock_key`, so that both ways guard the same key."""
    digest = hashlib.sha256(f"{request.caller}\0{request.key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
