"""One transfer per transaction, as plain statements by pgbench: the baseline for the ledger's transfers."""

from __future__ import annotations

from sqlalchemy import text

from bench.pgbench import rate_of
from devstack.postgres import APP, PostgresServer

CLIENTS = 32

# No key, no hold, no chain, no check: two balances and a row.
_SCHEMA = f"""
CREATE SCHEMA plain AUTHORIZATION {APP};
CREATE TABLE plain.accounts (id bigint PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE plain.transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payer bigint NOT NULL,
                              payee bigint NOT NULL, amount bigint NOT NULL,
                              created_at timestamptz NOT NULL DEFAULT clock_timestamp());
INSERT INTO plain.accounts SELECT id, 1000000000 FROM generate_series(1, {{accounts}}) AS id;
ALTER TABLE plain.accounts OWNER TO {APP};
ALTER TABLE plain.transfers OWNER TO {APP}
"""

# The payer is always the account with the smaller id, so that no two transactions can deadlock.
_SCRIPT = r"""
\set payer random({first_payer}, {last_payer})
\set payee random({first_payee}, {last_payee})
BEGIN;
UPDATE plain.accounts SET balance = balance - 5 WHERE id = :payer;
UPDATE plain.accounts SET balance = balance + 5 WHERE id = :payee;
INSERT INTO plain.transfers (payer, payee, amount) VALUES (:payer, :payee, 5);
COMMIT;
"""


async def make_plain(postgres: PostgresServer, database: str, accounts: int) -> None:
    async with postgres.connect(database) as connection:
        for statement in _SCHEMA.format(accounts=accounts).split(";\n"):
            await connection.execute(text(statement))
        await connection.commit()


async def plain_rate(postgres: PostgresServer, database: str, accounts: int, seconds: int, *, hot: bool) -> float:
    """Transfers per second of 32 clients; with `hot` one account is the payer of all of them."""
    middle = accounts // 2
    script = _SCRIPT.format(first_payer=1, last_payer=1 if hot else middle, first_payee=middle + 1, last_payee=accounts)
    return await rate_of(postgres, database, script, CLIENTS, seconds=seconds)
