"""The two statements of a step of a payment: `arrive` reads, `settle` writes. Each is a function in the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bank.service.facts import Wanted
from bank.service.gate import Step
from bank.service.keys import Asking, bad_api_key, scope_missing
from edge.database import Database

# JSON travels as text, so that no JSON codec of the engine matters.
_ARRIVE: Final = "SELECT arrive($1, $2, $3, $4, $5, $6, $7::text::jsonb)::text"
_LOOK: Final = "SELECT look($1, $2, $3::text::jsonb, $4)::text"
_SETTLE: Final = "SELECT settle($1, $2, $3, $4::text::jsonb, $5)::text"
_BOOK: Final = "SELECT shards FROM books WHERE code = $1"

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request in the journal: its number, whose it is. `seen`: what is known, None when that is asked later."""

    caller: str
    number: int
    seen: Told | None


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be settled: the answer to `key`, whose request has the journal's `number` (None: closed later)."""

    caller: str
    key: str
    digest: bytes
    plan: Told
    number: int | None


async def arrive(database: Database, asking: Asking, key: str, step: Step, wanted: Wanted | None) -> Arrival:
    """Looks the API key up, notes the request, and tells what is known of it; committed when it returns.

    With `wanted` None it is only noted. Raises `Unauthenticated` and `Forbidden` `scope_missing`: then it is not.
    """
    text = None if wanted is None else json.dumps(wanted.as_json(counted=True))
    values = (asking.prefix, asking.digest, asking.scope, key, step.name, step.bank_id, text)
    told = json.loads(await database.at_once(_ARRIVE, *values) or "null")
    asking.known = True
    if told is None:
        raise bad_api_key()
    if "number" not in told:
        raise scope_missing(asking.scope)
    return Arrival(told["caller"], told["number"], told.get("seen"))


async def look(database: Database, caller: str, key: str, wanted: Wanted) -> Told:
    """What is known of a request, its try counted; committed when it returns."""
    told: Told = json.loads(await database.at_once(_LOOK, caller, key, json.dumps(wanted.as_json(counted=True)), False))
    return told


async def look_locked(connection: AsyncConnection, caller: str, key: str, wanted: Wanted) -> Told:
    """As `look`, without counting; what was read is locked until the transaction ends."""
    values = (caller, key, json.dumps(wanted.as_json(counted=False)), True)
    told: Told = json.loads((await connection.exec_driver_sql(_LOOK, values)).scalar_one())
    return told


async def settle(database: Database, settling: Settling) -> Told:
    """Does it, if all is still as it was read; committed when it returns."""
    told: Told = json.loads(await database.at_once(_SETTLE, *_values(settling)))
    return told


async def settle_locked(connection: AsyncConnection, settling: Settling) -> Told:
    """As `settle`, in the transaction in which it was read."""
    told: Told = json.loads((await connection.exec_driver_sql(_SETTLE, _values(settling))).scalar_one())
    return told


async def shards(connection: AsyncConnection, code: str) -> list[int]:
    """The ledger accounts of the book `code`, which was opened with its bank."""
    found: list[int] = (await connection.exec_driver_sql(_BOOK, (code,))).scalar_one()
    return found


def _values(settling: Settling) -> tuple[object, ...]:
    plan = json.dumps(settling.plan)
    return settling.caller, settling.key, settling.digest, plan, settling.number
