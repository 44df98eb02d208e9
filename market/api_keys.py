"""API keys of marketplaces and operators, with their first owners: the command line makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from domain.roles import Scope
from store.people.api_keys import issue_key, revoke_key
from store.people.marketplaces import Marketplace, create_marketplace
from store.people.operators import Operator, create_operator

Owner = TypeVar("Owner", Marketplace, Operator)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key. `secret` is not stored."""

    owner_id: UUID
    owner: str
    secret: str

    def __repr__(self) -> str:
        return f"Issued(owner_id={self.owner_id}, owner={self.owner!r})"


async def issue_to_marketplace(
    session: AsyncSession,
    pepper: bytes,
    owner: str | UUID,
    expires_in_days: int | None,
    scopes: Iterable[Scope] = tuple(Scope),
) -> Issued:
    """A key of a new marketplace of this name, or another key of the one with this id.

    Raises `NotFound` unknown_owner.
    """
    if isinstance(owner, str):
        row = await create_marketplace(session, owner)
    else:
        row = _found(await session.get(Marketplace, owner), owner)
    ends = await _ends(session, expires_in_days)
    secret = await issue_key(session, pepper, marketplace_id=row.id, expires_at=ends, scopes=scopes)
    return Issued(row.id, row.name, secret)


async def issue_to_operator(
    session: AsyncSession,
    pepper: bytes,
    owner: str | UUID,
    expires_in_days: int | None,
    *,
    approver: bool = False,
    arbiter: bool = False,
    administrator: bool = False,
    email: str | None = None,
) -> Issued:
    """The same for an operator, a named person; a new one may be an approver, an arbiter and an administrator."""
    if isinstance(owner, str):
        rights = {"approver": approver, "arbiter": arbiter, "administrator": administrator}
        row = await create_operator(session, owner, **rights, email=email)
    else:
        row = _found(await session.get(Operator, owner), owner)
    ends = await _ends(session, expires_in_days)
    return Issued(row.id, row.name, await issue_key(session, pepper, operator_id=row.id, expires_at=ends))


async def revoke(session: AsyncSession, prefix: str) -> bool:
    """Ends the key with `prefix` at once; False when no live key has it."""
    return await revoke_key(session, prefix)


def _found(row: Owner | None, owner_id: UUID) -> Owner:
    if row is None:
        raise NotFound("unknown_owner", f"There is nobody with the id {owner_id}.")
    return row


async def _ends(session: AsyncSession, in_days: int | None) -> datetime | None:
    """When a key made now expires, by the database's clock."""
    if in_days is None:
        return None
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    return now + timedelta(days=in_days)
