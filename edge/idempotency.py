"""Idempotency keys: the first answer to a key is stored with its effect and repeated for ever.

While a request is in progress its key is guarded by an advisory lock of the transaction, not by a row, so a crash
cannot leave it locked. The key is looked up before anything else is checked. One request is a group of one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Forbidden, Malformed, Refusal, TooMany, Unauthenticated, Unavailable
from edge.plain import Statements

HEADER: Final = "Idempotency-Key"

# Refusals that do not depend on the state: the same request may succeed later, or under another caller's key.
NOT_STORED: Final = (Malformed, Unauthenticated, Forbidden, TooMany, Unavailable)


@dataclass(frozen=True, slots=True)
class Names:
    """The row that an answer acknowledges: `noun` is its table, `id` its primary key as text."""

    noun: str
    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `repeated` when it was given before, `names` what it acknowledges when it is new."""

    status: int
    body: dict[str, Any]
    repeated: bool = False
    names: Names | None = field(default=None, compare=False)


Work = Callable[[], Awaitable[Answer]]
GroupWork = Callable[[Sequence[int]], Awaitable[Sequence[Answer | Refusal]]]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request by its key; `fingerprint` is the result of `fingerprint`."""

    caller: str
    key: str
    fingerprint: bytes


# One statement has one snapshot, and misses an answer committed between snapshot and lock. Storing our answer then
# fails on the key, and `Database.run` repeats everything: rare, and cheaper than another statement. Until it ends, the
# transaction knows who asked (`store/sql/feed.sql`).
_TAKE: Final = """
SELECT pg_try_advisory_xact_lock(k.hash) AS mine, a.fingerprint, a.status, a.body::text AS body,
       set_config('holdfast.caller', k.caller, true)
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS k (hash, caller, key, place)
LEFT JOIN {table} a ON a.caller = k.caller AND a.key = k.key
ORDER BY k.place
"""
_STORE: Final = """
INSERT INTO {table} (caller, key, fingerprint, status, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::smallint[], $5::text[]::jsonb[])
"""
_STORE_NAMED: Final = """
INSERT INTO {table} (caller, key, fingerprint, status, body, noun, noun_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::smallint[], $5::text[]::jsonb[], $6::text[], $7::text[])
"""
_NAMES_WHAT = "status >= 400 OR noun IS NOT NULL"


def answers_table(
    metadata: MetaData, name: str = "idempotency_answers", schema: str | None = None, *, named: bool = False
) -> Table:
    """The table of stored answers, one row per (caller, key); `created_at` by the database's clock.

    With `named` each answer says what it acknowledges (`Names`), and the table accepts no success that does not.
    """
    more: list[Column[Any] | CheckConstraint] = []
    if named:
        more = [Column("noun", Text), Column("noun_id", Text), CheckConstraint(_NAMES_WHAT, "names_what")]
        more.append(CheckConstraint("(noun IS NULL) = (noun_id IS NULL)", "names_whole"))
    return Table(
        name,
        metadata,
        Column("caller", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("body", JSONB, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
        # The name matters: `Database.run` repeats a transaction that lost a race for an idempotency key.
        PrimaryKeyConstraint("caller", "key", name=f"{name}_idempotency_pk"),
        *more,
        schema=schema,
    )


def fingerprint(pepper: bytes, method: str, path: str, body: object) -> bytes:
    """Fingerprint of a request, 32 bytes: HMAC-SHA256 over method, path and canonical JSON of the body.

    Keyed, because a body may hold a confirmation code, and a plain hash of 40 bits could be searched.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hmac.digest(pepper, f"request\0{method}\0{path}\0{canonical}".encode(), "sha256")


def stored_answer(stored: bytes, status: int, body: dict[str, Any], fingerprint: bytes) -> Answer:
    """The answer stored with the fingerprint `stored`, for a request with `fingerprint`; raises as `find`."""
    if not hmac.compare_digest(stored, fingerprint):
        raise Malformed("idempotency_key_reused", "This key was used for a request with other content.", HEADER)
    return Answer(status, body, repeated=True)


def first_answer(stored: Any, digest: bytes) -> Answer | Refusal | None:
    """As `stored_answer`, of a row with the columns of an answer, all None if there is none; a refusal is returned."""
    if stored.fingerprint is None:
        return None
    try:
        return stored_answer(stored.fingerprint, stored.status, json.loads(stored.body), digest)
    except Malformed as reused:
        return reused


def in_progress() -> Conflict:
    """The refusal while another request with the same key is in progress."""
    return Conflict("request_in_progress", "The first request with this key is still being worked on.", HEADER)


