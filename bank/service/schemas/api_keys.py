from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bank.service.models import ApiKeyRow
from bank.service.schemas.common import Moment, Name
from edge.wire import Wire, utc, utc_or_none

Scope = Literal["payments", "payouts", "balances", "admin"]


class ApiKeyIn(Wire):
    name: Name
    """Whose key it is: keys of one name see the same operations."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class ApiKeyOut(Wire):
    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None

    @classmethod
    def of(cls, row: ApiKeyRow) -> ApiKeyOut:
        return cls.model_validate(_fields(row))


class NewApiKeyOut(ApiKeyOut):
    """`secret` is shown once, in the first answer; in a repeat it is null, because it is not stored."""

    secret: str | None

    @classmethod
    def unrevealed(cls, row: ApiKeyRow) -> NewApiKeyOut:
        return cls.model_validate(_fields(row) | {"secret": None})


class ApiKeysOut(Wire):
    items: list[ApiKeyOut]
    next: str | None


def _fields(row: ApiKeyRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": list(row.scopes),
        "created_at": utc(row.created_at),
        "expires_at": utc_or_none(row.expires_at),
        "revoked_at": utc_or_none(row.revoked_at),
    }
