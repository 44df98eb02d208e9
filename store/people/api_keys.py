"""API keys of marketplaces and operators: the prefix in plain text, the secret only as a keyed hash."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Row, Text, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Unauthenticated
from domain.roles import Scope
from edge import api_keys
from edge.plain import Statements
from store.base import Base, Created, Id


class ApiKey(Base):
    __tablename__ = "api_keys"
    __table_args__ = (CheckConstraint("num_nonnulls(marketplace_id, operator_id) = 1", "one_owner"),)

    id: Mapped[Id]
    marketplace_id: Mapped[UUID | None] = mapped_column(ForeignKey("marketplaces.id"))
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    prefix: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{users,offers,deals,payments,refunds,wallets,payouts,events}'")
    )
    """Scopes of a marketplace's key; an operator's rights are those of the operator."""
    created_at: Mapped[Created]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


async def issue_key(
    session: AsyncSession,
    pepper: bytes,
    *,
    marketplace_id: UUID | None = None,
    operator_id: UUID | None = None,
    expires_at: datetime | None = None,
    scopes: Iterable[Scope] = tuple(Scope),
) -> str:
    """Issues a key to a marketplace or an operator and returns its secret, which is shown only once."""
    made = api_keys.new_api_key("op" if operator_id else "mp")
    session.add(
        ApiKey(
            marketplace_id=marketplace_id,
            operator_id=operator_id,
            prefix=made.prefix,
            digest=api_keys.digest(made.secret, pepper),
            expires_at=expires_at,
            scopes=[scope.value for scope in scopes],
        )
    )
    await session.flush()
    return made.secret


async def revoke_key(session: AsyncSession, prefix: str) -> bool:
    """Revokes the key with `prefix` at once; False when no live key has it."""
    key = await session.scalar(select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None)))
    if key is None:
        return False
    key.revoked_at = await session.scalar(select(func.clock_timestamp()))
    return True


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a key, a marketplace or an operator, with a marketplace's scopes."""

    marketplace_id: UUID | None
    operator_id: UUID | None
    scopes: tuple[str, ...]


# Plain SQL instead of the mapper: it is read before every request, for many keys in one statement.
_LIVE: Final = """
SELECT prefix, digest, marketplace_id, operator_id, scopes FROM api_keys
WHERE prefix = ANY($1::text[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
"""


async def authenticate(session: AsyncSession, secret: str, pepper: bytes) -> Holder:
    """The holder of the live key `secret`, by the database's clock. Raises `Unauthenticated` for every other secret."""
    [found] = await authenticate_each(await session.connection(), [secret], pepper)
    if isinstance(found, Unauthenticated):
        raise found
    return found


async def authenticate_each(
    connection: Statements, secrets: Sequence[str], pepper: bytes
) -> list[Holder | Unauthenticated]:
    """As `authenticate`, for each of these secrets in one statement."""
    prefixes = {prefix for secret in secrets if (prefix := api_keys.prefix_of(secret))}
    rows = await connection.exec_driver_sql(_LIVE, (list(prefixes),)) if prefixes else ()
    keys = {row.prefix: row for row in rows}
    return [_matching(keys.get(api_keys.prefix_of(secret) or ""), secret, pepper) for secret in secrets]


def _matching(key: Row[Any] | None, secret: str, pepper: bytes) -> Holder | Unauthenticated:
    if key is None or not hmac.compare_digest(key.digest, api_keys.digest(secret, pepper)):
        return Unauthenticated("bad_api_key", "The API key is missing, wrong, expired or revoked.")
    return Holder(key.marketplace_id, key.operator_id, tuple(key.scopes))
