"""Brings the market database up to date, its ledger included, and gives the application its rights."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from domain.feed import CHOSEN_FOR_PAYOUTS, OF_DEALS, OF_STATES, TABLES, Noun
from edge.schema import OtherSchema, Schema
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


def feed_trigger_of(table: str) -> str:
    """The name of the trigger that writes each change of state into a marketplace's feed."""
    return f"{table}_feed"


def _feed() -> str:
    """The name of the event of each change of state, and the triggers that write events into marketplaces' feeds."""
    names = "\n        ".join(
        f"WHEN '{table}/{state}' THEN '{type_}'" for (table, state), type_ in sorted(OF_STATES.items())
    )
    triggers = "\n".join(
        f"CREATE OR REPLACE TRIGGER {feed_trigger_of(table)} AFTER INSERT OR UPDATE OF state ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION publish_state('{noun}');"
        for table, noun in sorted(TABLES.items())
        if noun != Noun.ACCOUNT
    )
    others = ", ".join(f"'{type_}'" for type_ in sorted(OF_DEALS))
    return f"""
CREATE OR REPLACE FUNCTION feed_type(noun text, state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE noun || '/' || state
        {names}
    END
$$;
{triggers}
CREATE OR REPLACE TRIGGER {feed_trigger_of("accounts")} AFTER INSERT OR UPDATE OF confirmed_at, payout, payout_from
    ON accounts FOR EACH ROW EXECUTE FUNCTION publish_account('{CHOSEN_FOR_PAYOUTS}');
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

_HAS_DEALS: Final = "HF001"  # a class of errors that PostgreSQL leaves to programs
# A sandbox's clock. Only the owner of the schema can make its table, and only where no deal has begun without it.
_MAKE_TEST_CLOCK: Final = (
    f"""
DO $make$ BEGIN
    IF to_regclass('public.test_clock') IS NULL AND EXISTS (SELECT FROM deals) THEN
        RAISE EXCEPTION 'there are deals' USING ERRCODE = '{_HAS_DEALS}';
    END IF;
END $make$
""",
    "CREATE TABLE IF NOT EXISTS test_clock (row_id uuid PRIMARY KEY, ahead interval NOT NULL)",
    "GRANT SELECT, INSERT, UPDATE ON test_clock TO {role}",
)
# After every migration, because the files in `sql/` are the clock of everybody else.
_KEEP_TEST_CLOCK: Final = """
DO $keep$ BEGIN
    IF to_regclass('public.test_clock') IS NOT NULL THEN
        CREATE OR REPLACE FUNCTION market_now(deal uuid) RETURNS timestamptz LANGUAGE sql VOLATILE AS $now$
            SELECT clock_timestamp() + coalesce((SELECT ahead FROM test_clock WHERE row_id = deal), '0')
        $now$;
    END IF;
END $keep$
"""


def migrate(owner_url: str, app_role: str, *, test_clock: bool = False) -> None:
    """Brings the ledger and then the market up to date and grants `app_role` its rights; see `Schema.migrate`.

    `test_clock` makes the database a sandbox for good: the time of each deal can be moved ahead. Raises `OtherSchema`
    for that where deals have begun without it: a live marketplace is never made a sandbox.
    """
    ledger.migrate(owner_url, app_role)
    making = _MAKE_TEST_CLOCK if test_clock else ()
    try:
        SCHEMA.migrate(owner_url, app_role, (*_RIGHTS, *making, _KEEP_TEST_CLOCK))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _HAS_DEALS:
            said = "this database has deals, so it is no sandbox and gets no test clock. Use an empty one"
            raise OtherSchema(said) from None
        raise


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the schemas of market and ledger are those of this program version; False if never migrated."""
    return await SCHEMA.is_current(connection) and await ledger.is_current(connection)
