"""API keys of marketplaces and administrators. The name owns operations and idempotency keys, not the key: two live
keys of one name can be rotated without losing access to anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from bank.service.acts.api_keys import SCOPES, alive, issue
from bank.service.models import ApiKeyRow
from domain.errors import Forbidden, Unauthenticated
from edge import api_keys
from edge.database import Database


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller and its scopes."""

    name: str
    scopes: frozenset[str]


async def create_api_key(
    database: Database, name: str, scopes: Iterable[str], *, pepper: bytes, expires_in_days: int | None = None
) -> str:
    """Makes a key for `name` and returns its secret, which is not stored.

    `scopes` are of `SCOPES`; `pepper` is the bank's (`BankSettings.pepper_bytes`). Raises ValueError, and `Conflict`
    `too_many_keys`.
    """
    wanted = set(scopes)
    if not name or not wanted or not wanted.issubset(SCOPES):
        raise ValueError(f"a name and at least one scope of {sorted(SCOPES)} are needed")
    async with database.transaction() as session:
        _, secret = await issue(session, name, wanted, pepper, expires_in_days=expires_in_days)
    return secret


def bad_api_key() -> Unauthenticated:
    return Unauthenticated("bad_api_key", "The API key is not valid.")


def scope_missing(scope: str) -> Forbidden:
    return Forbidden("scope_missing", f"The API key lacks the scope {scope}.")


async def authenticate(database: Database, secret: str, pepper: bytes) -> Caller:
    """The owner of this key. Raises `Unauthenticated` for one that is unknown, expired or revoked.

    Asks the database every time, so that a revoked key is refused at once.
    """
    statement = select(ApiKeyRow.name, ApiKeyRow.digest, ApiKeyRow.scopes)
    statement = statement.where(ApiKeyRow.prefix == api_keys.prefix_of(secret), *alive())
    async with database.reading() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None or not hmac.compare_digest(row.digest, api_keys.digest(secret, pepper)):
        raise bad_api_key()
    return Caller(row.name, frozenset(row.scopes))


async def check_scope(database: Database, secret: str, pepper: bytes, scope: str) -> None:
    """Raises `Unauthenticated` as `authenticate`, and `Forbidden` `scope_missing`."""
    caller = await authenticate(database, secret, pepper)
    if scope not in caller.scopes:
        raise scope_missing(scope)
