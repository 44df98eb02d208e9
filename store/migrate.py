"""Brings the market database up to date, its ledger included, and gives the application its rights."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from domain.feed import OF_DEALS, OF_STATES, TABLES
from edge.schema import Schema
from store.base import machines


def _states() -> str:
    """The moves that the rules allow, as rows, and the trigger of each table that refuses any other."""
    known = sorted(machines().items())
    moves = ",\n    ".join(
        f"('{table}', '{before}', '{after}')" for table, machine in known for before, after in sorted(machine.moves)
    )
    triggers = "\n".join(
        f"CREATE OR REPLACE TRIGGER {trigger_of(table)} BEFORE INSERT OR UPDATE OF state ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();"
        for table, _ in known
    )
    return (
        "DELETE FROM state_transitions;\n"  # noqa: S608  # names of our own, no input
        f"INSERT INTO state_transitions (noun, from_state, to_state) VALUES\n    {moves};\n{triggers}"
    )


def trigger_of(table: str) -> str:
    """The name of the trigger that refuses moves that the rules do not allow, and of the constraint that it names."""
    return f"{table}_transition"


def _feed() -> str:
    """The name of the event of each change of state, and the triggers that write events into marketplaces' feeds."""
    names = "\n        ".join(
        f"WHEN '{table}/{state}' THEN '{type_}'" for (table, state), type_ in sorted(OF_STATES.items())
    )
    triggers = "\n".join(
        f"CREATE OR REPLACE TRIGGER {table}_feed AFTER INSERT OR UPDATE OF state ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION publish_state('{noun}');"
        for table, noun in sorted(TABLES.items())
    )
    others = ", ".join(f"'{type_}'" for type_ in sorted(OF_DEALS))
    return f"""
CREATE OR REPLACE FUNCTION feed_type(noun text, state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE noun || '/' || state
        {names}
    END
$$;
{triggers}
CREATE OR REPLACE TRIGGER events_feed AFTER INSERT ON events
    FOR EACH ROW WHEN (NEW.type IN ({others})) EXECUTE FUNCTION publish_event();
"""  # names of our own, no input


def _rendered() -> str:
    return _states() + _feed()


SCHEMA: Final = Schema("market", "public", Path(__file__).parent, _rendered)

# The application inserts and updates rows and deletes none: what was recorded remains.
_RIGHTS: Final = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE ON contracts, events, dispute_entries, idempotency_answers, messages, chat_readings FROM {role}",
    "REVOKE UPDATE ON feed_events FROM {role}",
    "GRANT UPDATE (number) ON feed_events TO {role}",
    "REVOKE INSERT, UPDATE ON state_transitions, alembic_version, schema_in_force FROM {role}",
)


def migrate(owner_url: str, app_role: str) -> None:
    """Brings the ledger and then the market up to date and grants `app_role` its rights; see `Schema.migrate`."""
    ledger.migrate(owner_url, app_role)
    SCHEMA.migrate(owner_url, app_role, _RIGHTS)


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the schemas of market and ledger are those of this program version; False if never migrated."""
    return await SCHEMA.is_current(connection) and await ledger.is_current(connection)
