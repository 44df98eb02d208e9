"""Brings a database's schema `ledger` up to date and gives the application role its rights."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from edge.schema import Schema

SCHEMA: Final = Schema("ledger", "ledger", Path(__file__).parent)

# The application may insert transfers and entries, which move balances. It may change neither what was written nor a
# balance. Granted by column, so that identity, currency and floor of an account stay as they were when it was opened.
_RIGHTS: Final = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM {role}",
    "GRANT USAGE ON SCHEMA ledger TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO {role}",
    "GRANT INSERT ON ledger.transfers, ledger.entries TO {role}",
    "GRANT INSERT (code, currency, floor_minor) ON ledger.accounts TO {role}",
    "GRANT UPDATE (closed_at) ON ledger.accounts TO {role}",
    "GRANT USAGE ON SEQUENCE ledger.transfers_id_seq TO {role}",
)


def migrate(owner_url: str, app_role: str) -> None:
    """Brings the ledger up to date and grants `app_role` its rights, in one transaction; see `Schema.migrate`."""
    SCHEMA.migrate(owner_url, app_role, _RIGHTS)


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the ledger's schema is that of this program version; False when it was never migrated."""
    return await SCHEMA.is_current(connection)
