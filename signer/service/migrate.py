"""The signer's schema, and the rights of the program's role: it can add, and neither change nor delete."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from edge.schema import Schema

SCHEMA: Final = Schema("signer", "public", Path(__file__).parent)

_RIGHTS: Final = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON alembic_version, schema_in_force, seeds TO {role}",
    "GRANT SELECT, INSERT ON addresses, signatures TO {role}",
    "GRANT SELECT, UPDATE ON limits TO {role}",  # a row lock needs it
)


def migrate(owner_url: str, app_role: str) -> None:
    """Brings a database to the newest schema, and gives `app_role` the rights of the program.

    `owner_url` is `postgresql+asyncpg://…` of the role that owns the schema. Blocking; repeating it changes nothing.
    Raises ValueError for a role name that is not plain, `edge.schema.OtherSchema` for a database of another version.
    """
    SCHEMA.migrate(owner_url, app_role, _RIGHTS)


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the database has the schema that this program was written for."""
    return await SCHEMA.is_current(connection)
