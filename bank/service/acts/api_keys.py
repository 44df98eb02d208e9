"""API keys: issuing, listing, revoking."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import ApiKeyRow
from domain.errors import Conflict, NotFound
from edge import api_keys

SCOPES: Final = ("payments", "payouts", "platform", "balances", "admin")
MAX_LIVE_KEYS: Final = 2  # per name: the present one, and its replacement


async def issue(
    session: AsyncSession, name: str, scopes: Collection[str], pepper: bytes, *, expires_in_days: int | None = None
) -> tuple[ApiKeyRow, str]:
    """A key for `name` with `scopes` of `SCOPES`, and its secret, of which only a keyed hash is stored.

    Raises `Conflict` `too_many_keys` when the name has two live ones.
    """
    # Serialised per name: two simultaneous requests cannot make a third key.
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended('api-key/' || :name, 0))")
    await session.execute(lock, {"name": name})
    live = await session.scalar(select(func.count()).where(ApiKeyRow.name == name, *alive()))
    if live is not None and live >= MAX_LIVE_KEYS:
        raise Conflict("too_many_keys", f"{name} has {MAX_LIVE_KEYS} live keys; revoke one first.", "name")
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    key = api_keys.new_api_key("bank")
    row = ApiKeyRow(
        name=name,
        prefix=key.prefix,
        digest=api_keys.digest(key.secret, pepper),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=None if expires_in_days is None else now + timedelta(days=expires_in_days),
    )
    session.add(row)
    await session.flush()
    return row, key.secret


async def list_api_keys(session: AsyncSession, after: int, limit: int) -> Sequence[ApiKeyRow]:
    """Keys with an id above `after`, live or not, oldest first."""
    statement = select(ApiKeyRow).where(ApiKeyRow.id > after).order_by(ApiKeyRow.id).limit(limit)
    return (await session.scalars(statement)).all()


async def revoke(session: AsyncSession, key_id: int) -> ApiKeyRow:
    """Ends a key at once; a revoked one stays as it is. Raises `NotFound` `unknown_api_key`."""
    return await _revoke(session, ApiKeyRow.id == key_id)


async def revoke_by_prefix(session: AsyncSession, prefix: str) -> ApiKeyRow:
    """As `revoke`, for the key with this prefix."""
    return await _revoke(session, ApiKeyRow.prefix == prefix)


def alive() -> tuple[ColumnElement[bool], ...]:
    """Neither revoked nor expired, by the database's clock."""
    now = func.clock_timestamp()
    return ApiKeyRow.revoked_at.is_(None), or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now)


async def _revoke(session: AsyncSession, which: ColumnElement[bool]) -> ApiKeyRow:
    row: ApiKeyRow | None = await session.scalar(
        update(ApiKeyRow)
        .where(which)
        .values(revoked_at=func.coalesce(ApiKeyRow.revoked_at, func.clock_timestamp()))
        .returning(ApiKeyRow),
        execution_options={"populate_existing": True, "synchronize_session": False},
    )
    if row is None:
        raise NotFound("unknown_api_key", "There is no such API key.")
    return row
