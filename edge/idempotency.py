"""Idempotency keys: the first answer to a key is stored with its effect and repeated for ever.

While a request is in progress its key is guarded by an advisory lock of the transaction, not by a row, so a crash
cannot leave it locked. The key is looked up before anything else is checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Header
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
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Forbidden, Malformed, Refusal, TooMany, Unauthenticated, Unavailable

HEADER: Final = "Idempotency-Key"

# Visible ASCII up to 255 characters: what fits a header, an index and a log line unchanged.
IdempotencyKey = Annotated[
    str,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Names this request. The same key with the same body gets the same answer again.",
    ),
]

# Refusals that do not depend on the state: the same request may succeed later, or under another caller's key.
NOT_STORED: Final = (Malformed, Unauthenticated, Forbidden, TooMany, Unavailable)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as stored; `repeated` when it was given before."""

    status: int
    body: dict[str, Any]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Names:
    """The row that an answer acknowledges: `noun` is its table, `id` its primary key as text."""

    noun: str
    id: str


Result = tuple[int, Mapping[str, Any]] | tuple[int, Mapping[str, Any], Names]
Work = Callable[[], Awaitable[Result]]

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
    return hmac.new(pepper, f"request\0{method}\0{path}\0{canonical}".encode(), hashlib.sha256).digest()


async def lock_key(session: AsyncSession, caller: str, key: str) -> None:
    """Takes the key until the transaction ends. Raises `Conflict` `request_in_progress` when it is taken."""
    hashed = int.from_bytes(hashlib.sha256(f"{caller}\0{key}".encode()).digest()[:8], "big", signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(hashed))):
        raise in_progress()


async def find(session: AsyncSession, table: Table, caller: str, key: str, fingerprint: bytes) -> Answer | None:
    """The stored answer, or None. Raises `Malformed` `idempotency_key_reused` for another request's key."""
    statement = select(table.c.fingerprint, table.c.status, table.c.body)
    row = (await session.execute(statement.where(table.c.caller == caller, table.c.key == key))).one_or_none()
    if row is None:
        return None
    return stored_answer(row.fingerprint, row.status, row.body, fingerprint)


def stored_answer(stored: bytes, status: int, body: dict[str, Any], fingerprint: bytes) -> Answer:
    """The answer stored with the fingerprint `stored`, for a request with `fingerprint`; raises as `find`."""
    if not hmac.compare_digest(stored, fingerprint):
        raise Malformed("idempotency_key_reused", "This key was used for a request with other content.", HEADER)
    return Answer(status, body, repeated=True)


def in_progress() -> Conflict:
    """The refusal while another request with the same key is in progress."""
    return Conflict("request_in_progress", "The first request with this key is still being worked on.", HEADER)


async def once(session: AsyncSession, table: Table, caller: str, key: str, fingerprint: bytes, work: Work) -> Answer:
    """Answers a request by its key: the stored answer, or the result of `work`, stored in the same transaction.

    `work` uses `session` and returns (HTTP status, JSON body), and what they name if `table` records that. If it raises
    a `Refusal` that depends on the state (409, 404 and the like), this is stored as the answer, without the partial
    effects of `work`, and returned as a problem+json body with its status; those of `NOT_STORED` are raised. Raises
    `Conflict` `request_in_progress` while the same key is in progress in another transaction, and `Malformed`
    `idempotency_key_reused` when the key was used with another fingerprint.
    """
    await lock_key(session, caller, key)
    # A separate statement, after the lock: its snapshot then sees what the previous holder committed.
    given = await find(session, table, caller, key, fingerprint)
    if given is not None:
        return given
    result: Result
    try:
        async with session.begin_nested():
            result = await work()
    except NOT_STORED:
        raise
    except Refusal as refusal:
        result = refusal.status, problem_body(refusal)
    answer = Answer(result[0], dict(result[1]), repeated=False)
    row = {"caller": caller, "key": key, "fingerprint": fingerprint, "status": answer.status, "body": answer.body}
    if len(result) == 3:
        row |= {"noun": result[2].noun, "noun_id": result[2].id}
    await session.execute(insert(table).values(**row))
    return answer


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
