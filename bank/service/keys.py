"""API keys of marketplaces and administrators. The name owns operations and idempotency keys, not the key:
two live keys of one name can be rotated without losing sight of anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, or_, select

from bank.service.models import ApiKeyRow
from domain.errors import Unauthenticated
from edge import api_keys
from edge.database import Database

SCOPES: Final = frozenset({"payments", "admin"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what he may do."""

    name: str
    scopes: frozenset[str]


async def create_api_key(database: Database, name: str, scopes: Iterable[str], *, pepper: bytes) -> str:
    """Makes a key for `name` and returns its secret, which is not stored.

    `scopes` are of `SCOPES`; `pepper` is the bank's (`BankSettings.pepper_bytes`). Raises ValueError.
    """
    wanted = sorted(set(scopes))
    if not name or not wanted or not SCOPES.issuperset(wanted):
        raise ValueError(f"a name and at least one scope of {sorted(SCOPES)} are needed")
    key = api_keys.new_api_key("bank")
    digest = api_keys.digest(key.secret, pepper)
    async with database.transaction() as session:
        session.add(ApiKeyRow(name=name, prefix=key.prefix, digest=digest, scopes=wanted))
    return key.secret


async def authenticate(database: Database, secret: str, pepper: bytes) -> Caller:
    """Whose key this is; raises `Unauthenticated` for one that is unknown, expired or revoked.

    Asks the database every time, so that a revoked key is refused at once.
    """
    now = func.clock_timestamp()
    statement = select(ApiKeyRow.name, ApiKeyRow.digest, ApiKeyRow.scopes).where(
        ApiKeyRow.prefix == api_keys.prefix_of(secret),
        ApiKeyRow.revoked_at.is_(None),
        or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now),
    )
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None or not hmac.compare_digest(row.digest, api_keys.digest(secret, pepper)):
        raise Unauthenticated("bad_api_key", "The API key is not valid.")
    return Caller(row.name, frozenset(row.scopes))
