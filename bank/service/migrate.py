"""The bank's schema: the ledger's tables, the bank's own in schema `public`, and the rights of the program's role."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from edge.schema import Schema

SCHEMA: Final = Schema("bank", "public", Path(__file__).parent)

# No row is ever deleted, and what was recorded never changes.
_APPEND_ONLY: Final = (
    "access_tokens",
    "answers",
    "client_moves",
    "code_tries",
    "books",
    "banks",
    "counted_requests",
    "false_answers",
    "refund_parts",
    "withheld_answers",
)
_CHANGING: Final = (
    "account_accesses",
    "account_limits",
    "accounts",
    "api_keys",
    "behaviours",
    "webhook_endpoints",
    "webhooks",
    "checkpoints",
    "clients",
    "code_limits",
    "code_messages",
    "codes",
    "fees",
    "operations",
    "payouts",
    "remittances",
    "requests",
)
_RIGHTS: Final = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON alembic_version, schema_in_force TO {role}",
    f"GRANT SELECT, INSERT ON {', '.join(_APPEND_ONLY)} TO {{role}}",
    f"GRANT SELECT, INSERT, UPDATE ON {', '.join(_CHANGING)} TO {{role}}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
)


def migrate(owner_url: str, app_role: str) -> None:
    """Brings a database to the newest schema, the ledger's included, and gives `app_role` the rights of the program.

    `owner_url` is `postgresql+asyncpg://…` of the role that owns the schema. Blocking; repeating it changes nothing.
    Raises ValueError for a role name that is not plain, `edge.schema.OtherSchema` for a database of another version.
    """
    ledger.migrate(owner_url, app_role)
    SCHEMA.migrate(owner_url, app_role, _RIGHTS)


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the database has the schema that this program was written for, the ledger's included."""
    return await SCHEMA.is_current(connection) and await ledger.is_current(connection)