async def once(
    session: AsyncSession,
    table: Table,
    caller: str,
    key: str,
    fingerprint: bytes,
    work: Work,
    *,
    store_refusals: bool = True,
) -> Answer:
    """Answers a request by its key: the stored answer, or that of `work`, stored in the same transaction.

    `work` uses `session`, in which nothing was done before; its answer names a row if `table` records that. If it
    raises a `Refusal` that depends on the state (409, 404 and the like), its effects are rolled back, and the refusal
    is stored and returned as a problem+json body with its status; those of `NOT_STORED` are raised, as is every one
    without `store_refusals`. Raises `Conflict` `request_in_progress` while the same key is in progress in another
    transaction, and `Malformed` `idempotency_key_reused` when the key was used with another fingerprint.
    """
    request = Keyed(caller, key, fingerprint)

    async def first_time(_: Sequence[int]) -> list[Answer | Refusal]:
        return [await work()]

    try:
        [answer] = await once_each(await session.connection(), table, [request], first_time)
    except Refusal as refusal:
        await session.rollback()
        answer = await _refuse(session, table, request, refusal, store=store_refusals)
    if isinstance(answer, Refusal):
        raise answer
    return answer


async def _refuse(
    session: AsyncSession, table: Table, request: Keyed, refusal: Refusal, *, store: bool
) -> Answer | Refusal:
    """Looks the key up again, as another request may have been answered meanwhile, and only then refuses."""

    async def refuse(_: Sequence[int]) -> list[Answer | Refusal]:
        if not store:
            raise refusal
        return [refusal]

    [answer] = await once_each(await session.connection(), table, [request], refuse)
    return answer


async def once_each(
    connection: Statements, table: Table, requests: Sequence[Keyed], work: GroupWork
) -> list[Answer | Refusal]:
    """Answers each request by its key: the stored answer, or that of `work`, stored with its effect.

    `work` gets the indexes of the requests that were never answered, and returns an answer or a refusal for each; it
    must leave no effect of what it refuses. Refusals are
    returned as their stored answer; those of `NOT_STORED` and those about the key itself unchanged. No key may occur
    twice among `requests`.
    """
    answers: dict[int, Answer | Refusal] = {}
    columns = [_hash(one) for one in requests], [one.caller for one in requests], [one.key for one in requests]
    taken = await connection.exec_driver_sql(_TAKE.format(table=table.name), columns)
    for place, row in enumerate(taken.all()):
        first = first_answer(row, requests[place].fingerprint)
        if first is not None:
            answers[place] = first
        elif not row.mine:
            answers[place] = in_progress()
    new = [place for place in range(len(requests)) if place not in answers]
    if new:
        given = {place: as_answer(result) for place, result in zip(new, await work(new), strict=True)}
        await store_each(connection, table, [(requests[place], answer) for place, answer in given.items()])
        answers |= given
    return [answers[place] for place in range(len(requests))]


async def store_each(connection: Statements, table: Table, given: Sequence[tuple[Keyed, Answer | Refusal]]) -> None:
    """Stores what was answered to each request; refusals that are not to be stored are left out."""
    rows = [(request, answer) for request, answer in given if isinstance(answer, Answer)]
    columns = (
        [request.caller for request, _ in rows],
        [request.key for request, _ in rows],
        [request.fingerprint for request, _ in rows],
        [answer.status for _, answer in rows],
        [json.dumps(answer.body) for _, answer in rows],
    )
    if not rows:
        return
    if "noun" not in table.c:
        await connection.exec_driver_sql(_STORE.format(table=table.name), columns)
        return
    names = [answer.names for _, answer in rows]
    named = [one and one.noun for one in names], [one and one.id for one in names]
    await connection.exec_driver_sql(_STORE_NAMED.format(table=table.name), (*columns, *named))


def as_answer(result: Answer | Refusal) -> Answer | Refusal:
    """A refusal that is stored, as the answer that it is."""
    if isinstance(result, (Answer, *NOT_STORED)):
        return result
    return Answer(result.status, problem_body(result))


def _hash(request: Keyed) -> int:
    """The number of the key's advisory lock, which excludes other transactions until this one ends."""
    digest = hashlib.sha256(f"{request.caller}\0{request.key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def problem_body(refusal: Refusal) -> dict[str, Any]:
    """The RFC 9457 body of a refusal: type, title, status, code, detail and, when known, field."""
    body: dict[str, Any] = {
        "type": f"urn:holdfast:problem:{refusal.code}",
        "title": refusal.code.replace("_", " ").capitalize(),
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    if refusal.field is not None:
        body["field"] = refusal.field
    return body
